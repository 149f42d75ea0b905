// What somebody should look at now, gathered from jobs, models, requests and the machine; empty when all is well.
import type { Check } from '../../platform/diagnosis/check.ts'
import type { Job, Jobs } from '../../platform/jobs/jobs.ts'
import type { Runtimes } from '../../platform/python/runtimes.ts'
import type { Traffic } from '../../platform/telemetry/traffic.ts'
import type { Models } from '../models/index.ts'
import type { Monitoring } from './monitoring.ts'
import type { AttentionItem, PerformanceItem } from './schema.ts'

export interface AttentionParts {
  readonly jobs: Pick<Jobs, 'list'>
  readonly models: Pick<Models, 'serving'>
  readonly monitoring: Pick<Monitoring, 'performance'>
  readonly traffic: Pick<Traffic, 'read'>
  readonly runtimes?: Pick<Runtimes, 'list'>
  /** What answers each task of language. */
  readonly language?: { status(): { readonly tasks: readonly LanguageTask[] } }
  /** What `tandem doctor` says. */
  readonly diagnose: () => Promise<readonly Check[]>
  /** Not shown to who may only read. */
  readonly dataDir: string
  readonly clock: () => number
}

interface LanguageTask {
  readonly task: string
  readonly runtime: string | null
  readonly prefer: string
  /** Null where a worker has nothing for it. */
  readonly python: string | null
  readonly fallbacks: number
}

const DAY_MS = 86_400_000
/** Failures looked at; more of them are one problem. */
const MAX_JOBS = 100
/** Above this share of the requests of an hour, errors of the server are more than an accident. */
const BAD_ERROR_SHARE = 0.01
const ORDER = { bad: 0, warn: 1, info: 2 } as const

/** Worst first, newest first among equals. */
export async function gatherAttention(parts: AttentionParts): Promise<AttentionItem[]> {
  const [jobs, models, requests, checks] = await Promise.all([
    failedJobs(parts),
    troubledModels(parts),
    serverErrors(parts),
    parts.diagnose(),
  ])
  const machine = machineTrouble(checks, models.length > 0, parts)
  return [...jobs, ...models, ...requests, ...machine, ...troubledRuntimes(parts), ...passedOver(parts)].sort(
    (a, b) => ORDER[a.severity] - ORDER[b.severity] || Date.parse(b.since) - Date.parse(a.since),
  )
}

/** Of a day, the last of each kind and subject, unless one of the same succeeded since. */
async function failedJobs({ jobs, clock }: AttentionParts): Promise<AttentionItem[]> {
  const since = clock() - DAY_MS
  const [failed, succeeded] = await Promise.all([
    jobs.list({ status: 'failed', limit: MAX_JOBS }),
    jobs.list({ status: 'succeeded', limit: MAX_JOBS }),
  ])
  const endOf = (job: Job): number => job.finishedAt ?? 0
  const seen = new Set<string>()
  return failed.items
    .filter((job) => endOf(job) >= since)
    .sort((a, b) => endOf(b) - endOf(a))
    .filter((job) => {
      const same = (other: Job): boolean => other.kind === job.kind && other.subject === job.subject
      const key = job.subject === null ? job.id : `${job.kind} ${job.subject}`
      if (seen.has(key) || (job.subject !== null && succeeded.items.some((other) => same(other) && endOf(other) > endOf(job)))) return false
      seen.add(key)
      return true
    })
    .map((job) => ({
      id: `job:${job.id}`,
      severity: 'bad',
      kind: 'job_failed',
      title: `The ${job.kind} job${job.subject === null ? '' : ` of ${job.subject}`} failed`,
      detail: job.error?.message ?? 'It left no message.',
      since: new Date(endOf(job)).toISOString(),
      ...(job.subject === null ? {} : { model: job.subject }),
      job: job.id,
      actions: [{ label: 'Open the job', href: `/jobs/${encodeURIComponent(job.id)}` }],
    }))
}

async function troubledModels({ monitoring, models, clock }: AttentionParts): Promise<AttentionItem[]> {
  const { items } = await monitoring.performance('7d')
  return items.flatMap((item) => {
    const trouble = troubleOf(item)
    if (trouble === undefined) return []
    const since = item.activeSince ?? new Date(models.serving(item.model)?.updatedAt ?? clock()).toISOString()
    const href = `/models/${encodeURIComponent(item.model)}`
    const action = item.activeVersion === null ? { label: 'Train it', href } : { label: 'Look at its versions', href: `${href}/versions` }
    return [{ id: `model:${item.model}`, ...trouble, detail: item.healthReason, since, model: item.model, actions: [action] }]
  })
}

function troubleOf({
  model,
  activeVersion,
  serving,
  health,
}: PerformanceItem): Pick<AttentionItem, 'severity' | 'kind' | 'title'> | undefined {
  if (activeVersion === null) {
    if (serving === 'fallback') return { severity: 'info', kind: 'model_untrained', title: `${model} is answered by its fallback` }
    return { severity: 'warn', kind: 'model_untrained', title: `${model} answers nothing: it has no version` }
  }
  if (serving === 'none') return { severity: 'bad', kind: 'model_silent', title: `${model} answers nothing` }
  if (serving === 'fallback') return { severity: 'bad', kind: 'model_fallback', title: `${model} is answered by its fallback` }
  if (health === 'bad') return { severity: 'bad', kind: 'model_worse', title: `${model} does worse than on its held-out rows` }
  if (health === 'warn') return { severity: 'warn', kind: 'model_worse', title: `${model} may do worse than on its held-out rows` }
  return undefined
}

/** 503 of a server that sheds load are among them. */
async function serverErrors({ traffic }: AttentionParts): Promise<AttentionItem[]> {
  const { points, totals, routes } = await traffic.read('1h')
  const first = points.find(({ serverErrors }) => serverErrors > 0)
  if (first === undefined) return []
  const { serverErrors, requests } = totals
  const worst = routes.reduce((most, route) => (route.serverErrors > most.serverErrors ? route : most))
  return [
    {
      id: 'requests:errors',
      severity: serverErrors / requests > BAD_ERROR_SHARE ? 'bad' : 'warn',
      kind: 'server_errors',
      title: `${serverErrors} of ${requests} requests of the last hour failed`,
      detail: `They were answered with 5xx, most of them ${worst.method} ${worst.path} (${worst.serverErrors}). The log of the server tells each; 503 means that it sheds load.`,
      since: first.at,
      actions: [{ label: 'See the requests', href: '/' }],
    },
  ]
}

/** Workers that should serve and do not; one that starts is no trouble. */
function troubledRuntimes({ runtimes, clock }: AttentionParts): AttentionItem[] {
  const troubled = (runtimes?.list() ?? []).filter(({ state }) => state === 'down' || state === 'degraded')
  return troubled.map(({ name, state, reason }) => ({
    id: `runtime:${name}`,
    severity: 'warn',
    kind: 'runtime_down',
    title: state === 'down' ? `No ${name} worker serves; Node answers what it can` : `Not every ${name} worker serves`,
    detail: reason ?? 'It did not say why.',
    since: new Date(clock()).toISOString(),
    actions: [{ label: 'Look at the runtimes', href: '/runtimes' }],
  }))
}

/** Tasks that Node answers though a worker should, while workers serve: the model is missing there, or its answers cannot be used. */
function passedOver({ runtimes, language, clock }: AttentionParts): AttentionItem[] {
  const isServing = runtimes?.list().some(({ name, state }) => name === 'python' && state === 'ready') === true
  const tasks = (language?.status().tasks ?? []).filter(
    ({ prefer, python, runtime, fallbacks }) => isServing && prefer === 'python' && python !== null && runtime === 'node' && fallbacks > 0,
  )
  return tasks.map(({ task, python, fallbacks }) => ({
    id: `language:${task}`,
    severity: 'warn',
    kind: 'runtime_passed_over',
    title: `Node answers ${task}, though a Python worker should`,
    detail: `${fallbacks} calls since the start. The worker does not have ${python}, or its answers cannot be used; the page Runtimes tells why, and python.language names its model.`,
    since: new Date(clock()).toISOString(),
    actions: [{ label: 'Look at the runtimes', href: '/runtimes' }],
  }))
}

/** Little disk space, and what the doctor finds failed; that models do not answer is said with each of them. */
function machineTrouble(checks: readonly Check[], modelsToldOf: boolean, { dataDir, clock }: AttentionParts): AttentionItem[] {
  return checks
    .filter(({ status, name }) => status === 'failed' || (status === 'warning' && name === 'data folder'))
    .filter(({ name }) => name !== 'server' || !modelsToldOf)
    .map(({ status, name, message, remedy }) => ({
      id: `doctor:${name.replaceAll(' ', '-')}`,
      severity: status === 'failed' ? 'bad' : 'warn',
      kind: 'doctor',
      title: `The check of the ${name} ${status === 'failed' ? 'failed' : 'warns'}`,
      detail: [message.replaceAll(dataDir, 'The data folder'), remedy].filter(Boolean).join('. '),
      since: new Date(clock()).toISOString(),
      actions: [{ label: 'Open settings and health', href: '/settings' }],
    }))
}

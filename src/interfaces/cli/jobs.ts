// `tandem jobs`: what runs, what waited, what failed.
import type { JobView } from '../../platform/jobs/schema.ts'
import type { JobsClient } from '../../tandem.ts'
import { errorOfJob, isFinished } from '../client/job-state.ts'
import { type Command, readArguments, readChoice, readCount, refuseFurther, UsageError } from './command.ts'
import { connect } from './connect.ts'
import { createProgress } from './progress.ts'
import { tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'canceled'] as const

const usage = `
tandem jobs [--status STATUS] [--kind KIND] [--limit N]   the newest jobs
tandem jobs ID [--follow]                                  one job; --follow waits until it has finished
tandem jobs cancel ID
tandem jobs retry ID                                       puts a failed or canceled job back in the queue

  --status STATUS  ${STATUSES.join(', ')}

With --follow the exit status is 1 when the job failed.
`

export const jobsCommand: Command = { usage, run: jobs }

async function jobs(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    status: { type: 'string' },
    kind: { type: 'string' },
    limit: { type: 'string' },
    follow: { type: 'boolean' },
  })
  const [first, id] = positionals
  const changes = first === 'cancel' || first === 'retry'
  if (changes && id === undefined) throw new UsageError(`Which job? Say: tandem jobs ${first} ID`)
  refuseFurther(positionals, changes ? 2 : 1)
  const status = readChoice('status', values.status, STATUSES)
  const limit = readCount('limit', values.limit, 1, 200) ?? 20
  // A job that is followed or put back needs somebody to work on it.
  await using connection = await connect(terminal, { config: values.config, runJobs: values.follow === true })
  const client = connection.client.jobs
  if (changes && id !== undefined) {
    const job = await client[first](id)
    if (terminal.json) terminal.printJson(job)
    else terminal.print(`Job ${job.id} is ${job.status}.`)
    return 0
  }
  if (first !== undefined) return values.follow ? await follow(first, client, terminal) : show(await client.get(first), terminal)
  const page = await client.list({ limit, ...(status && { status }), ...(values.kind !== undefined && { kind: values.kind }) })
  if (terminal.json) terminal.printJson(page)
  else if (page.items.length === 0) terminal.print('There are no jobs.')
  else for (const line of jobTable(page.items, terminal)) terminal.print(line)
  return 0
}

async function follow(id: string, client: JobsClient, terminal: Terminal): Promise<number> {
  const progress = createProgress(terminal)
  let last: JobView | undefined
  try {
    for await (const job of client.watch(id)) {
      last = job
      progress.update(job.progress, job.message)
    }
  } finally {
    progress.end()
  }
  if (last === undefined) return 1
  show(last, terminal)
  return last.status === 'succeeded' ? 0 : 1
}

function show(job: JobView, terminal: Terminal): number {
  if (terminal.json) {
    terminal.printJson(job)
    return 0
  }
  terminal.print(`${job.id}  ${job.kind}  ${coloured(job, terminal)}${isFinished(job) ? '' : `  ${Math.floor(job.progress * 100)} %`}`)
  if (job.message !== null) terminal.print(`  ${job.message}`)
  terminal.print(`  created ${job.createdAt}${job.finishedAt === undefined ? '' : `, finished ${job.finishedAt}`}`)
  if (job.attempts > 1) terminal.print(`  attempt ${job.attempts} of ${job.maxAttempts}`)
  if (job.status === 'failed') terminal.print(`  ${errorOfJob(job).message}`)
  return 0
}

function jobTable(items: readonly JobView[], terminal: Terminal): string[] {
  return tableLines(
    items,
    [
      { title: 'id', value: (job) => job.id },
      { title: 'kind', value: (job) => job.kind },
      { title: 'status', value: (job) => job.status },
      { title: 'done', value: (job) => `${Math.floor(job.progress * 100)} %`, align: 'right' },
      { title: 'created', value: (job) => job.createdAt.slice(0, 19).replace('T', ' ') },
      { title: 'about', value: (job) => job.error?.message ?? job.message ?? '' },
    ],
    terminal.width,
  )
}

function coloured({ status }: JobView, terminal: Terminal): string {
  return terminal.style(status === 'succeeded' ? 'green' : status === 'failed' ? 'red' : status === 'canceled' ? 'yellow' : 'cyan', status)
}

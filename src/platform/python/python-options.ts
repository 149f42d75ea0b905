// What a configuration and the settings say of Python, checked once and with every default in one place.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PythonDefinition, RuntimePreference } from '../../definitions.ts'
import { TandemError } from '../../errors.ts'
import type { CanaryTiming } from './canary-watch.ts'
import { hasEnvironment } from './environment.ts'
import type { RestartPolicyOptions } from './restart-policy.ts'
import type { WorkerView } from './schema.ts'

export interface PythonOptions {
  readonly isEnabled: boolean
  readonly disabledBecause: string | undefined
  readonly prefer: RuntimePreference
  readonly workers: number
  readonly start: 'lazy' | 'eager'
  readonly remotes: readonly {
    readonly name: string
    readonly url: string
    readonly key?: string
    readonly locality: WorkerView['locality']
  }[]
  /** Before `--socket PATH`. */
  readonly args: readonly string[]
  /** Asked at each start of a worker. */
  env(): Readonly<Record<string, string>>
  /** Sockets, locks and states of workers. */
  readonly runFolder: string
  readonly requestTimeoutMs: number
  readonly listenTimeoutMs: number
  readonly readyTimeoutMs: number
  readonly graceMs: number
  readonly stableMs: number
  readonly maxMemoryBytes: number
  readonly inFlightPerWorker: number
  readonly waiting: number
  readonly timing: CanaryTiming
  readonly restarts: RestartPolicyOptions
}

/** The settings of the environment that concern Python. */
export interface PythonSettings {
  readonly python: 'auto' | 'on' | 'off'
  readonly pythonExecutable: string | undefined
  readonly pythonDir: string
  readonly pythonWorkers: number
  readonly pythonPrefer: RuntimePreference
  readonly pythonStart: 'lazy' | 'eager'
  readonly pythonRemotes: readonly string[]
  readonly pythonRemoteKey: string | undefined
  readonly pythonTimeoutMs: number
  readonly pythonMemoryBytes: number
}

/** The worker's sources; the same from source, from dist and from the installed package. */
export const WORKER_FOLDER: string = fileURLToPath(new URL('../../../worker/', import.meta.url))

export const CANARY_TIMING: CanaryTiming = { intervalMs: 2_000, timeoutMs: 2_000, missesAllowed: 3, goodNeeded: 3, recoveryMs: 50 }
const MOST_WORKERS = 16

/**
 * Resolves what is used.
 *
 * @param environment  of this process, as far as a child may have it.
 * @param models  embedding models that a worker may open, each with its folder or `package:NAME`.
 * @throws `invalid_config` naming what is wrong and what would be right.
 */
export function resolvePython(
  definition: PythonDefinition | undefined,
  settings: PythonSettings,
  environment: Readonly<Record<string, string>>,
  models: () => Readonly<Record<string, string>> = () => ({}),
): PythonOptions {
  const given = definition ?? {}
  const remotes = [...(given.remotes ?? []), ...settings.pythonRemotes.map((url) => ({ url, key: settings.pythonRemoteKey }))].map(
    ({ url, key, ...rest }, at) => ({
      name: 'name' in rest && rest.name !== undefined ? rest.name : `remote-${at + 1}`,
      url: checkUrl(url),
      locality: ('locality' in rest && rest.locality) || localityOf(url),
      ...(key === undefined ? {} : { key }),
    }),
  )
  // With remotes and no word about workers, nothing is started here.
  const workers = given.workers ?? (remotes.length > 0 && settings.python !== 'on' ? 0 : settings.pythonWorkers)
  if (!Number.isInteger(workers) || workers < 0 || workers > MOST_WORKERS) {
    throw new TandemError('invalid_config', `python.workers is ${workers}; 0 to ${MOST_WORKERS} are possible.`)
  }
  const folder = given.folder ?? settings.pythonDir
  const executable = given.executable ?? settings.pythonExecutable
  const disabledBecause = whyDisabled(given, settings, { folder, executable, hasRemotes: remotes.length > 0 })
  return {
    ...{ isEnabled: disabledBecause === undefined, disabledBecause, workers, remotes },
    prefer: given.prefer ?? settings.pythonPrefer,
    start: given.start ?? settings.pythonStart,
    args: ['-u', '-m', 'tandem_worker'],
    env: () => ({
      ...environment,
      // A worker of this package, whatever else is installed beside it.
      PYTHONPATH: WORKER_FOLDER,
      PYTHONUNBUFFERED: '1',
      TANDEM_WORKER_ROOT: folder,
      TANDEM_WORKER_MODELS: JSON.stringify({ embed: models(), language: languageModels(given.language) }),
      TANDEM_WORKER_LOG_LEVEL: 'info',
      // Sooner than it is killed: what it cuts off is then answered with 503 and asked elsewhere.
      TANDEM_WORKER_DRAIN_MS: String(GRACE_MS - 1_000),
    }),
    runFolder: join(folder, 'run'),
    requestTimeoutMs: given.requestTimeoutMs ?? settings.pythonTimeoutMs,
    maxMemoryBytes: given.maxMemoryBytes ?? settings.pythonMemoryBytes,
    ...{ listenTimeoutMs: 60_000, readyTimeoutMs: 600_000, graceMs: GRACE_MS, stableMs: 30_000, inFlightPerWorker: 4, waiting: 512 },
    ...{ timing: CANARY_TIMING, restarts: {} },
  }
}

/** Time that a worker has to finish what it began, and to end. */
const GRACE_MS = 5_000

/** By the worker's names of the tasks. */
function languageModels({ categories, ...others }: NonNullable<PythonDefinition['language']> = {}): Record<string, unknown> {
  return { ...others, ...(categories === undefined ? {} : { 'zero-shot': categories }) }
}

function whyDisabled(
  given: PythonDefinition,
  { python }: PythonSettings,
  { folder, executable, hasRemotes }: { readonly folder: string; readonly executable: string | undefined; readonly hasRemotes: boolean },
): string | undefined {
  if (given.enabled === false || (given.enabled === undefined && python === 'off')) return 'Python is switched off by the configuration.'
  if (given.enabled === true || python === 'on' || hasRemotes || executable !== undefined || hasEnvironment(folder)) return undefined
  return `No Python environment in ${folder}. To have one: tandem python setup. Without it everything runs in Node.`
}

function checkUrl(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== '') {
    throw new TandemError(
      'invalid_config',
      `The remote worker "${url.replace(/:\/\/[^@/]*@/, '://')}" must be an address that begins with http:// or https://, without a user name.`,
    )
  }
  return url
}

/** A worker at an address of this machine is near. */
function localityOf(url: string): 'near' | 'far' {
  return /^(localhost|127\.|\[::1\])/.test(URL.parse(url)?.hostname ?? '') ? 'near' : 'far'
}

/** Whether the package brings the worker's sources. */
export function hasWorkerSources(): boolean {
  return existsSync(join(WORKER_FOLDER, 'tandem_worker', '__main__.py'))
}

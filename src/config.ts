// The config a user writes, and the only reader of process.env: every setting with its default, unit and range.
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type {
  AnyCollection,
  AnyModel,
  EmbeddingsDefinition,
  LanguageDefinition,
  PythonDefinition,
  RuntimePreference,
} from './definitions.ts'
import type { Route } from './endpoint.ts'
import { type FieldError, TandemError } from './errors.ts'
import type { SocketRoute } from './socket.ts'
import type { TandemApi, TypedConfig } from './tandem.ts'

/** What a ready application gets: Tandem in process. */
export interface EmbeddingActivation {
  readonly model: string
  /** Null: the base. */
  readonly version: string | null
  /** Whose vectors it makes. */
  readonly collection: string | null
}

export interface AppHost extends TandemApi<TypedConfig> {
  /** Calls `listener` when another version of a fine-tuned embedding model is in service. Returns the function that stops it. */
  onEmbeddingActivated(listener: (change: EmbeddingActivation) => void): () => void
  readonly log: {
    info(details: Record<string, unknown>, message: string): void
    warn(details: Record<string, unknown>, message: string): void
  }
}

/** A ready application: routes under its own prefix, and sample data to start with. */
export interface App {
  readonly name: string
  routes(host: AppHost): readonly Route[]
  /** WebSockets, under the same prefix. */
  sockets?(host: AppHost): readonly SocketRoute[]
  /** Runs once after the first start with an empty database, in the background. */
  seed?(host: AppHost): Promise<void>
}

export interface TandemConfig {
  readonly models?: Readonly<Record<string, AnyModel>>
  readonly collections?: Readonly<Record<string, AnyCollection>>
  readonly apps?: readonly App[]
  /** How texts become vectors. */
  readonly embeddings?: EmbeddingsDefinition
  /** What answers the tasks of language. */
  readonly language?: LanguageDefinition
  /** Python workers for what Python's models do better. */
  readonly python?: PythonDefinition
  /** Overrides what the environment says. */
  readonly settings?: Partial<Settings>
}

/**
 * Describes a whole ML backend in one typed file. Returns its argument; the type is what `createClient<typeof config>` infers from.
 *
 * @example
 * export const config = defineTandem({ models: { churn: classifier({ features: Features, target: 'churned' }) } })
 */
export function defineTandem<Config extends TandemConfig>(config: Config): Config {
  return config
}

const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1')
const count = (minimum: number, maximum: number) => z.coerce.number().int().min(minimum).max(maximum)
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)

/** Every setting by its environment variable. Units stand in the names. */
const environment = z.object({
  PORT: count(0, 65_535).optional(),
  TANDEM_PORT: count(0, 65_535).optional().describe('Port; 0 takes a free one. Default 4700'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on'),
  TANDEM_DATA_DIR: z.string().default('./.tandem').describe('Folder of the embedded database'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .optional()
    .describe('PostgreSQL instead of the embedded SQLite'),
  TANDEM_DATABASE_POOL_SIZE: count(1, 200).default(10),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/[^\s]+$/, 'must start with redis:// or rediss://')
    .optional()
    .describe('Redis, for what servers share: remembered searches and vectors, rate limits. Needs npm install ioredis'),
  TANDEM_REDIS_PREFIX: z
    .string()
    .regex(/^[\w.:{}-]{1,100}$/, 'must be 1 to 100 letters, digits or any of _ . : { } -')
    .default('tandem')
    .describe('Beginning of every key in Redis; deployments that share one have different ones'),
  TANDEM_JOBS: z
    .enum(['database', 'bullmq'])
    .default('database')
    .describe('What brings due jobs to servers: each looks into the database, or BullMQ on REDIS_URL. Needs npm install bullmq'),
  TANDEM_EVENTS: z
    .enum(['database', 'redis'])
    .default('database')
    .describe('How servers tell each other what happens: by NOTIFY of PostgreSQL, or by Redis where a pooler takes NOTIFY away'),
  TANDEM_ADMIN_KEY: z.string().min(32).optional().describe('The first API key, at least 32 characters; generated when absent'),
  TANDEM_ALLOW_LOOPBACK_WITHOUT_KEY: flag.default(false).describe('true: requests from this machine need no key'),
  TANDEM_SESSION_HOURS: count(1, 720).default(12).describe('How long a browser stays signed in'),
  TANDEM_SESSION_SLIDING: flag
    .default(true)
    .describe('true: use prolongs a browser session, up to 30 days; false: it ends after its hours'),
  TANDEM_CORS_ORIGINS: list.default([]).describe('Origins allowed by CORS, separated by commas'),
  TANDEM_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  TANDEM_BODY_LIMIT_BYTES: count(1024, 1 << 30)
    .default(1 << 20)
    .describe('Largest JSON body unless an endpoint allows more'),
  TANDEM_UPLOAD_LIMIT_BYTES: count(1024, 2 ** 40)
    .default(512 * 1024 * 1024)
    .describe('Largest CSV or NDJSON stream'),
  TANDEM_TABLES_LIMIT_BYTES: count(1024, 2 ** 42)
    .default(2 * 1024 * 1024 * 1024)
    .describe('Most bytes of all tables that are kept for a day after their upload'),
  TANDEM_MAX_ROWS: count(10, 100_000_000).default(1_000_000).describe('Most rows of one training set'),
  TANDEM_REQUEST_TIMEOUT_MS: count(100, 3_600_000).default(330_000),
  TANDEM_DRAIN_TIMEOUT_MS: count(0, 600_000).default(10_000).describe('How long a stopping server waits for open requests'),
  TANDEM_RATE_LIMIT_PER_MINUTE: count(1, 100_000_000)
    .default(6_000_000)
    .describe('Requests a key may make per minute unless the key says otherwise'),
  TANDEM_MAX_EVENT_LOOP_DELAY_MS: count(10, 60_000).default(500).describe('Above this delay requests are shed with 503'),
  TANDEM_MAX_IN_FLIGHT: count(1, 1_000_000).default(5_000).describe('Open requests above which further ones are shed with 503'),
  TANDEM_MAX_SOCKETS: count(1, 1_000_000).default(10_000).describe('Open WebSockets above which further ones are refused with 503'),
  TANDEM_THREADS: count(1, 256).optional().describe('Worker threads for training. Default: cores - 1'),
  TANDEM_PREDICTION_LOG_MAX_ROWS: count(0, 10_000_000)
    .default(50_000)
    .describe('Predictions waiting to be written; above it they are shed and counted. 0 writes none'),
  TANDEM_SEARCH_CACHE_SECONDS: count(0, 86_400)
    .default(300)
    .describe('How long the answer to a search is remembered; a write to the collection ends it. 0: not at all'),
  TANDEM_SEARCH_CACHE_BYTES: count(0, 2 ** 34)
    .default(32 * 1024 * 1024)
    .describe('Most bytes of remembered answers to searches'),
  TANDEM_SOURCE_HOSTS: list
    .default([])
    .describe('Database hosts, separated by commas, that collections defined over HTTP may be synced from; those of the config are free'),
  TANDEM_SOURCES_DIR: z.string().optional().describe('Folder whose files collections defined over HTTP may be synced from'),
  TANDEM_METRICS_PUBLIC: flag.default(false).describe('true: /metrics needs no key'),
  TANDEM_TRAFFIC_MINUTES_DAYS: count(1, 31).default(2).describe('How many days the history of requests is kept by the minute'),
  TANDEM_TRAFFIC_HOURS_DAYS: count(1, 3_650).default(90).describe('How many days it is kept by the hour'),
  TANDEM_MODELS_DIR: z.string().optional().describe('Folder of the models that were pulled. Default: models in the data folder'),
  TANDEM_HUB_URL: z
    .url({ protocol: /^https?$/ })
    .default('https://huggingface.co')
    .describe('Hub that tandem models pull asks'),
  TANDEM_FETCH_MODELS: flag
    .default(false)
    .describe('true: tandem start brings the default embedding model in the background when it is not there'),
  TANDEM_EMBEDDING_CACHE_BYTES: count(0, 2 ** 40)
    .default(64 * 1024 * 1024)
    .describe('Memory for vectors of texts that were embedded before'),
  TANDEM_EMBEDDING_CACHE_ROWS: count(0, 100_000_000)
    .default(200_000)
    .describe('Vectors of slow models that are kept in the database; 0 keeps none'),
  TANDEM_PYTHON: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe('auto: Python workers run when tandem python setup made an environment, or remotes are named'),
  TANDEM_PYTHON_EXECUTABLE: z.string().optional().describe("A Python that has the worker's packages, in place of the environment"),
  TANDEM_PYTHON_DIR: z.string().optional().describe('Folder of the Python environment. Default: python in the data folder'),
  TANDEM_PYTHON_WORKERS: count(0, 16).default(1).describe('Python workers that are started on this machine'),
  TANDEM_PYTHON_PREFER: z
    .enum(['node', 'python', 'fastest', 'best'])
    .default('node')
    .describe('Who computes what both can: Node, Python, the faster one, or the more exact one'),
  TANDEM_PYTHON_START: z.enum(['lazy', 'eager']).default('lazy').describe('lazy: Python workers start when first needed'),
  TANDEM_PYTHON_REMOTES: list.default([]).describe('Addresses of workers that run elsewhere, separated by commas'),
  TANDEM_PYTHON_REMOTE_KEY: z.string().min(1).optional().describe('Sent to them as a bearer token'),
  TANDEM_PYTHON_TRAIN_TIMEOUT_MS: count(1000, 86_400_000)
    .default(600_000)
    .describe('How long a Python worker may take to train a model; after it Node trains'),
  TANDEM_PYTHON_TIMEOUT_MS: count(10, 3_600_000).default(30_000).describe('How long a Python worker may take to answer'),
  TANDEM_PYTHON_MEMORY_BYTES: count(2 ** 26, 2 ** 44)
    .default(4 * 2 ** 30)
    .describe('A Python worker above it is replaced by a new one'),
  TANDEM_JOB_LEASE_MS: count(1_000, 3_600_000).default(30_000).describe('After this silence a job of a dead server is taken up by another'),
})

export interface Settings {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  readonly databasePoolSize: number
  readonly redisUrl: string | undefined
  readonly redisPrefix: string
  readonly events: 'database' | 'redis'
  readonly jobs: 'database' | 'bullmq'
  readonly adminKey: string | undefined
  readonly allowLoopbackWithoutKey: boolean
  readonly sessionHours: number
  readonly sessionSliding: boolean
  readonly corsOrigins: readonly string[]
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  readonly bodyLimitBytes: number
  readonly uploadLimitBytes: number
  readonly tablesLimitBytes: number
  readonly maxRows: number
  readonly requestTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly rateLimitPerMinute: number
  readonly maxEventLoopDelayMs: number
  readonly maxInFlight: number
  readonly maxSockets: number
  readonly threads: number
  readonly predictionLogMaxRows: number
  readonly searchCacheSeconds: number
  readonly searchCacheBytes: number
  readonly metricsPublic: boolean
  readonly trafficMinutesDays: number
  readonly trafficHoursDays: number
  readonly jobLeaseMs: number
  readonly modelsDir: string
  readonly sourceHosts: readonly string[]
  readonly sourcesDir: string | undefined
  readonly hubUrl: string
  readonly fetchModels: boolean
  readonly embeddingCacheBytes: number
  readonly embeddingCacheRows: number
  readonly python: 'auto' | 'on' | 'off'
  readonly pythonExecutable: string | undefined
  readonly pythonDir: string
  readonly pythonWorkers: number
  readonly pythonPrefer: RuntimePreference
  readonly pythonStart: 'lazy' | 'eager'
  readonly pythonRemotes: readonly string[]
  readonly pythonRemoteKey: string | undefined
  readonly pythonTrainTimeoutMs: number
  readonly pythonTimeoutMs: number
  readonly pythonMemoryBytes: number
}

/** Reads the settings; throws `invalid_config` that names each wrong variable and what it should be. */
export function readSettings(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => name in environment.shape && value !== ''))
  const result = environment.safeParse(given)
  if (!result.success) {
    const errors: FieldError[] = result.error.issues.map((issue) => ({
      path: `/${String(issue.path[0])}`,
      message: `${String(issue.path[0])}: ${issue.message}`,
    }))
    throw new TandemError(
      'invalid_config',
      `The environment has ${errors.length} wrong setting(s): ${errors.map((error) => error.message).join('; ')}.`,
      { errors },
    )
  }
  const value = result.data
  const filesDir = value.TANDEM_DATA_DIR === ':memory:' ? '.tandem' : value.TANDEM_DATA_DIR
  return {
    port: value.TANDEM_PORT ?? value.PORT ?? 4700,
    host: value.HOST,
    dataDir: value.TANDEM_DATA_DIR === ':memory:' ? ':memory:' : resolve(value.TANDEM_DATA_DIR),
    databaseUrl: value.DATABASE_URL,
    databasePoolSize: value.TANDEM_DATABASE_POOL_SIZE,
    redisUrl: value.REDIS_URL,
    redisPrefix: value.TANDEM_REDIS_PREFIX,
    events: value.TANDEM_EVENTS,
    jobs: value.TANDEM_JOBS,
    adminKey: value.TANDEM_ADMIN_KEY,
    allowLoopbackWithoutKey: value.TANDEM_ALLOW_LOOPBACK_WITHOUT_KEY,
    sessionHours: value.TANDEM_SESSION_HOURS,
    sessionSliding: value.TANDEM_SESSION_SLIDING,
    corsOrigins: value.TANDEM_CORS_ORIGINS,
    logLevel: value.TANDEM_LOG_LEVEL,
    bodyLimitBytes: value.TANDEM_BODY_LIMIT_BYTES,
    uploadLimitBytes: value.TANDEM_UPLOAD_LIMIT_BYTES,
    tablesLimitBytes: value.TANDEM_TABLES_LIMIT_BYTES,
    maxRows: value.TANDEM_MAX_ROWS,
    requestTimeoutMs: value.TANDEM_REQUEST_TIMEOUT_MS,
    drainTimeoutMs: value.TANDEM_DRAIN_TIMEOUT_MS,
    rateLimitPerMinute: value.TANDEM_RATE_LIMIT_PER_MINUTE,
    maxEventLoopDelayMs: value.TANDEM_MAX_EVENT_LOOP_DELAY_MS,
    maxInFlight: value.TANDEM_MAX_IN_FLIGHT,
    maxSockets: value.TANDEM_MAX_SOCKETS,
    threads: value.TANDEM_THREADS ?? Math.max(1, availableParallelism() - 1),
    predictionLogMaxRows: value.TANDEM_PREDICTION_LOG_MAX_ROWS,
    trafficMinutesDays: value.TANDEM_TRAFFIC_MINUTES_DAYS,
    trafficHoursDays: value.TANDEM_TRAFFIC_HOURS_DAYS,
    searchCacheSeconds: value.TANDEM_SEARCH_CACHE_SECONDS,
    searchCacheBytes: value.TANDEM_SEARCH_CACHE_BYTES,
    metricsPublic: value.TANDEM_METRICS_PUBLIC,
    jobLeaseMs: value.TANDEM_JOB_LEASE_MS,
    modelsDir: resolve(value.TANDEM_MODELS_DIR ?? join(filesDir, 'models')),
    sourceHosts: value.TANDEM_SOURCE_HOSTS,
    sourcesDir: value.TANDEM_SOURCES_DIR === undefined ? undefined : resolve(value.TANDEM_SOURCES_DIR),
    hubUrl: value.TANDEM_HUB_URL,
    fetchModels: value.TANDEM_FETCH_MODELS,
    embeddingCacheBytes: value.TANDEM_EMBEDDING_CACHE_BYTES,
    embeddingCacheRows: value.TANDEM_EMBEDDING_CACHE_ROWS,
    python: value.TANDEM_PYTHON,
    pythonExecutable: value.TANDEM_PYTHON_EXECUTABLE,
    pythonDir: resolve(value.TANDEM_PYTHON_DIR ?? join(filesDir, 'python')),
    pythonWorkers: value.TANDEM_PYTHON_WORKERS,
    pythonPrefer: value.TANDEM_PYTHON_PREFER,
    pythonStart: value.TANDEM_PYTHON_START,
    pythonRemotes: value.TANDEM_PYTHON_REMOTES,
    pythonRemoteKey: value.TANDEM_PYTHON_REMOTE_KEY,
    pythonTrainTimeoutMs: value.TANDEM_PYTHON_TRAIN_TIMEOUT_MS,
    pythonTimeoutMs: value.TANDEM_PYTHON_TIMEOUT_MS,
    pythonMemoryBytes: value.TANDEM_PYTHON_MEMORY_BYTES,
  }
}

/** What a Python child needs of this process's environment, and nothing that is secret here: no key, no address of a database. */
const FOR_PYTHON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SystemRoot|WINDIR|APPDATA|LOCALAPPDATA|USERPROFILE|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE|LD_LIBRARY_PATH|(PIP|UV|CUDA|NVIDIA|HF|TRANSFORMERS|TORCH|PYTORCH|OMP|MKL|OPENBLAS)_\w+)$/i

/** Reads them. */
export function readPythonEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => FOR_PYTHON.test(entry[0]) && entry[1] !== undefined),
  )
}

/** The server that the command line is told to use, and the key for it. */
export interface ConnectionSettings {
  readonly url: string | undefined
  readonly key: string | undefined
}

/** Reads `TANDEM_URL` and `TANDEM_KEY`, or `TANDEM_ADMIN_KEY` where that is the key at hand. */
export function readConnection(env: Readonly<Record<string, string | undefined>> = process.env): ConnectionSettings {
  return { url: env.TANDEM_URL || undefined, key: env.TANDEM_KEY || env.TANDEM_ADMIN_KEY || undefined }
}

/** A setting in force, as a person may see it: never the value of a secret. */
export interface SettingFact {
  readonly name: string
  readonly variable: string
  readonly value: string
  readonly default: string
  readonly source: 'default' | 'environment' | 'config'
  readonly description: string
}

/** The address of a database or of Redis may hold its password. */
const SECRETS: ReadonlySet<string> = new Set(['adminKey', 'databaseUrl', 'redisUrl', 'pythonRemoteKey'])

/** Every setting with where its value comes from. `given`: what overrides the environment. */
export function explainSettings(
  settings: Settings,
  given: Partial<Settings> = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): SettingFact[] {
  const defaults = readSettings({})
  return Object.entries(environment.shape)
    .filter(([variable]) => variable !== 'PORT')
    .map(([variable, schema]) => {
      const name = camelCase(variable.replace(/^TANDEM_/, '')) as keyof Settings
      const isSet = Boolean(env[variable]) || (name === 'port' && Boolean(env.PORT))
      const show = (value: Settings[keyof Settings]): string => {
        if (SECRETS.has(name)) return value === undefined ? 'not set' : 'set'
        return Array.isArray(value) ? value.join(', ') || 'none' : String(value)
      }
      return {
        name,
        variable,
        value: show(settings[name]),
        default: show(defaults[name]),
        source: given[name] !== undefined ? 'config' : isSet ? 'environment' : 'default',
        description: schema.description ?? '',
      }
    })
}

function camelCase(variable: string): string {
  return variable.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** Name, default and meaning of every environment variable, for the reference page and `doctor`. */
export function describeSettings(): readonly { readonly name: string; readonly description: string }[] {
  return Object.entries(environment.shape).map(([name, schema]) => ({ name, description: schema.description ?? '' }))
}

// What `tandem doctor` says of a machine, said by the server that runs on it: of what it has open it asks itself.
import type { Settings } from '../../config.ts'
import type { RedisLink } from '../redis/redis.ts'
import type { Database } from '../storage/database.ts'
import type { Check } from './check.ts'
import { checkFolder, checkNode, checkOpenDatabase, checkSqlite, describeListening } from './machine-checks.ts'

export interface Patient {
  readonly settings: Settings
  readonly database: Database
  /** Models of the config file, by name. */
  readonly configured: readonly string[]
  /** Undefined: the settings name none. */
  readonly redis?: Pick<RedisLink, 'state'> | undefined
  readonly readiness: () => Promise<{
    readonly ready: boolean
    readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly message?: string }>>
  }>
}

export async function diagnose({ settings, database, configured, readiness, redis }: Patient): Promise<Check[]> {
  return [
    checkNode(process.versions.node),
    { status: 'ok', name: 'config', message: configured.length === 0 ? 'no models; they are defined over HTTP' : configured.join(', ') },
    describeListening(settings),
    ...(database.engine === 'sqlite' ? [checkSqlite(process.versions.sqlite)] : []),
    checkFolder(settings.dataDir),
    await checkOpenDatabase(database),
    ...(redis === undefined ? [] : [checkRedis(redis)]),
    await checkReadiness(readiness),
  ]
}

function checkRedis(redis: Pick<RedisLink, 'state'>): Check {
  const name = 'redis'
  const { up, reason, failures } = redis.state()
  if (up) return { status: 'ok', name, message: failures === 0 ? 'answers' : `answers; ${failures} times it did not since the start` }
  return {
    ...{ status: 'warning', name, message: `cannot be reached: ${reason}. Searches, vectors and rate limits go on without it.` },
    remedy: 'Start it, or correct REDIS_URL. It is tried again by itself.',
  }
}

async function checkReadiness(readiness: Patient['readiness']): Promise<Check> {
  const name = 'server'
  try {
    const { ready, checks } = await readiness()
    if (ready) return { status: 'ok', name, message: 'storage answers, and every version in service answers its canary' }
    const bad = Object.entries(checks).filter(([, { ok }]) => !ok)
    const reasons = bad.map(([part, { message }]) => `${part}: ${message ?? 'not ok'}`).join('; ')
    return { status: 'failed', name, message: `not ready. ${reasons}`, remedy: 'See the log of the server.' }
  } catch (error) {
    return { status: 'failed', name, message: error instanceof Error ? error.message : String(error), remedy: 'See the log of the server.' }
  }
}

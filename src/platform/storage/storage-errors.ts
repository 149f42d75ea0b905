// Turns what the drivers throw into TandemErrors that say what to do. Constraint violations stay as they are, because
// the code that made the row decides what they mean: see `isUniqueViolation`.
import { type ErrorCode, TandemError } from '../../errors.ts'

/** What the SQLite worker reports of a failure. */
export interface SqliteFailure {
  readonly message: string
  /** SQLite's extended result code; undefined when the failure did not come from SQLite. */
  readonly errcode: number | undefined
  readonly sql?: string
}

const SQLITE_UNIQUE_CODES = new Set([1555 /* PRIMARYKEY */, 2067 /* UNIQUE */, 2579 /* ROWID */])
const POSTGRES_UNIQUE_VIOLATION = '23505'

/** Whether a statement failed because a row with the same unique key exists, on either engine. */
export function isUniqueViolation(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if ('errcode' in error && typeof error.errcode === 'number') return SQLITE_UNIQUE_CODES.has(error.errcode)
  return 'code' in error && error.code === POSTGRES_UNIQUE_VIOLATION
}

/** The error to throw for a failure of SQLite; `location` is the file. */
export function sqliteError(failure: SqliteFailure, location: string): Error {
  const primary = failure.errcode === undefined ? 0 : failure.errcode & 0xff
  const known = sqliteMeaning(primary, failure.message, location)
  const original = Object.assign(new Error(failure.message), { errcode: failure.errcode, sql: failure.sql })
  original.name = 'SqliteError'
  if (known === undefined) return original
  return new TandemError(known.code, known.message, { details: { location }, cause: original })
}

function sqliteMeaning(primary: number, message: string, location: string): { code: ErrorCode; message: string } | undefined {
  switch (primary) {
    case 5: // BUSY
    case 6: // LOCKED
      return {
        code: 'storage_locked',
        message: `Another program held the database file ${location} for more than 10 s (${message}). Close the program that has it open (a backup, a database browser) and try again.`,
      }
    case 13: // FULL
      return {
        code: 'storage_full',
        message: `The database ${location} has no room left (${message}): the disk or the size limit is reached. Nothing was stored. Free disk space; reading goes on meanwhile.`,
      }
    case 11: // CORRUPT
    case 26: // NOTADB
      return {
        code: 'storage_damaged',
        message: `The database file ${location} is damaged (${message}). Stop the server, keep a copy of the file, and restore a backup; \`sqlite3 FILE .recover\` may save rows.`,
      }
    case 10: // IOERR
      return {
        code: 'unavailable',
        message: `The disk under ${location} reported an error (${message}). Check the disk and its mount, then restart.`,
      }
    case 8: // READONLY
      return {
        code: 'unavailable',
        message: `The database file ${location} cannot be written (${message}). Check its permissions and its mount.`,
      }
    case 14: // CANTOPEN
      return {
        code: 'invalid_config',
        message: `The database file ${location} cannot be opened (${message}). Check that the folder exists and that this user may write there, or set TANDEM_DATA_DIR.`,
      }
    default:
      return undefined
  }
}

const POSTGRES_MEANINGS: Readonly<Record<string, { code: ErrorCode; why: string; remedy: string }>> = {
  '28P01': { code: 'invalid_config', why: 'refused the user name or password', remedy: 'Correct DATABASE_URL' },
  '28000': { code: 'invalid_config', why: 'does not let this user in', remedy: 'Correct DATABASE_URL or pg_hba.conf' },
  '3D000': { code: 'invalid_config', why: 'has no such database', remedy: 'Create it with `createdb NAME`, or correct DATABASE_URL' },
  '42501': { code: 'invalid_config', why: 'denies this user the permission', remedy: 'Grant it: GRANT ALL ON SCHEMA public TO the user' },
  '53100': { code: 'storage_full', why: 'has no disk space left', remedy: 'Free space on its disk' },
  '53200': { code: 'unavailable', why: 'is out of memory', remedy: 'Try again, or give it more memory' },
  '53300': { code: 'unavailable', why: 'has no connection left', remedy: 'Raise max_connections there, or lower the pool size here' },
  '55P03': { code: 'storage_locked', why: 'could not lock the rows in time', remedy: 'Try again' },
  '57014': { code: 'timeout', why: 'stopped the statement after its time limit', remedy: 'Ask for fewer rows' },
  '40001': { code: 'unavailable', why: 'could not serialise two transactions', remedy: 'Try again' },
  '40P01': { code: 'unavailable', why: 'stopped two transactions that waited for each other', remedy: 'Try again' },
  '57P01': { code: 'unavailable', why: 'is shutting down', remedy: 'Try again when it is up' },
  '57P02': { code: 'unavailable', why: 'has crashed and restarts', remedy: 'Try again shortly' },
  '57P03': { code: 'unavailable', why: 'is starting up', remedy: 'Try again shortly' },
  XX001: { code: 'storage_damaged', why: 'reports damaged data', remedy: 'Restore a backup' },
  XX002: { code: 'storage_damaged', why: 'reports a damaged index', remedy: 'Run REINDEX' },
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
])

/** The error to throw for a failure of PostgreSQL; `location` is the address without secrets. */
export function postgresError(error: unknown, location: string): unknown {
  if (!(error instanceof Error) || TandemError.is(error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = POSTGRES_MEANINGS[code]
  if (known !== undefined) {
    return new TandemError(known.code, `PostgreSQL at ${location} ${known.why} (${error.message}). ${known.remedy}.`, {
      details: { location },
      cause: error,
    })
  }
  if (UNREACHABLE.has(code) || error instanceof AggregateError || isConnectionLoss(error.message)) {
    const reason = code === '' ? error.message : code
    return new TandemError(
      'unavailable',
      `PostgreSQL at ${location} does not answer (${reason}). Check that it runs and that host and port of DATABASE_URL are right (start one with \`docker run -p 5432:5432 -e POSTGRES_PASSWORD=... postgres:17\`), or unset DATABASE_URL to use the embedded SQLite.`,
      { details: { location }, cause: error },
    )
  }
  return error
}

// pg gives these without a code.
function isConnectionLoss(message: string): boolean {
  return /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i.test(
    message,
  )
}

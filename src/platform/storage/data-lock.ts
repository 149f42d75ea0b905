// One server per SQLite file: who holds the lock of the data folder. `tandem.lock.json` beside it only says who that is and where that
// server listens.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { TandemError } from '../../errors.ts'
import { type FileLock, tryFileLock } from './file-lock.ts'

/** Who holds the data folder. */
export interface LockInfo {
  readonly pid: number
  readonly host: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Where the server listens; absent until it does. */
  readonly url?: string
}

export interface DataLock {
  /** Adds the address to what `readLock` tells others. */
  announce(info: { readonly url: string }): void
  release(): void
}

const LOCK_FILE = 'tandem.lock'
const INFO_FILE = 'tandem.lock.json'
/** Long enough to sit out a `readLock` of the command line, short enough to refuse at once. */
const WAIT_MS = 300

/**
 * Takes the data folder for this process.
 *
 * @throws `storage_locked` naming the holder when another one has it.
 */
export function acquireLock(dataDir: string): DataLock {
  createFolder(dataDir)
  const held = tryLock(dataDir)
  if (held === undefined) throw refused(dataDir, readInfo(dataDir))
  let info: LockInfo = { pid: process.pid, host: hostname(), startedAt: Date.now() }
  writeInfo(dataDir, info)
  let released = false
  const release = (): void => {
    if (released) return
    released = true
    process.off('exit', release)
    rmSync(join(dataDir, INFO_FILE), { force: true })
    held.release()
  }
  process.on('exit', release)
  return {
    announce: ({ url }) => {
      if (released) return
      info = { ...info, url }
      writeInfo(dataDir, info)
    },
    release,
  }
}

/** Who holds the data folder now; undefined when nobody does. */
export function readLock(dataDir: string): LockInfo | undefined {
  const info = readInfo(dataDir)
  if (info === undefined) return undefined
  const held = tryLock(dataDir)
  if (held === undefined) return info
  held.release()
  return undefined
}

function createFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new TandemError(
      'invalid_config',
      `The data folder ${dataDir} cannot be created (${reason}). Set TANDEM_DATA_DIR to a folder this user may write.`,
      {
        cause,
      },
    )
  }
}

function tryLock(dataDir: string): FileLock | undefined {
  const path = join(dataDir, LOCK_FILE)
  try {
    return tryFileLock(path, WAIT_MS)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new TandemError(
      'invalid_config',
      `The lock file ${path} cannot be opened (${reason}). The folder must be writable by this user, on a disk that supports locks; set TANDEM_DATA_DIR to another folder.`,
      { cause },
    )
  }
}

function refused(dataDir: string, info: LockInfo | undefined): TandemError {
  const since = info === undefined ? '' : ` since ${new Date(info.startedAt).toISOString()}`
  const address = info?.url === undefined ? '' : `, listening on ${info.url}`
  const holder = info === undefined ? 'another process' : `process ${info.pid} on ${info.host}${since}${address}`
  return new TandemError(
    'storage_locked',
    `The data folder ${dataDir} is in use by ${holder}; one server at a time may write a SQLite file. Use that server, set TANDEM_DATA_DIR to another folder, or set DATABASE_URL to share PostgreSQL between servers.`,
    { details: { dataDir, ...info } },
  )
}

/** Written aside and renamed, so that a reader never sees half of it. */
function writeInfo(dataDir: string, info: LockInfo): void {
  const path = join(dataDir, INFO_FILE)
  const aside = `${path}.${process.pid}`
  writeFileSync(aside, `${JSON.stringify(info)}\n`)
  renameSync(aside, path)
}

function readInfo(dataDir: string): LockInfo | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, INFO_FILE), 'utf8')) as LockInfo
  } catch {
    // Absent, or not ours: the lock itself decides, this file only describes.
    return undefined
  }
}

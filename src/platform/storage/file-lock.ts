// A lock of the operating system on a file (an exclusive lock on an empty SQLite file): it ends with its process whatever kills it, holds
// between containers whose process ids mean nothing to each other, and cannot be taken over by two at once.
import { DatabaseSync } from 'node:sqlite'

export interface FileLock {
  release(): void
}

/**
 * Takes the lock, or returns undefined when another process or another part of this one has it.
 *
 * @param waitMs  how long to wait for it; the thread waits too.
 * @throws what the system says when the file cannot be made or its disk knows no locks.
 */
export function tryFileLock(path: string, waitMs: number): FileLock | undefined {
  let held: DatabaseSync | undefined
  try {
    const database = new DatabaseSync(path, { timeout: waitMs })
    held = database
    // Nothing is ever written, so no journal is needed and the file stays empty.
    database.exec('pragma journal_mode = memory; begin exclusive')
    return { release: () => database.close() }
  } catch (cause) {
    held?.close()
    const errcode = typeof cause === 'object' && cause !== null && 'errcode' in cause ? Number(cause.errcode) & 0xff : 0
    if (errcode === 5 || errcode === 6) return undefined
    throw cause
  }
}

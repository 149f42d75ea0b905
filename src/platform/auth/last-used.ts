// When each key was last used, written off the hot path: at most once a minute per key, many keys in one transaction.
import type { Row } from '../storage/tables.ts'
import type { KeyStore } from './key-store.ts'

const WRITE_EVERY_MS = 60_000
/** So that keys used at about the same time are written together. */
const GATHER_MS = 1_000
const MAX_KEYS = 10_000

export interface LastUsed {
  /** Remembers the use; costs a look into a Map. */
  touch(row: Row<'api_keys'>): void
  /** Writes what waits. */
  close(): Promise<void>
}

interface LastUsedParts {
  readonly store: Pick<KeyStore, 'writeLastUsed'>
  readonly clock: () => number
  readonly onWarning: (message: string, error: unknown) => void
}

export function createLastUsed({ store, clock, onWarning }: LastUsedParts): LastUsed {
  /** Time of the last write of each key, known or planned. */
  const written = new Map<string, number>()
  let waiting = new Map<string, number>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let writing: Promise<void> = Promise.resolve()

  const flush = (): void => {
    timer = undefined
    const times = waiting
    waiting = new Map()
    if (times.size === 0) return
    writing = writing
      .then(() => store.writeLastUsed(times))
      .catch((error: unknown) => onWarning('last-used times of keys could not be written', error))
  }
  return {
    touch(row) {
      const now = clock()
      const last = written.get(row.id) ?? row.last_used_at ?? Number.NEGATIVE_INFINITY
      if (now - last < WRITE_EVERY_MS) return
      if (written.size >= MAX_KEYS) written.clear()
      written.set(row.id, now)
      waiting.set(row.id, now)
      if (timer === undefined) {
        timer = setTimeout(flush, GATHER_MS)
        timer.unref()
      }
    },
    async close() {
      clearTimeout(timer)
      flush()
      await writing
    },
  }
}

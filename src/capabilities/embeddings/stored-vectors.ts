// The second tier of the cache: reads go to the database, or to Redis, at once, writes wait a little and go together, in the background. What fails here
// costs time and never an answer.
import type { EmbeddingStore, StoredVector } from './store.ts'

export interface StoredVectors {
  /** By text hash. */
  find(fingerprint: string, textHashes: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>
  add(fingerprint: string, vector: StoredVector): void
  /** Vectors that were not written because too many waited or the database failed. */
  readonly dropped: number
  close(): Promise<void>
}

export interface StoredVectorsParts {
  readonly store: EmbeddingStore | undefined
  readonly clock: () => number
  readonly log: { warn(details: object, message: string): void }
  /** Rows kept; the oldest go first. 0: nothing is stored or looked up. */
  readonly mostRows: number
}

const FIND_AT_ONCE = 500
const MOST_WAITING = 5_000
const WRITE_AFTER_MS = 200
/** Counting all rows is not free. */
const PRUNE_EVERY = 2_000

export function createStoredVectors({ store, clock, log, mostRows }: StoredVectorsParts): StoredVectors {
  if (store === undefined || mostRows === 0) return { find: async () => new Map(), add: () => {}, dropped: 0, close: async () => {} }
  const waiting = new Map<string, StoredVector[]>()
  let [count, dropped, sincePrune] = [0, 0, PRUNE_EVERY]
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let hasFailed = false

  const fail = (error: unknown, what: string): void => {
    if (!hasFailed) log.warn({ error: String(error) }, what)
    hasFailed = true
  }

  const write = async (): Promise<void> => {
    const groups = [...waiting]
    waiting.clear()
    const written = count
    count = 0
    try {
      for (const [fingerprint, vectors] of groups) await store.insert(fingerprint, vectors, clock())
      sincePrune += written
      if (sincePrune >= PRUNE_EVERY) {
        sincePrune = 0
        await store.prune(mostRows)
      }
      hasFailed = false
    } catch (error) {
      dropped += written
      fail(error, 'vectors cannot be kept; they will be computed again')
    }
  }

  return {
    async find(fingerprint, textHashes) {
      const found = new Map<string, Float32Array>()
      try {
        for (let from = 0; from < textHashes.length; from += FIND_AT_ONCE) {
          for (const { textHash, vector } of await store.find(fingerprint, textHashes.slice(from, from + FIND_AT_ONCE)))
            found.set(textHash, vector)
        }
      } catch (error) {
        fail(error, 'vectors that were kept cannot be read; they are computed')
      }
      return found
    },
    add(fingerprint, vector) {
      if (count >= MOST_WAITING) {
        dropped++
        return
      }
      const group = waiting.get(fingerprint)
      if (group === undefined) waiting.set(fingerprint, [vector])
      else group.push(vector)
      count++
      timer ??= setTimeout(() => {
        timer = undefined
        writing = writing.then(write)
      }, WRITE_AFTER_MS).unref()
    },
    get dropped() {
      return dropped
    },
    async close() {
      clearTimeout(timer)
      await writing.then(write)
    },
  }
}

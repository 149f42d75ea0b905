// Dynamic batching: while a model computes, what arrives is gathered and goes next, together. An idle model is asked at once, so nobody waits
// for company. The same text asked for twice is computed once. Calls of a few texts go before calls of many.
import { TandemError } from '../../errors.ts'
import type { Encoded } from './runtimes/encoder.ts'

export interface BatchLimits {
  /** Texts that a model is given at once. */
  readonly texts: number
  /** Characters likewise: about four a token. One longer text goes alone. */
  readonly characters: number
}

export interface BatcherOptions {
  readonly encode: (texts: readonly string[]) => Promise<Encoded>
  readonly limits: BatchLimits
  /** Texts that may wait; beyond them calls are refused. */
  readonly mostWaiting: number
}

export interface ComputedVector {
  readonly vector: Float32Array
  readonly tokens: number
}

export interface Batcher {
  /**
   * Vectors in the order of the texts.
   *
   * @param keys  one a text; texts of the same key are computed once.
   * @param shared  for bulk work: the vectors are views of the batch they were computed in, which lives as long as one of them.
   * @throws `overloaded` when too many wait; whatever the model throws.
   */
  compute(texts: readonly string[], keys: readonly string[], shared?: boolean): Promise<readonly ComputedVector[]>
  readonly waiting: number
}

interface Entry {
  readonly text: string
  readonly key: string
  /** Whether all who wait for it take a view of the batch. */
  shared: boolean
  readonly done: Promise<ComputedVector>
  resolve(computed: ComputedVector): void
  reject(error: unknown): void
}

/** Of which one computes and one is ready to follow. */
const MOST_UNDER_WAY = 2
const FEW_TEXTS = 8
/** After so many batches of calls with few texts, one of the others gets its turn. */
const TURN = 4

export function createBatcher({ encode, limits, mostWaiting }: BatcherOptions): Batcher {
  const pending = new Map<string, Entry>()
  const few: Entry[] = []
  const many: Entry[] = []
  let underWay = 0
  let inRow = 0
  let scheduled = false

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    // After the requests that are already there have been read.
    setImmediate(() => {
      scheduled = false
      while (underWay < MOST_UNDER_WAY && few.length + many.length > 0) void run(take())
    })
  }

  const take = (): Entry[] => {
    const isTurnOfMany = many.length > 0 && (few.length === 0 || inRow >= TURN)
    inRow = isTurnOfMany ? 0 : inRow + 1
    const lane = isTurnOfMany ? many : few
    let characters = 0
    let count = 0
    while (count < lane.length && count < limits.texts && (count === 0 || characters + lane[count]!.text.length <= limits.characters)) {
      characters += lane[count]!.text.length
      count++
    }
    return lane.splice(0, count)
  }

  const run = async (batch: readonly Entry[]): Promise<void> => {
    underWay++
    try {
      const { vectors, tokens } = await encode(batch.map(({ text }) => text))
      const width = vectors.length / batch.length
      for (const [row, entry] of batch.entries()) {
        pending.delete(entry.key)
        const [from, to] = [row * width, (row + 1) * width]
        // A copy of its own: a view of the batch would keep all of it in memory.
        entry.resolve({ vector: entry.shared ? vectors.subarray(from, to) : vectors.slice(from, to), tokens: tokens[row]! })
      }
    } catch (error) {
      for (const entry of batch) {
        pending.delete(entry.key)
        entry.reject(error)
      }
    } finally {
      underWay--
      schedule()
    }
  }

  return {
    async compute(texts, keys, shared = false) {
      const fresh: Entry[] = []
      const entries = texts.map((text, at) => {
        const key = keys[at]!
        const known = pending.get(key)
        if (known !== undefined) {
          known.shared &&= shared
          return known
        }
        const entry = createEntry(text, key, shared)
        pending.set(key, entry)
        fresh.push(entry)
        return entry
      })
      if (few.length + many.length + fresh.length > mostWaiting) {
        for (const { key } of fresh) pending.delete(key)
        throw new TandemError(
          'overloaded',
          `${few.length + many.length} texts wait to be embedded, and ${fresh.length} more would be over the limit of ${mostWaiting}. Try again shortly, or send fewer at once.`,
        )
      }
      // Texts of like length fill a batch without padding.
      if (fresh.length > FEW_TEXTS) many.push(...fresh.sort((a, b) => b.text.length - a.text.length))
      else few.push(...fresh)
      schedule()
      return Promise.all(entries.map(({ done }) => done))
    },
    get waiting() {
      return few.length + many.length
    },
  }
}

function createEntry(text: string, key: string, shared: boolean): Entry {
  const { promise, resolve, reject } = Promise.withResolvers<ComputedVector>()
  // Whoever waits gets the error; when nobody does any more it must not end the process.
  promise.catch(() => undefined)
  return { text, key, shared, done: promise, resolve, reject }
}

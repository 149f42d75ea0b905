// Keeps the rows of an index on disk as a log of segments. Writes that come while one is on its way go together into the next. Small
// segments are merged, and the log is written anew when half of it was replaced, both by appending rows as they are now and dropping what
// that supersedes: a crash at any point leaves a log that gives the same rows. Several processes may write to one log: each reads what
// came before its own segment. One that had not read a removal before the whole log was written anew keeps that row until it is told.

import type { VectorRows } from '../../../algorithms/vector/vector-rows.ts'
import { applySegment, encodeSegment, segmentKeys } from './segment.ts'
import type { VectorStore } from './vector-store.ts'

/** Bytes of a segment at most: encoding one takes about 3 ms. */
const SEGMENT_BYTES = 4 * 2 ** 20
/** A smaller one counts as small. */
const SMALL_BYTES = 256 * 1024
const SMALL_SEGMENTS = 1000
/** Rows that may be there in vain, beyond as many as are in use. */
const SPARE_ROWS = 50_000
/** Thrown inside the transaction to end it; never seen outside. */
const FOREIGN = new Error('another process wrote the next segment')

export interface SegmentLogOptions {
  readonly store: VectorStore
  readonly name: string
  readonly rows: VectorRows
  /** Told what went wrong while the log was tidied; nothing is lost by it. */
  readonly onError: (error: unknown) => void
}

/** How far a log was read, and what is known of its small segments. JSON. */
export interface LogPosition {
  readonly last: number
  readonly storedRows: number
  readonly tail: { readonly after: number; readonly segments: number; readonly rows: number; readonly keys: readonly number[] }
}

export class SegmentLog {
  readonly #store: VectorStore
  readonly #name: string
  readonly #rows: VectorRows
  readonly #onError: (error: unknown) => void
  /** Keys to be written, with their float32 row where those are kept. */
  #pending = new Map<number, Uint8Array | null | undefined>()
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #tidying: Promise<void> | undefined
  #appending: Promise<void> = Promise.resolve()
  #last = 0
  #storedRows = 0
  #rowsNoted = 0
  /** The small segments at the end, all after `after`, and the keys in them. */
  #tail = emptyTail(0)

  constructor({ store, name, rows, onError }: SegmentLogOptions) {
    this.#store = store
    this.#name = name
    this.#rows = rows
    this.#onError = onError
  }

  /** Reads the log into the rows, from a position on that they have reached. */
  load(from?: LogPosition): Promise<void> {
    if (from !== undefined) {
      this.#last = from.last
      this.#storedRows = from.storedRows
      this.#tail = { ...from.tail, keys: new Set(from.tail.keys) }
    }
    return this.#readOn()
  }

  /** Where the log is now: rows that are read from now on have all that stands before it. */
  get position(): LogPosition {
    const { after, segments, rows, keys } = this.#tail
    return { last: this.#last, storedRows: this.#storedRows, tail: { after, segments, rows, keys: [...keys] } }
  }

  /** Rows in the segments that were read or written since it was opened. */
  get rowsNoted(): number {
    return this.#rowsNoted
  }

  /** Takes in what other processes have written since; what is noted here and not yet durable stays as it is. */
  refresh(): Promise<void> {
    const refreshed = this.#appending.then(() => this.#takeForeign([]))
    this.#appending = refreshed.catch(() => {})
    return refreshed
  }

  /** Applies the segments after the last one that is known. The next part is read while one is applied. */
  async #readOn(): Promise<void> {
    let reading = this.#store.segmentsAfter(this.#name, this.#last)
    for (;;) {
      const segments = await reading
      const last = segments.at(-1)?.number
      if (last === undefined) break
      reading = this.#store.segmentsAfter(this.#name, last)
      // A failure of it is met by the await above; until then it must not count as unhandled.
      reading.catch(() => {})
      for (const { number, content } of segments) {
        applySegment(this.#rows, content, this.#name, number)
        this.#noteSegment(number, content, segmentKeys(content))
      }
    }
  }

  /** Rows that this process has changed come after those of others: they are the next segments. */
  async #takeForeign(own: readonly number[]): Promise<void> {
    const changed = encodeSegment(this.#rows, new Set([...own, ...this.#pending.keys()])).content
    await this.#readOn()
    applySegment(this.#rows, changed, this.#name, this.#last + 1)
  }

  /** A key whose row changed, went or came. */
  note(key: number, float32?: Uint8Array | null): void {
    this.#pending.set(key, float32)
  }

  /** Resolves when all that was noted is durable. */
  flush(): Promise<void> {
    if (this.#pending.size === 0 && this.#next === undefined) return this.#running
    this.#next ??= this.#afterRunning()
    return this.#next
  }

  async close(): Promise<void> {
    await this.flush()
    await this.#tidying
  }

  async #afterRunning(): Promise<void> {
    await this.#running.catch(() => {})
    this.#next = undefined
    this.#running = this.#write()
    // Those who wait for it are told; it must not count as unhandled when nobody does.
    this.#running.catch(() => {})
    return this.#running
  }

  async #write(): Promise<void> {
    const batch = this.#pending
    this.#pending = new Map()
    const keys = [...batch.keys()]
    let written = 0
    try {
      for (const part of inParts(keys, this.#rows.memory.layout.stride)) {
        const floats = new Map<number, Uint8Array | null>()
        for (const key of part) {
          const row = batch.get(key)
          if (row !== undefined) floats.set(key, row)
        }
        await this.#append(part, floats, true)
        written += part.length
      }
    } catch (error) {
      // What is not durable goes with the next write, unless it was noted anew since.
      for (const key of keys.slice(written)) if (!this.#pending.has(key)) this.#pending.set(key, batch.get(key))
      throw error
    }
    this.#tidyIfNeeded()
  }

  /** One after the other, so that the numbers that are not ours are those of another process. `isNews`: what the keys hold was changed here. */
  #append(keys: readonly number[], floats: ReadonlyMap<number, Uint8Array | null>, isNews: boolean): Promise<void> {
    const appended = this.#appending.then(() => this.#appendNext(keys, floats, isNews))
    this.#appending = appended.catch(() => {})
    return appended
  }

  async #appendNext(keys: readonly number[], floats: ReadonlyMap<number, Uint8Array | null>, isNews: boolean): Promise<void> {
    for (;;) {
      let content: Uint8Array | undefined
      try {
        const number = await this.#store.append(this.#name, (next) => {
          if (next !== this.#last + 1) throw FOREIGN
          const segment = encodeSegment(this.#rows, keys)
          content = segment.content
          return { ...segment, floats }
        })
        this.#noteSegment(number, content!, keys)
        return
      } catch (error) {
        if (error !== FOREIGN) throw error
        // Another process was first: what it wrote is read, and this goes after it.
        await this.#takeForeign(isNews ? keys : [])
      }
    }
  }

  #noteSegment(number: number, content: Uint8Array, keys: ArrayLike<number>): void {
    this.#last = number
    this.#storedRows += keys.length
    this.#rowsNoted += keys.length
    if (content.byteLength >= SMALL_BYTES) {
      this.#tail = emptyTail(number)
      return
    }
    const tail = this.#tail
    tail.segments++
    tail.rows += keys.length
    for (let i = 0; i < keys.length; i++) tail.keys.add(keys[i]!)
  }

  #tidyIfNeeded(): void {
    if (this.#tidying !== undefined) return
    const wasteful = this.#storedRows > 2 * this.#rows.count + SPARE_ROWS
    if (!wasteful && this.#tail.segments < SMALL_SEGMENTS) return
    this.#tidying = (wasteful ? this.#rewrite() : this.#mergeTail()).catch(this.#onError).finally(() => {
      this.#tidying = undefined
    })
  }

  /** Appends the rows of the small segments as they are now, and drops those segments. */
  async #mergeTail(): Promise<void> {
    const { after, keys, rows } = this.#tail
    const upTo = this.#last
    this.#tail = emptyTail(upTo)
    for (const part of inParts([...keys], this.#rows.memory.layout.stride)) await this.#append(part, new Map(), false)
    await this.#store.dropSegments(this.#name, after, upTo)
    this.#storedRows -= rows
  }

  /** Appends all rows as they are now, and drops everything before. */
  async #rewrite(): Promise<void> {
    const upTo = this.#last
    this.#tail = emptyTail(upTo)
    this.#storedRows = 0
    for (const part of inParts([...this.#rows.keys()], this.#rows.memory.layout.stride)) await this.#append(part, new Map(), false)
    await this.#store.dropSegments(this.#name, 0, upTo)
  }
}

function emptyTail(after: number): { readonly after: number; segments: number; rows: number; readonly keys: Set<number> } {
  return { after, segments: 0, rows: 0, keys: new Set() }
}

function* inParts(keys: readonly number[], stride: number): Generator<readonly number[]> {
  const size = Math.max(1, Math.floor(SEGMENT_BYTES / (stride + 16)))
  for (let first = 0; first < keys.length; first += size) yield keys.slice(first, first + size)
}

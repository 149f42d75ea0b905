// Our index: every vector as int8 in shared memory, scanned by threads, without a graph and without training. See
// docs/decisions/2026-11-26-vector-index.md for why, and algorithms/vector for how.

import { MOST_CANDIDATES, RowScanner, type ScanQuery, type ScanResult } from '../../../algorithms/vector/row-scanner.ts'
import type { VectorMetric } from '../../../algorithms/vector/vector-memory.ts'
import type { VectorRows } from '../../../algorithms/vector/vector-rows.ts'
import { TandemError } from '../../../errors.ts'
import { SnapshotKeeper, type SnapshotTimes } from '../../../platform/storage/snapshot-keeper.ts'
import { CodeKeeper } from './code-keeper.ts'
import { LoopScans } from './loop-scans.ts'
import { refineByFloats } from './refine-by-floats.ts'
import type { ScanLane, ScanThreads } from './scan-threads.ts'
import type { SegmentLog } from './segment-log.ts'
import {
  readBatch,
  readQuery,
  throwIfAborted,
  type VectorBatch,
  type VectorHit,
  type VectorIndex,
  type VectorIndexStats,
  type VectorQuery,
} from './vector-index.ts'
import { saveVectorSnapshot } from './vector-snapshot.ts'
import type { StoredCodes, VectorStore } from './vector-store.ts'

export interface ExactIndexParts {
  readonly name: string
  readonly rows: VectorRows
  readonly threads: ScanThreads
  /** Absent: in memory only. */
  readonly log: SegmentLog | undefined
  readonly store: VectorStore | undefined
  readonly float32: boolean
  readonly codesFromRows: number
  readonly targetRecall: number
  readonly loopBytes: number
  readonly codes: StoredCodes | undefined
  /** Whether the rows have the codes. */
  readonly encoded: boolean
  /** Where the memory is kept as a file; absent: nowhere. */
  readonly snapshot: ExactIndexSnapshot | undefined
  readonly onError: (error: unknown) => void
  /** What was opened for it alone. */
  readonly closeWith: () => Promise<void>
}

export interface ExactIndexSnapshot {
  readonly path: string
  readonly token: string
  readonly times: SnapshotTimes
}

/** Rows put at a time before others get the event loop: about 1 ms. */
const ROWS_AT_A_TIME = 400
const FEWEST_CANDIDATES = 50
/** Starting a thread takes 50 to 100 ms, so that without one scans of so many times the bytes stay on the event loop too: about 1 ms. */
const COLD_TIMES = 6
/** Attempts when rows that were found are replaced before the answer is read. */
const ATTEMPTS = 3

export class ExactVectorIndex implements VectorIndex {
  readonly dimensions: number
  readonly metric: VectorMetric
  readonly #parts: ExactIndexParts
  readonly #lane: ScanLane
  readonly #codes: CodeKeeper
  readonly #here: LoopScans
  readonly #snapshot: SnapshotKeeper | undefined
  #closing: Promise<void> | undefined

  constructor(parts: ExactIndexParts) {
    this.#parts = parts
    const { memory } = parts.rows
    this.dimensions = memory.handle.dimensions
    this.metric = memory.handle.metric
    this.#lane = parts.threads.open(memory)
    this.#here = new LoopScans(memory, new RowScanner(memory))
    this.#codes = new CodeKeeper({
      ...{ rows: parts.rows, lane: this.#lane, fromRows: parts.codesFromRows, targetRecall: parts.targetRecall, onError: parts.onError },
      save: async (codes) => parts.store?.setCodes(parts.name, codes),
    })
    if (parts.codes) this.#codes.resume(parts.codes, parts.encoded)
    else this.#codes.check()
    this.#snapshot = this.#keepSnapshot(parts)
  }

  async upsert(batch: VectorBatch): Promise<void> {
    this.#checkOpen()
    const { keys, vectors } = readBatch(batch, this)
    const { rows, log, float32 } = this.#parts
    for (let i = 0; i < keys.length; i++) {
      if (i > 0 && i % ROWS_AT_A_TIME === 0) {
        await new Promise(setImmediate)
        this.#checkOpen()
      }
      const from = i * this.dimensions
      rows.put(keys[i]!, vectors, from)
      log?.note(keys[i]!, float32 ? new Uint8Array(vectors.slice(from, from + this.dimensions).buffer) : undefined)
    }
    await log?.flush()
    this.#codes.check()
    this.#snapshot?.changed()
  }

  async delete(keys: Iterable<number>): Promise<number> {
    this.#checkOpen()
    const { rows, log, float32 } = this.#parts
    let removed = 0
    for (const key of keys) {
      if (!rows.remove(key)) continue
      removed++
      log?.note(key, float32 ? null : undefined)
    }
    await log?.flush()
    this.#snapshot?.changed()
    return removed
  }

  async search(query: VectorQuery): Promise<readonly VectorHit[]> {
    this.#checkOpen()
    const { vector, k } = readQuery(query, this)
    const { rows, store, float32, name } = this.#parts
    if (rows.count === 0 || query.filter?.size === 0) return []
    const refined = query.exact === true && float32 && store !== undefined
    const wanted = refined ? Math.max(FEWEST_CANDIDATES, 3 * k) : k
    let hits: readonly VectorHit[] = []
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.#find(query, vector, wanted)
      throwIfAborted(query.signal)
      hits = found.hits
      if (found.lost === 0 || hits.length >= wanted) break
    }
    if (!refined) return hits
    const floats = await store.floats(
      name,
      hits.map(({ key }) => key),
    )
    return refineByFloats(hits, floats, vector, this.metric).slice(0, k)
  }

  async count(): Promise<number> {
    return this.#parts.rows.count
  }

  async stats(): Promise<VectorIndexStats> {
    const { rows } = this.#parts
    const { memory } = rows
    const codes = this.#codes.ready
    const inUse = codes !== undefined && codes.candidates > 0
    return {
      kind: 'exact',
      rows: rows.count,
      scan: inUse ? 'codes' : 'rows',
      ...(codes === undefined ? {} : { codeCandidates: codes.candidates, codeRecall: codes.recall }),
      memoryBytes: memory.residentBytes(rows.encodes),
    }
  }

  /** Takes in what other processes have written to the same index since. */
  async refresh(): Promise<void> {
    this.#checkOpen()
    await this.#parts.log?.refresh()
    this.#codes.check()
    this.#snapshot?.changed()
  }

  /** Resolves when nothing is done in the background. */
  async settled(): Promise<void> {
    await this.#codes.settled()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { log, closeWith } = this.#parts
    try {
      await log?.close()
      await this.#codes.close()
      await this.#snapshot?.close()
    } finally {
      this.#lane.close()
      await closeWith()
    }
  }

  #keepSnapshot({ snapshot, log, rows, onError }: ExactIndexParts): SnapshotKeeper | undefined {
    if (snapshot === undefined || log === undefined) return undefined
    const { path, token, times } = snapshot
    const save = (): Promise<boolean> => saveVectorSnapshot(path, { rows, log, token, codes: () => this.#codes.ready })
    return new SnapshotKeeper({ count: () => rows.count, changes: () => log.rowsNoted, save, onError, ...times })
  }

  async #find(query: VectorQuery, vector: Float32Array, wanted: number): Promise<{ readonly hits: VectorHit[]; readonly lost: number }> {
    const { rows } = this.#parts
    const codeCandidates = query.exact === true ? 0 : (this.#codes.ready?.candidates ?? 0)
    const scan: ScanQuery = {
      vector,
      k: wanted,
      rowCandidates: Math.min(MOST_CANDIDATES, Math.max(FEWEST_CANDIDATES, 5 * wanted)),
      codeCandidates: codeCandidates === 0 ? 0 : Math.min(MOST_CANDIDATES, Math.max(codeCandidates, 50 * wanted)),
      ...(query.filter === undefined ? {} : { filter: query.filter.words }),
    }
    const unpin = rows.pin()
    try {
      const bytes = this.#bytesOf(scan, query.filter?.size)
      const results = this.#staysHere(bytes) ? [await this.#here.scan(scan, bytes.read)] : await this.#lane.scan(scan)
      let lost = 0
      const hits: VectorHit[] = []
      for (const { slot, score } of merged(results, wanted)) {
        const key = rows.keyIn(slot)
        if (key === undefined) lost++
        else hits.push({ key, score })
      }
      return { hits, lost }
    } finally {
      unpin()
    }
  }

  /** What a scan of rows would read, and what this one does. */
  #bytesOf({ codeCandidates }: ScanQuery, allowed: number | undefined): { readonly whole: number; readonly read: number } {
    const { rows } = this.#parts
    const { stride, words } = rows.memory.layout
    const considered = Math.min(rows.count, allowed ?? rows.count)
    const whole = considered * stride
    return { whole, read: codeCandidates > 0 && allowed === undefined ? considered * words * 8 + codeCandidates * stride : whole }
  }

  #staysHere({ whole, read }: { readonly whole: number; readonly read: number }): boolean {
    const { loopBytes } = this.#parts
    return whole <= loopBytes || (read <= COLD_TIMES * loopBytes && !this.#lane.warm())
  }

  #checkOpen(): void {
    if (this.#closing !== undefined)
      throw new TandemError('unavailable', `The vector index "${this.#parts.name}" is closed. Open it again.`)
  }
}

/** The best of the parts of a scan. */
function merged(results: readonly ScanResult[], wanted: number): { readonly slot: number; readonly score: number }[] {
  const all = results.flatMap(({ slots, scores }) => Array.from(slots, (slot, i) => ({ slot, score: scores[i]! })))
  if (results.length > 1) all.sort((left, right) => right.score - left.score || left.slot - right.slot)
  return all.slice(0, wanted)
}

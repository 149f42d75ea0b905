// Gives a large index its sign codes, in the background: mean, codes, and the number of candidates, measured. While codes are made or
// when they are not good enough, searches read all rows.

import { chooseCandidates } from '../../../algorithms/vector/sign-codes.ts'
import { BLOCK_ROWS, HEAD } from '../../../algorithms/vector/vector-memory.ts'
import type { VectorRows } from '../../../algorithms/vector/vector-rows.ts'
import type { ScanLane } from './scan-threads.ts'
import type { StoredCodes } from './vector-store.ts'

export interface CodeKeeperOptions {
  readonly rows: VectorRows
  readonly lane: ScanLane
  /** Rows from which an index gets codes. */
  readonly fromRows: number
  readonly targetRecall: number
  /** Keeps what was measured. */
  readonly save: (codes: StoredCodes) => Promise<void>
  readonly onError: (error: unknown) => void
}

/** Encoded at a time, so that searches get their turn: about 15 ms. */
const BLOCKS_AT_A_TIME = 16
const TEST_ROUNDS = 32
const QUERIES_A_ROUND = 2
/** Codes are measured again when the index has grown or shrunk this many times. */
const GROWTH = 2

export class CodeKeeper {
  readonly #options: CodeKeeperOptions
  #ready: StoredCodes | undefined
  #making: Promise<void> | undefined
  #failed = false
  #closed = false

  constructor(options: CodeKeeperOptions) {
    this.#options = options
  }

  /** What a search may rely on now; undefined: nothing. */
  get ready(): StoredCodes | undefined {
    return this.#ready
  }

  /** Makes codes by what was measured before the index was closed, unless the rows have them already. */
  resume(codes: StoredCodes, encoded: boolean): void {
    if (encoded) {
      this.#ready = codes
      this.check()
      return
    }
    this.#start(async () => {
      await this.#encode(codes.mean)
      this.#ready = codes
    })
  }

  /** Makes codes or makes them anew when the number of rows asks for it. */
  check(): void {
    const { rows, fromRows } = this.#options
    if (this.#making !== undefined || this.#failed || this.#closed || rows.count < fromRows) return
    const known = this.#ready?.rows
    if (known !== undefined && rows.count < known * GROWTH && rows.count * GROWTH > known) return
    this.#start(() => this.#make())
  }

  /** Resolves when no codes are being made. */
  async settled(): Promise<void> {
    await this.#making
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#making
  }

  #start(work: () => Promise<void>): void {
    this.#making = work()
      .catch((error) => {
        if (this.#closed) return
        this.#failed = true
        this.#options.onError(error)
      })
      .finally(() => {
        this.#making = undefined
      })
  }

  async #make(): Promise<void> {
    const { lane, rows, targetRecall, save } = this.#options
    const mean = await lane.run({ kind: 'mean' })
    this.#ready = undefined
    await this.#encode(mean)
    const ranks: number[] = []
    for (let seed = 0; seed < TEST_ROUNDS; seed++) {
      if (this.#closed) return
      ranks.push(...(await lane.run({ kind: 'ranks', seed, queries: QUERIES_A_ROUND })))
    }
    const codes = { mean, rows: rows.count, ...chooseCandidates(Float64Array.from(ranks), targetRecall) }
    await save(codes)
    this.#ready = codes
  }

  async #encode(mean: Float32Array): Promise<void> {
    const { lane, rows } = this.#options
    const { memory } = rows
    memory.views.f32.set(mean, HEAD.mean >>> 2)
    rows.encodes = true
    // A row that is written while its block is encoded may get a code of half of it.
    const written = new Set<number>()
    rows.onWrite = (slot) => written.add(slot)
    const blocks = Math.ceil(memory.slots / BLOCK_ROWS)
    for (let from = 0; from < blocks && !this.#closed; from += BLOCKS_AT_A_TIME) {
      await lane.run({ kind: 'encode', from, to: Math.min(blocks, from + BLOCKS_AT_A_TIME) })
    }
    rows.onWrite = undefined
    for (const slot of written) rows.encode(slot)
  }
}

// Small scans on the event loop. Those that are asked for in one turn are done together, so that each block is read once for several, and a
// turn does only so much: with many callers at once others get the loop in between.
import {
  createScanSpace,
  type RowScanner,
  SCAN_BATCH,
  type ScanQuery,
  type ScanResult,
  type ScanSpace,
  withFilterSpace,
} from '../../../algorithms/vector/row-scanner.ts'
import type { VectorMemory } from '../../../algorithms/vector/vector-memory.ts'

/** Read in one turn, about 1 ms; one scan of more goes alone. */
const BYTES_A_TURN = 20 * 2 ** 20

interface Waiting {
  readonly scan: ScanQuery
  readonly bytes: number
  readonly resolve: (result: ScanResult) => void
  readonly reject: (error: unknown) => void
}

export class LoopScans {
  readonly #memory: VectorMemory
  readonly #scanner: RowScanner
  readonly #waiting: Waiting[] = []
  #space: ScanSpace

  constructor(memory: VectorMemory, scanner: RowScanner) {
    this.#memory = memory
    this.#scanner = scanner
    this.#space = createScanSpace(memory)
  }

  /** @param bytes  about how many it reads */
  scan(scan: ScanQuery, bytes: number): Promise<ScanResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ scan, bytes, resolve, reject })
      if (this.#waiting.length === 1) setImmediate(this.#turn)
    })
  }

  readonly #turn = (): void => {
    const batch = this.#take()
    try {
      const words = Math.max(0, ...batch.map(({ scan }) => scan.filter?.length ?? 0))
      if (words > 0) this.#space = withFilterSpace(this.#memory, this.#space, words)
      const results = this.#scanner.scan(
        batch.map(({ scan }) => scan),
        { part: 0, parts: 1 },
        this.#space,
      )
      for (const [at, { resolve }] of batch.entries()) resolve(results[at]!)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
    if (this.#waiting.length > 0) setImmediate(this.#turn)
  }

  #take(): Waiting[] {
    let bytes = 0
    let count = 0
    while (count < this.#waiting.length && count < SCAN_BATCH && (count === 0 || bytes + this.#waiting[count]!.bytes <= BYTES_A_TURN)) {
      bytes += this.#waiting[count]!.bytes
      count++
    }
    return this.#waiting.splice(0, count)
  }
}

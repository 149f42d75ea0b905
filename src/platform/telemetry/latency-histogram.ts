// Counts of durations in fixed buckets, each 5 % wider than the one before, so that histograms of many minutes and servers
// add up by adding their counts. A quantile is at most 2.5 % away from that of the durations themselves, between 0.01 ms
// and 10 minutes (DDSketch: Masson, Rim, Lee 2019, with gamma = 1.05).

const GAMMA = 1.05
const INVERSE_LOG_GAMMA = 1 / Math.log(GAMMA)
const SMALLEST_MS = 0.01
const LARGEST_MS = 600_000
/** Bucket 0 holds everything up to the smallest; bucket n what lies above SMALLEST * GAMMA^(n - 1) up to SMALLEST * GAMMA^n. */
const BUCKETS = Math.ceil(Math.log(LARGEST_MS / SMALLEST_MS) * INVERSE_LOG_GAMMA) + 1

/** Bucket and count by turns, buckets ascending, empty ones left out. */
export type SparseCounts = readonly number[]

export class LatencyHistogram {
  /** Made with the first duration: most routes are never asked. */
  #counts: Float64Array | undefined
  #total = 0

  get total(): number {
    return this.#total
  }

  /** Some 10 ns. */
  observe(ms: number): void {
    const bucket = ms <= SMALLEST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / SMALLEST_MS) * INVERSE_LOG_GAMMA))
    this.#counts ??= new Float64Array(BUCKETS)
    this.#counts[bucket]! += 1
    this.#total += 1
  }

  add(counts: SparseCounts): void {
    if (counts.length === 0) return
    this.#counts ??= new Float64Array(BUCKETS)
    for (let at = 0; at + 1 < counts.length; at += 2) {
      const [bucket = 0, count = 0] = [counts[at], counts[at + 1]]
      this.#counts[Math.min(bucket, BUCKETS - 1)]! += count
      this.#total += count
    }
  }

  sparse(): SparseCounts {
    const counts: number[] = []
    this.#counts?.forEach((count, bucket) => {
      if (count > 0) counts.push(bucket, count)
    })
    return counts
  }

  /**
   * The duration that `fraction` of all do not exceed (the smallest whose rank is at least fraction * total);
   * undefined of none.
   */
  quantile(fraction: number): number | undefined {
    if (this.#total === 0 || this.#counts === undefined) return undefined
    const rank = Math.max(1, Math.ceil(fraction * this.#total))
    let passed = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      passed += this.#counts[bucket]!
      if (passed >= rank) return middleOf(bucket)
    }
    return middleOf(BUCKETS - 1)
  }

  clear(): void {
    this.#counts?.fill(0)
    this.#total = 0
  }
}

/** What is equally far, as a share of it, from both ends of the bucket. */
function middleOf(bucket: number): number {
  return bucket === 0 ? SMALLEST_MS : (2 * SMALLEST_MS * GAMMA ** bucket) / (GAMMA + 1)
}

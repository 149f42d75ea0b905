// Latencies counted in buckets that grow by a factor of 2^(1/4), so that quantiles of any span of time come from sums.
// The edges are stored with the counts (migration 0002) and never change.

/** Bucket b counts from `EDGES[b - 1]` to below `EDGES[b]` microseconds; the last one everything from 10 s. */
const EDGES: readonly number[] = [...new Set(Array.from({ length: 94 }, (_, step) => Math.ceil(2 ** (step / 4))))]

export function latencyBucket(us: number): number {
  let low = 0
  let high = EDGES.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (EDGES[middle]! <= us) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The latency in microseconds that a share of the counted ones stays below; from 50 us on at most 10 % off.
 *
 * @param counts  by bucket. Null when there are none.
 */
export function latencyQuantile(counts: ReadonlyMap<number, number>, share: number): number | null {
  const buckets = [...counts.keys()].sort((a, b) => a - b)
  const total = buckets.reduce((sum, bucket) => sum + counts.get(bucket)!, 0)
  let before = 0
  for (const bucket of buckets) {
    const count = counts.get(bucket)!
    if (before + count >= share * total) {
      const low = EDGES[bucket - 1] ?? 0
      const high = EDGES[bucket] ?? low
      return low + (high - low) * Math.max(0, (share * total - before) / count)
    }
    before += count
  }
  return null
}

// Counts of numbers in equal bins whose range is not known beforehand. Bins are a power of two wide and begin at multiples
// of that, so two neighbours can be joined when the range grows: every count is exact, in fixed memory.

export interface Histogram {
  /** One more than `counts`, rising. */
  readonly edges: number[]
  readonly counts: number[]
}

/** Plain data, so that it can be sent between threads. */
export interface NumberHistogram {
  /** Bins are 2^exponent wide; undefined before the second different number. */
  exponent: number | undefined
  /** Number of the first bin: it begins at `first * 2^exponent`. */
  first: number
  readonly counts: Float64Array
  /** The only number so far, and how often it came. */
  lone: number
  loneCount: number
}

const CAPACITY = 512
const MIN_EXPONENT = -1000

export function createNumberHistogram(): NumberHistogram {
  return { exponent: undefined, first: 0, counts: new Float64Array(CAPACITY), lone: 0, loneCount: 0 }
}

export function addToHistogram(histogram: NumberHistogram, value: number, weight = 1): void {
  if (histogram.exponent === undefined) {
    if (histogram.loneCount === 0 || value === histogram.lone) {
      histogram.lone = value
      histogram.loneCount += weight
      return
    }
    begin(histogram, value)
  }
  let bin = binOf(histogram, value)
  if (bin < 0 || bin >= CAPACITY) {
    makeRoom(histogram, value)
    bin = binOf(histogram, value)
  }
  histogram.counts[bin]! += weight
}

/** At most `bins` bins over the numbers that came; empty when none came. */
export function histogramOf(histogram: NumberHistogram, bins: number): Histogram {
  const { exponent, lone, loneCount } = histogram
  if (exponent === undefined) return loneCount === 0 ? { edges: [], counts: [] } : { edges: [lone, lone], counts: [loneCount] }
  const filled = [...histogram.counts.keys()].filter((bin) => histogram.counts[bin]! > 0)
  const low = histogram.first + filled[0]!
  const high = histogram.first + filled.at(-1)!
  let joined = 1
  while (Math.floor(high / joined) - Math.floor(low / joined) + 1 > bins) joined *= 2
  const from = Math.floor(low / joined)
  const counts = new Array<number>(Math.floor(high / joined) - from + 1).fill(0)
  for (const bin of filled) counts[Math.floor((histogram.first + bin) / joined) - from]! += histogram.counts[bin]!
  const width = joined * 2 ** exponent
  return { edges: Array.from({ length: counts.length + 1 }, (_, index) => (from + index) * width), counts }
}

function begin(histogram: NumberHistogram, value: number): void {
  const { lone, loneCount } = histogram
  // Fine enough that a few more numbers between or around these two still differ.
  const span = Math.abs(value - lone)
  histogram.exponent = Math.max(MIN_EXPONENT, Math.floor(Math.log2(Math.min(span, Number.MAX_VALUE))) - 6)
  // A bin number must stay a whole number that doubles can tell from the next.
  const largest = Math.max(Math.abs(lone), Math.abs(value))
  histogram.exponent = Math.max(histogram.exponent, Math.ceil(Math.log2(Math.max(largest, Number.MIN_VALUE))) - 50)
  histogram.first = Math.floor(lone / 2 ** histogram.exponent) - CAPACITY / 2
  histogram.counts[CAPACITY / 2] = loneCount
}

function binOf({ exponent, first }: NumberHistogram, value: number): number {
  return Math.floor(value / 2 ** exponent!) - first
}

/** Moves the bins, or makes them wider, until the number has one. */
function makeRoom(histogram: NumberHistogram, value: number): void {
  for (;;) {
    const at = binOf(histogram, value)
    let [low, high] = [CAPACITY, -1]
    for (let bin = 0; bin < CAPACITY; bin++) {
      if (histogram.counts[bin] === 0) continue
      low = Math.min(low, bin)
      high = bin
    }
    const span = Math.max(high, at) - Math.min(low, at) + 1
    if (span <= CAPACITY / 2) {
      const start = Math.min(low, at) - Math.floor((CAPACITY - span) / 2)
      move(histogram, start)
      return
    }
    widen(histogram)
  }
}

function move(histogram: NumberHistogram, by: number): void {
  const moved = new Float64Array(CAPACITY)
  for (let bin = 0; bin < CAPACITY; bin++) {
    const count = histogram.counts[bin]!
    if (count > 0) moved[bin - by] = count
  }
  histogram.counts.set(moved)
  histogram.first += by
}

function widen(histogram: NumberHistogram): void {
  const joined = new Float64Array(CAPACITY)
  const first = Math.floor(histogram.first / 2)
  for (let bin = 0; bin < CAPACITY; bin++) {
    const count = histogram.counts[bin]!
    if (count > 0) joined[Math.floor((histogram.first + bin) / 2) - first]! += count
  }
  histogram.counts.set(joined)
  histogram.first = first
  histogram.exponent!++
}

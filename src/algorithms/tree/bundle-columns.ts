// Bundles of columns that take few values together, such as the columns of a one-hot code: their rows are counted once, by the code of
// their joint value, and the histogram of each column follows from that of the codes. Ke et al. 2017 (LightGBM, section 4) bundle columns
// that exclude each other; here any columns are that pay, and as the sums are whole numbers, trees are the same as without.

import type { HeapViews } from '../math/heap.ts'
import { type BinnedSet, binCount } from './bin-training-set.ts'
import type { Binning } from './binning.ts'
import type { TrainingControl } from './training-control.ts'

export interface ColumnBundle {
  /** The first one's column on the heap holds the codes. */
  readonly features: readonly number[]
  readonly codes: number
  /** For each feature the bin of each code. */
  readonly bins: readonly Uint8Array[]
  /** For each feature its most frequent bin. */
  readonly frequent: readonly number[]
}

const MOST_CODES = 256
/** A column of more values on the rows of the probe is not tried. */
const MOST_VALUES = 32
/** Rows, spread evenly, on which columns are tried before they are on all. */
const PROBE_ROWS = 1024
/** Bundles, the youngest ones, that a column is tried with; columns that belong together mostly stand together. */
const OPEN_BUNDLES = 8
/** Failures on all rows after which a column is left alone. */
const MOST_FAILURES = 2
/** A row costs about as much as two codes or words of a program. */
const WORDS_A_ROW = 2
/** Share of what a column costs by itself that a bundle may cost for it. */
const WORTHWHILE = 0.5

/** A bundle that more columns may join. */
interface OpenBundle {
  readonly features: number[]
  readonly bins: Uint8Array[]
  readonly frequent: number[]
  /** Share of rows that have the most frequent bin. */
  readonly shares: number[]
  codes: number
  /** For each code how many columns are not in their most frequent bin: how often it stands in programs. */
  readonly words: Uint16Array
  probe: Uint8Array
}

interface Join {
  readonly codes: number
  /** Of the codes before: the first bin that each met, -1: none. */
  readonly firstBins: Int16Array
  /** Of the codes that are new: the code before << 8 | bin. */
  readonly keys: Uint16Array
}

/**
 * Bundles columns of a binned set; those of `features` that are bundled have codes as their bins afterwards if they are a bundle's first.
 *
 * @param maxLeaves  of the trees: how many rows their nodes have.
 */
export function bundleColumns(
  { u8 }: Pick<HeapViews, 'u8'>,
  binning: Binning,
  edges: Pick<BinnedSet, 'edgeStarts'>,
  features: readonly number[],
  maxLeaves: number,
  control: TrainingControl,
): ColumnBundle[] {
  const { rows } = binning
  const columnOf = (f: number): Uint8Array => u8.subarray(binning.bins + f * rows, binning.bins + (f + 1) * rows)
  let depth = 0
  while (2 ** depth < maxLeaves) depth++
  // Rows of the smaller child of a node, of trees that are neither balanced nor chains.
  const nodeRows = (rows * (1 + depth / 4)) / maxLeaves
  const limit = nodeRows * WORTHWHILE * WORDS_A_ROW
  const join = createJoin()
  const next = { probe: new Uint8Array(Math.min(rows, PROBE_ROWS)), all: new Uint8Array(0) }
  const bundles: OpenBundle[] = []
  for (const f of features) {
    const column = columnOf(f)
    const bins = binCount(edges, f)
    const probe = probeOf(column)
    const values = countValues(probe)
    control.spend(PROBE_ROWS)
    if (!values) continue
    const { frequent, share } = values
    const pays = (bundle: OpenBundle, joined: Join | undefined): joined is Join =>
      joined !== undefined && wordsOf(bundle, joined, frequent) + bins < limit
    let failures = 0
    let found = false
    for (let at = bundles.length - 1; at >= Math.max(0, bundles.length - OPEN_BUNDLES) && failures < MOST_FAILURES && !found; at--) {
      const bundle = bundles[at]!
      control.spend(PROBE_ROWS * 2)
      if (!pays(bundle, join(bundle.probe, probe, bundle.codes, next.probe))) continue
      if (next.all.length === 0) next.all = new Uint8Array(rows)
      control.spend(rows * 3)
      const codes = columnOf(bundle.features[0]!)
      const joined = join(codes, column, bundle.codes, next.all)
      if (!pays(bundle, joined)) {
        failures++
        continue
      }
      codes.set(next.all)
      addColumn(bundle, joined, f, frequent, share)
      bundle.probe = probeOf(codes)
      found = true
    }
    if (!found) bundles.push(openBundle(f, bins, frequent, share, probe))
  }
  const closed = bundles.filter(({ features: own }) => own.length > 1)
  control.spend(closed.length * rows * 2)
  return closed.map((bundle) => moveCodes(bundle, columnOf))
}

function probeOf(column: Uint8Array): Uint8Array {
  const count = Math.min(column.length, PROBE_ROWS)
  const probe = new Uint8Array(count)
  for (let i = 0; i < count; i++) probe[i] = column[Math.floor((i * column.length) / count)]!
  return probe
}

/** The most frequent bin and its share; undefined when there are too many. */
function countValues(probe: Uint8Array): { frequent: number; share: number } | undefined {
  const counts = new Uint16Array(256)
  let [values, frequent] = [0, 0]
  for (let i = 0; i < probe.length; i++) {
    const bin = probe[i]!
    const count = counts[bin]! + 1
    counts[bin] = count
    if (count === 1 && ++values > MOST_VALUES) return undefined
    if (count > counts[frequent]!) frequent = bin
  }
  return { frequent, share: counts[frequent]! / probe.length }
}

function openBundle(f: number, bins: number, frequent: number, share: number, probe: Uint8Array): OpenBundle {
  const own = new Uint8Array(MOST_CODES)
  for (let code = 0; code < MOST_CODES; code++) own[code] = code
  const words = new Uint16Array(MOST_CODES).fill(1)
  words[frequent] = 0
  return { features: [f], bins: [own], frequent: [frequent], shares: [share], codes: bins, words, probe }
}

/** What gives joint codes to rows: writes them to `next`; undefined when there would be too many. A code keeps its number with the first bin it meets. */
function createJoin(): (codes: Uint8Array, bins: Uint8Array, count: number, next: Uint8Array) => Join | undefined {
  const table = new Int16Array(MOST_CODES * 256).fill(-1)
  const firstBins = new Int16Array(MOST_CODES)
  const keys = new Uint16Array(MOST_CODES)
  return (codes, bins, count, next) => {
    firstBins.fill(-1)
    let joined = count
    let isFull = false
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]!
      const bin = bins[i]!
      const first = firstBins[code]!
      if (first === bin) next[i] = code
      else if (first < 0) {
        firstBins[code] = bin
        next[i] = code
      } else {
        const key = (code << 8) | bin
        let own = table[key]!
        if (own < 0) {
          isFull = joined === MOST_CODES
          if (isFull) break
          keys[joined - count] = key
          own = joined++
          table[key] = own
        }
        next[i] = own
      }
    }
    for (let i = 0; i < joined - count; i++) table[keys[i]!] = -1
    return isFull ? undefined : { codes: joined, firstBins, keys }
  }
}

/** Codes and words of programs that a join adds. */
function wordsOf({ codes, words }: OpenBundle, { codes: joined, firstBins, keys }: Join, frequent: number): number {
  let sum = joined - codes
  for (let code = 0; code < codes; code++) if (firstBins[code]! >= 0 && firstBins[code] !== frequent) sum++
  for (let i = 0; i < joined - codes; i++) sum += words[keys[i]! >>> 8]! + ((keys[i]! & 255) !== frequent ? 1 : 0)
  return sum
}

function addColumn(bundle: OpenBundle, { codes: joined, firstBins, keys }: Join, f: number, frequent: number, share: number): void {
  const { features, bins, words, codes } = bundle
  const own = new Uint8Array(MOST_CODES).fill(frequent)
  for (let code = codes; code < joined; code++) {
    const key = keys[code - codes]!
    for (const of of bins) of[code] = of[key >>> 8]!
    own[code] = key & 255
    words[code] = words[key >>> 8]! + (own[code] !== frequent ? 1 : 0)
  }
  // After the new ones, which count from what the words were.
  for (let code = 0; code < codes; code++) {
    if (firstBins[code]! < 0) continue
    own[code] = firstBins[code]!
    if (own[code] !== frequent) words[code]!++
  }
  bundle.codes = joined
  features.push(f)
  bins.push(own)
  bundle.frequent.push(frequent)
  bundle.shares.push(share)
}

/** Moves the codes to the column that is least likely to be searched alone, the one that varies least, and gives the first one its bins back. */
function moveCodes({ features, bins, frequent, shares, codes }: OpenBundle, columnOf: (f: number) => Uint8Array): ColumnBundle {
  const host = shares.indexOf(Math.max(...shares))
  if (host > 0) {
    const [from, to] = [columnOf(features[0]!), columnOf(features[host]!)]
    const own = bins[0]!
    for (let i = 0; i < from.length; i++) {
      const code = from[i]!
      to[i] = code
      from[i] = own[code]!
    }
  }
  const hostFirst = <T>(all: readonly T[]): T[] => [all[host]!, ...all.filter((_, i) => i !== host)]
  return { features: hostFirst(features), codes, bins: hostFirst(bins), frequent: hostFirst(frequent) }
}

/** Words of a program that gives the histogram of a column, see assembly/columns.ts. */
export function programOf(bins: Uint8Array, codes: number, binsInAll: number, frequent: number): Uint16Array {
  const codesOf = Array.from({ length: binsInAll }, (): number[] => [])
  for (let code = 0; code < codes; code++) codesOf[bins[code]!]!.push(code)
  return Uint16Array.from([frequent, ...codesOf.flatMap((own, bin) => (bin === frequent ? [] : [own.length, ...own]))])
}

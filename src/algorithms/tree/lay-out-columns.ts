// The table of the columns that a boosting searches for splits, written to the heap for all threads.

import { COLUMN_WORDS } from '../math/plain-columns.ts'
import { type BinnedSet, binCount } from './bin-training-set.ts'
import type { BoostingPlan } from './boosting-plan.ts'
import type { BoostingWork } from './boosting-work.ts'
import { bundleColumns, type ColumnBundle, programOf } from './bundle-columns.ts'
import type { TrainingControl } from './training-control.ts'

export interface Columns {
  readonly count: number
  /** Bytes of a histogram of all of them. */
  readonly bytes: number
  /** The bin of each code, for the features whose column holds the codes of a bundle. */
  readonly codesOf: ReadonlyMap<number, Uint8Array>
}

/** Lists the columns that have more than one value, those of a bundle one after the other. */
export function layOutColumns(
  { set, options, binning, places }: BoostingPlan,
  { views }: BoostingWork,
  edges: Pick<BinnedSet, 'edgeStarts'>,
  control: TrainingControl,
): Columns {
  const { u8, u32 } = views
  const columnOf = (f: number): number => binning.bins + f * binning.rows
  const varying = Array.from({ length: binning.features }, (_, f) => f).filter(
    (f) => binCount(edges, f) > 2 || u8[binning.missing + f] !== 0,
  )
  const bundles = bundleColumns(views, binning, edges, varying, options.maxLeaves, control)
  const memberOf = new Map(bundles.flatMap((bundle) => bundle.features.map((f, member) => [f, { bundle, member }] as const)))
  let [count, bytes, program] = [0, 0, places.programs]

  const writeProgram = (f: number, { bins, codes, frequent }: ColumnBundle, member: number): [at: number, words: number] => {
    const words = programOf(bins[member]!, codes, binCount(edges, f), frequent[member]!)
    const at = program
    u8.set(new Uint8Array(words.buffer), at)
    program += words.byteLength
    return [at, words.length]
  }
  const add = (f: number): void => {
    const own = memberOf.get(f)
    const isPlain = !options.monotone && !set.categorical?.includes(f)
    const bins = binCount(edges, f)
    const codes = own ? [columnOf(own.bundle.features[0]!), own.bundle.codes, ...writeProgram(f, own.bundle, own.member)] : [0, 0, 0, 0]
    u32.set([columnOf(f), bytes, bins - 1, isPlain ? 1 : 0, f, ...codes], (places.columns >>> 2) + COLUMN_WORDS * count)
    u32[(places.list >>> 2) + count] = count
    count++
    bytes += bins * 16
  }

  for (const f of varying) {
    const own = memberOf.get(f)
    if (!own) add(f)
    else if (f === Math.min(...own.bundle.features)) own.bundle.features.forEach(add)
  }
  const codesOf = new Map(bundles.map(({ features, bins, codes }) => [features[0]!, bins[0]!.subarray(0, codes)]))
  return { count, bytes, codesOf }
}

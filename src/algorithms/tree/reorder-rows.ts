// Lays the rows of a large set out anew while it boosts: those of a leaf next to each other. Trees that follow each other part rows much
// alike, so the rows of a node then stand on fewer lines and pages of memory, whose loading is most of what a small node of many rows
// costs. Sums are whole numbers, so the order of rows does not change a tree. LightGBM and XGBoost leave rows where they are.

import { type BoostingPlan, targetsOf } from './boosting-plan.ts'
import { type BoostingWork, PHASE, REORDER_CHUNKS } from './boosting-work.ts'
import { renewsLeaves } from './regression-loss.ts'
import type { Team } from './team.ts'
import type { TrainingControl } from './training-control.ts'

/** Of fewer rows a few columns stay in the nearer caches in any order. */
const FEWEST_ROWS = 131_072

type Numbers = Float64Array | Uint32Array | Uint16Array | Uint8Array

export interface RowOrder {
  /** To be called after each round, when the heap lists the rows that take part by the leaves of the last tree. */
  afterRound(round: number): void
}

/** What is kept by row beside the heap: it changes with the order of rows. */
export interface RowFacts {
  /** Weights of rows as whole numbers; absent when all are 1. */
  readonly covers: Uint32Array | undefined
  /** Numbers of the rows that take part, ascending; absent when all do. They come first from the first reordering on. */
  readonly learned: Uint32Array | undefined
  /** Numbers of the rows that are held out; each keeps its place in this list. */
  readonly held: Uint32Array
}

export function createRowOrder(
  plan: BoostingPlan,
  work: BoostingWork,
  team: Team,
  control: TrainingControl,
  { covers, learned, held }: RowFacts,
): RowOrder {
  const { heap, options, places, stride } = plan
  const { rows, features } = plan.set
  const { u8, u32, f64 } = work.views
  // Steps of leaves that are found from single residuals may depend on their order by rounding.
  const pays = rows >= FEWEST_ROWS && !renewsLeaves(options)
  const order = u32.subarray(places.rows >>> 2, (places.rows >>> 2) + rows)

  /** Lists the rows that take no part behind those that do, and says where all will stand. */
  const moveOthers = (some: Uint32Array): void => {
    const takesPart = u8.subarray(places.pairs, places.pairs + rows).fill(0)
    for (let i = 0; i < some.length; i++) takesPart[some[i]!] = 1
    let at = some.length
    for (let row = 0; row < rows; row++) if (takesPart[row] === 0) order[at++] = row
    const placeOf = u32.subarray(places.pairs >>> 2, (places.pairs >>> 2) + rows)
    for (let i = some.length; i < rows; i++) placeOf[order[i]!] = i
    for (let i = 0; i < held.length; i++) held[i] = placeOf[held[i]!]!
    for (let i = 0; i < some.length; i++) some[i] = i
  }
  /** Numbers in `values`, `step` a row. Gradients are taken anew after this, so there is room where they stood. */
  const reorder = (values: Numbers, step = 1): void => {
    const room = new (values.constructor as new (buffer: ArrayBufferLike, at: number, length: number) => Numbers)(
      heap.buffer,
      places.pairs,
      rows,
    )
    for (let k = 0; k < step; k++) {
      for (let i = 0; i < rows; i++) room[i] = values[order[i]! * step + k]!
      for (let i = 0; i < rows; i++) values[i * step + k] = room[i]!
    }
  }
  const doublesAt = (at: number, count: number): Float64Array => f64.subarray(at >>> 3, (at >>> 3) + count)

  return {
    afterRound(round) {
      if (!pays || round + 1 >= options.nEstimators || !isPowerOfFour(round + 1)) return
      control.spend(rows * (features + 8 * stride))
      if (learned) moveOthers(learned)
      team.run(PHASE.reorder, REORDER_CHUNKS, rows * features)
      reorder(targetsOf(plan))
      if (places.weights !== 0) reorder(doublesAt(places.weights, rows))
      reorder(doublesAt(places.scores, rows * stride), stride)
      if (covers) reorder(covers)
    },
  }
}

/** After the first tree, the fourth and so on: ever more rarely, as trees change ever less. */
function isPowerOfFour(count: number): boolean {
  return (count & (count - 1)) === 0 && (count & 0x55555555) !== 0
}

// Lloyd's steps of k-means without most of the distances: each row keeps how far its center is at most and how near another can be at
// least; while these do not meet, nothing needs to be computed. Where they meet, the same is kept for each center. The result is that of
// the plain method. Source: Hamerly, "Making k-means even faster", SIAM Data Mining 2010; bounds by center as in Elkan 2003.
import { squaredDistance } from './dense-rows.ts'

export interface LloydResult {
  readonly centers: Float64Array
  readonly labels: Int32Array
  readonly inertia: number
  readonly iterations: number
  readonly converged: boolean
}

interface State {
  readonly x: Float64Array
  readonly rows: number
  readonly columns: number
  readonly k: number
  readonly centers: Float64Array
  readonly labels: Int32Array
  readonly counts: Float64Array
  readonly sums: Float64Array
  /** Distance to the own center is at most this. */
  readonly upper: Float64Array
  /** Distance to every other center is at least this. */
  readonly lower: Float64Array
  /** Distance to each center when it was last measured plus the way that center had gone by then; shape (rows, k). */
  readonly each: Float32Array
  /** How far each center has gone in all. */
  readonly gone: Float64Array
  /** Half the distance from each center to its nearest. */
  readonly half: Float64Array
}

/**
 * @param centers    where to start, shape (k, columns); changed in place.
 * @param tolerance  ends when the centers move by less, summed and squared.
 * @param onIteration called after each step; throwing ends the work.
 */
export function lloyd(
  x: Float64Array,
  columns: number,
  centers: Float64Array,
  {
    tolerance,
    maxIter,
    onIteration,
  }: { readonly tolerance: number; readonly maxIter: number; readonly onIteration?: (iteration: number) => void },
): LloydResult {
  const rows = x.length / columns
  const k = centers.length / columns
  const state: State = {
    x,
    rows,
    columns,
    k,
    centers,
    labels: new Int32Array(rows).fill(-1),
    counts: new Float64Array(k),
    sums: new Float64Array(k * columns),
    upper: new Float64Array(rows).fill(Number.POSITIVE_INFINITY),
    lower: new Float64Array(rows),
    each: new Float32Array(rows * k).fill(Number.NEGATIVE_INFINITY),
    gone: new Float64Array(k),
    half: new Float64Array(k),
  }
  const moves = new Float64Array(k)
  let converged = false
  let iterations = 0
  while (iterations < maxIter && !converged) {
    iterations++
    const changed = assign(state)
    fillEmpty(state)
    const shift = moveCenters(state, moves)
    loosen(state, moves)
    converged = changed === 0 || shift <= tolerance
    onIteration?.(iterations)
  }
  assign(state)
  let inertia = 0
  for (let row = 0; row < rows; row++) inertia += squaredDistance(x, row * columns, centers, state.labels[row]! * columns, columns)
  return { centers, labels: state.labels, inertia, iterations, converged }
}

/** Gives each row its nearest center, keeps sums and counts; returns how many rows changed. */
function assign(state: State): number {
  const { x, rows, columns, centers, labels, upper, lower, half } = state
  measureCenters(state)
  let changed = 0
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!
    if (label !== -1) {
      const limit = Math.max(half[label]!, lower[row]!)
      if (upper[row]! <= limit) continue
      const exact = Math.sqrt(squaredDistance(x, row * columns, centers, label * columns, columns))
      upper[row] = exact
      if (exact <= limit) continue
    }
    const nearest = findNearest(state, row, label)
    if (nearest === label) continue
    changed++
    labels[row] = nearest
    if (label !== -1) addRow(state, row, label, -1)
    addRow(state, row, nearest, 1)
  }
  return changed
}

/** Rounds down whatever rounding to single precision makes of it. */
const DOWN = 1 - 2 ** -22

/** Nearest center of a row; writes both bounds. Of a row that has a label the distance to it must be exact. The lower number wins a tie. */
function findNearest({ x, columns, k, centers, upper, lower, each, gone }: State, row: number, label: number): number {
  const from = row * columns
  const first = row * k
  let nearest = label
  let least = label === -1 ? Number.POSITIVE_INFINITY : upper[row]!
  if (label !== -1) each[first + label] = (least + gone[label]!) * DOWN
  let second = Number.POSITIVE_INFINITY
  for (let center = 0; center < k; center++) {
    if (center === label) continue
    let bound = each[first + center]! - gone[center]!
    if (bound <= least || bound < second) {
      const distance = Math.sqrt(squaredDistance(x, from, centers, center * columns, columns))
      each[first + center] = (distance + gone[center]!) * DOWN
      if (distance < least || (distance === least && center < nearest)) {
        bound = least
        least = distance
        nearest = center
      } else bound = distance
    }
    if (bound < second) second = bound
  }
  upper[row] = least
  lower[row] = second
  return nearest
}

function addRow({ x, columns, counts, sums }: State, row: number, center: number, sign: number): void {
  counts[center]! += sign
  const [from, to] = [row * columns, center * columns]
  for (let column = 0; column < columns; column++) sums[to + column]! += sign * x[from + column]!
}

function measureCenters({ columns, k, centers, half }: State): void {
  half.fill(Number.POSITIVE_INFINITY)
  for (let center = 0; center < k; center++) {
    for (let other = 0; other < center; other++) {
      const distance = Math.sqrt(squaredDistance(centers, center * columns, centers, other * columns, columns))
      half[center] = Math.min(half[center]!, distance / 2)
      half[other] = Math.min(half[other]!, distance / 2)
    }
  }
}

/** A center without rows takes the row furthest from its own; stays where it is when all rows are at their centers. */
function fillEmpty(state: State): void {
  const { x, rows, columns, k, centers, labels, counts, upper, lower } = state
  for (let center = 0; center < k; center++) {
    if (counts[center] !== 0) continue
    let furthest = -1
    let most = 0
    for (let row = 0; row < rows; row++) {
      if (counts[labels[row]!]! < 2) continue
      const distance = squaredDistance(x, row * columns, centers, labels[row]! * columns, columns)
      if (distance > most) {
        most = distance
        furthest = row
      }
    }
    if (furthest === -1) return
    addRow(state, furthest, labels[furthest]!, -1)
    addRow(state, furthest, center, 1)
    labels[furthest] = center
    // Whatever the bounds say, the next step measures this row.
    upper[furthest] = Number.POSITIVE_INFINITY
    lower[furthest] = 0
  }
}

/** Moves each center to the mean of its rows; returns the sum of the squared moves. */
function moveCenters({ columns, k, centers, counts, sums, gone }: State, moves: Float64Array): number {
  let shift = 0
  for (let center = 0; center < k; center++) {
    let move = 0
    for (let column = 0; column < columns && counts[center]! > 0; column++) {
      const at = center * columns + column
      const mean = sums[at]! / counts[center]!
      move += (mean - centers[at]!) ** 2
      centers[at] = mean
    }
    moves[center] = Math.sqrt(move)
    gone[center]! += moves[center]!
    shift += move
  }
  return shift
}

/** The bounds stay true after the moves: the own center may be further, the others nearer. */
function loosen({ rows, labels, upper, lower }: State, moves: Float64Array): void {
  let furthest = 0
  for (let center = 1; center < moves.length; center++) if (moves[center]! > moves[furthest]!) furthest = center
  const most = moves[furthest]!
  let next = 0
  for (let center = 0; center < moves.length; center++) if (center !== furthest && moves[center]! > next) next = moves[center]!
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!
    upper[row]! += moves[label]!
    lower[row]! -= label === furthest ? next : most
  }
}

// Lloyd's steps of k-means without most of the distances: a row that was nearer to its center than to the next one by some way need not
// be looked at before centers have gone that way. The labels are those of the plain method.
// Source: Hamerly, "Making k-means even faster", SIAM Data Mining 2010, with one bound a row, on the way that centers have gone in all.
import type { Team } from '../tree/team.ts'
import type { KMeansPlan } from './k-means-plan.ts'
import { type KMeansWork, PHASE } from './k-means-work.ts'
import { shortenCenters } from './short-rows.ts'

export interface LloydResult {
  readonly centers: Float64Array
  readonly labels: Int32Array
  readonly inertia: number
  readonly iterations: number
  readonly converged: boolean
}

export interface LloydOptions {
  /** Ends when the centers move by less, summed and squared. */
  readonly tolerance: number
  readonly maxIter: number
  /** Called after each step; throwing ends the work. */
  readonly onIteration?: (iteration: number) => void
}

/** Rounds the way of a center up by more than its parts are off. */
const UP = 1 + 2 ** -40

/**
 * @param start  centers to begin with, shape (k, columns).
 */
export function lloyd(
  plan: KMeansPlan,
  work: KMeansWork,
  team: Team,
  start: Float64Array,
  { tolerance, maxIter, onIteration }: LloydOptions,
): LloydResult {
  const { rows, columns, k, places, chunks } = plan
  const { f64, i32 } = work.views
  const centers = start.slice()
  const labels = i32.subarray(places.labels >>> 2, (places.labels >>> 2) + rows)
  const paths = f64.subarray(places.paths >>> 3, (places.paths >>> 3) + k)
  clear(plan, work)
  /** Gives each row its nearest center; returns how many rows changed. */
  const assign = (): number => {
    writeCenters(plan, work, centers, k)
    team.run(PHASE.assign, chunks, rows * k * columns)
    return sumOfAnswers(plan, work)
  }
  let converged = false
  let iterations = 0
  while (iterations < maxIter && !converged) {
    iterations++
    const changed = assign()
    const { sums, counts } = totals(plan, work)
    fillEmpty(plan, work, centers, sums, counts)
    const shift = moveCenters(centers, columns, sums, counts, paths)
    converged = changed === 0 || shift <= tolerance
    onIteration?.(iterations)
  }
  assign()
  team.run(PHASE.inertia, chunks, rows * columns)
  return { centers, labels: labels.slice(), inertia: sumOfAnswers(plan, work), iterations, converged }
}

function clear({ rows, stride, k, chunks, places }: KMeansPlan, { views: { f64, i32 } }: KMeansWork): void {
  i32.fill(-1, places.labels >>> 2, (places.labels >>> 2) + rows)
  f64.fill(Number.NEGATIVE_INFINITY, places.bounds >>> 3, (places.bounds >>> 3) + rows)
  f64.fill(0, places.sums >>> 3, (places.sums >>> 3) + chunks * k * stride)
  f64.fill(0, places.counts >>> 3, (places.counts >>> 3) + chunks * k)
  f64.fill(0, places.paths >>> 3, (places.paths >>> 3) + k)
}

/** Centers of `columns` numbers each, as the kernels read them. */
export function writeCenters(
  { columns, stride, places, short }: KMeansPlan,
  { views, kernels }: Pick<KMeansWork, 'views' | 'kernels'>,
  centers: Float64Array,
  n: number,
): void {
  const { f64 } = views
  const [plain, groups] = [places.centers >>> 3, places.groups >>> 3]
  for (let center = 0; center < n; center++) {
    const group = groups + (center & ~3) * stride + (center & 3)
    for (let column = 0; column < columns; column++) {
      const value = centers[center * columns + column]!
      f64[plain + center * stride + column] = value
      f64[group + column * 4] = value
    }
  }
  if (short !== undefined) shortenCenters(kernels, views, short, places.centers, stride, n)
}

function sumOfAnswers({ places, chunks }: KMeansPlan, { views: { f64 } }: KMeansWork): number {
  let sum = 0
  for (let chunk = 0; chunk < chunks; chunk++) sum += f64[(places.answers >>> 3) + chunk]!
  return sum
}

function totals(plan: KMeansPlan, { views: { f64 } }: KMeansWork): { sums: Float64Array; counts: Float64Array } {
  const { columns, stride, k, chunks, places } = plan
  const sums = new Float64Array(k * columns)
  const counts = new Float64Array(k)
  for (let chunk = 0; chunk < chunks; chunk++) {
    for (let center = 0; center < k; center++) {
      counts[center]! += f64[(places.counts >>> 3) + chunk * k + center]!
      const from = (places.sums >>> 3) + (chunk * k + center) * stride
      for (let column = 0; column < columns; column++) sums[center * columns + column]! += f64[from + column]!
    }
  }
  return { sums, counts }
}

/** A center without rows takes the row furthest from its own; stays where it is when all rows are at their centers. */
function fillEmpty(
  plan: KMeansPlan,
  { views: { f64, i32 } }: KMeansWork,
  centers: Float64Array,
  sums: Float64Array,
  counts: Float64Array,
): void {
  const { rows, columns, stride, k, chunkRows, places } = plan
  const labelAt = places.labels >>> 2
  const distanceTo = (row: number, center: number): number => {
    let sum = 0
    for (let column = 0; column < columns; column++)
      sum += (f64[(places.x >>> 3) + row * stride + column]! - centers[center * columns + column]!) ** 2
    return sum
  }
  for (let center = 0; center < k; center++) {
    if (counts[center] !== 0) continue
    let furthest = -1
    let most = 0
    for (let row = 0; row < rows; row++) {
      const label = i32[labelAt + row]!
      if (counts[label]! < 2) continue
      const distance = distanceTo(row, label)
      if (distance > most) {
        most = distance
        furthest = row
      }
    }
    if (furthest === -1) return
    const chunk = Math.floor(furthest / chunkRows)
    for (const [to, sign] of [
      [i32[labelAt + furthest]!, -1],
      [center, 1],
    ] as const) {
      counts[to]! += sign
      f64[(places.counts >>> 3) + chunk * k + to]! += sign
      for (let column = 0; column < columns; column++) {
        const part = sign * f64[(places.x >>> 3) + furthest * stride + column]!
        sums[to * columns + column]! += part
        f64[(places.sums >>> 3) + (chunk * k + to) * stride + column]! += part
      }
    }
    i32[labelAt + furthest] = center
    // Whatever it was before, the next step looks at this row.
    f64[(places.bounds >>> 3) + furthest] = Number.NEGATIVE_INFINITY
  }
}

/** Moves each center to the mean of its rows, and lengthens the paths; returns the sum of the squared moves. */
export function moveCenters(centers: Float64Array, columns: number, sums: Float64Array, counts: Float64Array, paths: Float64Array): number {
  const k = counts.length
  const moves = new Float64Array(k)
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
    shift += move
  }
  let furthest = 0
  for (let center = 1; center < k; center++) if (moves[center]! > moves[furthest]!) furthest = center
  let next = 0
  for (let center = 0; center < k; center++) if (center !== furthest && moves[center]! > next) next = moves[center]!
  for (let center = 0; center < k; center++) paths[center]! += (moves[center]! + (center === furthest ? next : moves[furthest]!)) * UP
  return shift
}

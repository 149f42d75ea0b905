// k-means++ (Arthur and Vassilvitskii 2007): each next center is a row drawn by its squared distance to the centers so far; of a few
// candidates the one that leaves the least is taken, as scikit-learn does.
import { log } from '../math/exponential.ts'
import type { Rng } from '../math/rng.ts'
import type { Team } from '../tree/team.ts'
import type { KMeansPlan } from './k-means-plan.ts'
import { type KMeansWork, PHASE } from './k-means-work.ts'
import { writeCenters } from './lloyd.ts'

/** Candidates for each center. */
export function trialsFor(k: number): number {
  return 2 + Math.floor(log(k))
}

/**
 * The first centers, shape (k, columns): rows of the plan, all different while rows are.
 *
 * Cost: O(rows x k log k x columns).
 */
export function seedCenters(plan: KMeansPlan, work: KMeansWork, team: Team, rng: Rng): Float64Array {
  const { rows, columns, stride, k, places, chunks, trials } = plan
  const { views, kernels } = work
  const { f64 } = views
  const potential = f64.subarray(places.potential >>> 3, (places.potential >>> 3) + rows).fill(Number.POSITIVE_INFINITY)
  const trialSums = f64.subarray(places.trialSums >>> 3, (places.trialSums >>> 3) + chunks * trials)
  const chunkSums = new Float64Array(chunks)
  const centers = new Float64Array(k * columns)
  const candidates = new Float64Array(trials * columns)
  const left = new Float64Array(trials)
  let total = 0
  for (let center = 0; center < k; center++) {
    const count = center === 0 ? 1 : trials
    for (let trial = 0; trial < count; trial++) {
      const row = center === 0 ? rng.below(rows) : drawByShare(potential, chunkSums, plan.chunkRows, total, rng)
      const from = (places.x >>> 3) + row * stride
      candidates.set(f64.subarray(from, from + columns), trial * columns)
    }
    writeCenters(plan, work, candidates, count)
    f64[places.control >>> 3] = count
    team.run(PHASE.tryCenters, chunks, rows * count * columns)
    left.fill(0)
    for (let chunk = 0; chunk < chunks; chunk++) {
      for (let trial = 0; trial < count; trial++) left[trial]! += trialSums[chunk * trials + trial]!
    }
    let best = 0
    for (let trial = 1; trial < count; trial++) if (left[trial]! < left[best]!) best = trial
    total = left[best]!
    for (let chunk = 0; chunk < chunks; chunk++) chunkSums[chunk] = trialSums[chunk * trials + best]!
    centers.set(candidates.subarray(best * columns, (best + 1) * columns), center * columns)
    kernels.copy(places.potential, places.tried + best * places.triedBytes, rows * 8)
  }
  return centers
}

/** A row by its share of the total; any row when all are at a center. */
export function drawByShare(potential: Float64Array, chunkSums: ArrayLike<number>, chunkRows: number, total: number, rng: Rng): number {
  const rows = potential.length
  if (!(total > 0)) return rng.below(rows)
  let left = rng.next() * total
  let chunk = 0
  while (chunk < chunkSums.length - 1 && left >= chunkSums[chunk]!) left -= chunkSums[chunk++]!
  let last = chunk * chunkRows
  for (let row = last; row < rows; row++) {
    left -= potential[row]!
    if (potential[row]! > 0) last = row
    if (left < 0) return row
  }
  return last
}

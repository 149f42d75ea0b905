// k-means++ (Arthur and Vassilvitskii 2007): each next center is a row drawn by its squared distance to the centers so far; of a few
// candidates the one that leaves the least is taken, as scikit-learn does.
import { log } from '../math/exponential.ts'
import type { Rng } from '../math/rng.ts'
import { squaredDistance } from './dense-rows.ts'

/**
 * Row numbers of the first centers, all different while rows are.
 *
 * Cost: at most O(rows x k log k x columns); the triangle inequality spares most of it when there are clusters.
 */
export function seedCenters(x: Float64Array, rows: number, columns: number, k: number, rng: Rng): Int32Array {
  const chosen = new Int32Array(k)
  chosen[0] = rng.below(rows)
  const nearest = new Int32Array(rows)
  const potential = new Float64Array(rows)
  let total = 0
  for (let row = 0; row < rows; row++) {
    potential[row] = squaredDistance(x, row * columns, x, chosen[0]! * columns, columns)
    total += potential[row]!
  }
  const trials = 2 + Math.floor(log(k))
  const candidates = new Int32Array(trials)
  const left = new Float64Array(trials)
  const tried = new Float64Array(trials * rows)
  const quarters = new Float64Array(trials * k)
  for (let center = 1; center < k; center++) {
    for (let trial = 0; trial < trials; trial++) {
      candidates[trial] = draw(potential, total, rng)
      for (let other = 0; other < center; other++) {
        const apart = squaredDistance(x, candidates[trial]! * columns, x, chosen[other]! * columns, columns)
        quarters[trial * k + other] = apart / 4
      }
    }
    // All candidates in one pass: reading the rows takes as long as a distance.
    left.fill(0)
    for (let row = 0; row < rows; row++) {
      const least = potential[row]!
      const of = nearest[row]!
      for (let trial = 0; trial < trials; trial++) {
        let distance = least
        // A candidate further than twice as far from the row's center cannot be nearer to the row.
        if (quarters[trial * k + of]! < least) {
          const other = squaredDistance(x, row * columns, x, candidates[trial]! * columns, columns)
          if (other < least) distance = other
        }
        tried[trial * rows + row] = distance
        left[trial]! += distance
      }
    }
    let best = 0
    for (let trial = 1; trial < trials; trial++) if (left[trial]! < left[best]!) best = trial
    chosen[center] = candidates[best]!
    total = left[best]!
    for (let row = 0, from = best * rows; row < rows; row++, from++) {
      if (tried[from]! < potential[row]!) {
        potential[row] = tried[from]!
        nearest[row] = center
      }
    }
  }
  return chosen
}

/** A row by its share of the total; any row when all are at a center. */
function draw(potential: Float64Array, total: number, rng: Rng): number {
  const rows = potential.length
  if (!(total > 0)) return rng.below(rows)
  let left = rng.next() * total
  for (let row = 0; row < rows; row++) {
    left -= potential[row]!
    if (left < 0) return row
  }
  return rows - 1
}

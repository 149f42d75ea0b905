// One pass of a Gaussian mixture over rows, block by block: densities, responsibilities, and the sums from which the next parameters
// follow. Responsibilities are kept for one block only, so memory does not grow with rows x components.
import { log } from '../math/exponential.ts'
import { createHeap, createHeapLayout, type Engine, type HeapViews, viewsOf } from '../math/heap.ts'
import { type Kernels, kernelsOn } from '../math/kernels.ts'
import type { Spend } from '../tree/training-control.ts'
import { type CovarianceType, precisionFactors } from './mixture-shape.ts'

export interface MixtureParameters {
  /** Share of each component; they sum to 1. */
  readonly weights: Float64Array
  /** Shape (k, d). */
  readonly means: Float64Array
  /** Shape (k, d, d), (d, d), (k, d) or (k), by the type. */
  readonly covariances: Float64Array
}

/** Sums over rows of what belongs to each component, around the means that the pass began with. */
export interface MixtureSums {
  /** Sum of the logarithms of the densities of the rows. */
  logLikelihood: number
  readonly counts: Float64Array
  /** Shape (k, d). */
  readonly differences: Float64Array
  /** Shape (k, d, d), lower halves, or (k, d) for diagonal shapes; nothing for tied ones. */
  readonly scatters: Float64Array
}

export interface MixturePass {
  /** Takes the rows in; called once. */
  load(values: Float64Array): void
  /** The sums for given parameters. */
  sums(parameters: MixtureParameters): MixtureSums
  /** The sums when each row belongs to one component alone; around the given means. */
  sumsOfLabels(means: Float64Array, labels: Int32Array): MixtureSums
  /** Densities (logarithms) and responsibilities of each block of rows, shape (k, rows of the block). */
  visit(parameters: MixtureParameters, see: (first: number, logDensities: Float64Array, responsibilities: Float64Array) => void): void
}

const ROWS_AT_ONCE = 512
const LN_2PI = 1.8378770664093453

/**
 * What `spend` throws ends a pass.
 *
 * @throws `memory_limit` beyond 4 GB.
 */
export function createMixturePass(
  rows: number,
  columns: number,
  k: number,
  type: CovarianceType,
  { engine, spend = () => {} }: { readonly engine?: Engine | undefined; readonly spend?: Spend } = {},
): MixturePass {
  const stride = Math.ceil(columns / 4) * 4
  const diagonal = type === 'diag' || type === 'spherical'
  const layout = createHeapLayout()
  const size = diagonal ? stride : stride * stride
  const at = {
    x: layout.take(rows * stride * 8),
    means: layout.take(k * stride * 8),
    factors: layout.take((type === 'tied' ? 1 : k) * size * 8),
    shares: layout.take(k * ROWS_AT_ONCE * 8),
    sums: layout.take(k * stride * 8),
    scatters: layout.take((type === 'tied' ? 1 : k * size) * 8),
    scratch: layout.take(stride * 64),
    offsets: layout.take(k * 8),
    // Of each row of a block: the logarithm of its largest density, and all of them beside it.
    largest: layout.take(ROWS_AT_ONCE * 8),
    totals: layout.take(ROWS_AT_ONCE * 8),
  }
  const heap = createHeap(layout.bytes, engine)
  const views = viewsOf(heap)
  const kernels = kernelsOn(heap)
  const state: State = { ...{ rows, columns, stride, k, type, diagonal, size, at, views, kernels, spend }, offsets: new Float64Array(k) }
  return {
    load(values) {
      for (let row = 0; row < rows; row++) {
        views.f64.set(values.subarray(row * columns, (row + 1) * columns), (at.x >>> 3) + row * stride)
      }
    },
    sums(parameters) {
      writeParameters(state, parameters)
      return pass(state, (first, n) => densities(state, first, n))
    },
    sumsOfLabels(means, labels) {
      writeMeans(state, means)
      return pass(state, (first, n) => {
        for (let component = 0; component < k; component++) {
          const to = (at.shares >>> 3) + component * ROWS_AT_ONCE
          for (let i = 0; i < n; i++) views.f64[to + i] = labels[first + i] === component ? 1 : 0
        }
        return 0
      })
    },
    visit(parameters, see) {
      writeParameters(state, parameters)
      for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
        const n = Math.min(ROWS_AT_ONCE, rows - first)
        const logDensities = new Float64Array(n)
        densities(state, first, n, logDensities)
        const shares = new Float64Array(k * n)
        for (let component = 0; component < k; component++) {
          const from = (at.shares >>> 3) + component * ROWS_AT_ONCE
          shares.set(views.f64.subarray(from, from + n), component * n)
        }
        see(first, logDensities, shares)
      }
    },
  }
}

interface State {
  readonly rows: number
  readonly columns: number
  readonly stride: number
  readonly k: number
  readonly type: CovarianceType
  readonly diagonal: boolean
  /** Doubles of a factor or scatter. */
  readonly size: number
  readonly at: Readonly<
    Record<'x' | 'means' | 'factors' | 'shares' | 'sums' | 'scatters' | 'scratch' | 'offsets' | 'largest' | 'totals', number>
  >
  readonly views: HeapViews
  readonly kernels: Kernels
  readonly spend: Spend
  /** Of each component: what of a log density does not depend on the row. */
  readonly offsets: Float64Array
}

function writeMeans({ columns, stride, k, at, views: { f64 } }: State, means: Float64Array): void {
  for (let component = 0; component < k; component++) {
    f64.set(means.subarray(component * columns, (component + 1) * columns), (at.means >>> 3) + component * stride)
  }
}

function writeParameters(state: State, { weights, means, covariances }: MixtureParameters): void {
  const { columns, stride, k, type, diagonal, size, at, offsets } = state
  const { f64 } = state.views
  writeMeans(state, means)
  const { factors, logDeterminants } = precisionFactors(type, covariances, k, columns)
  const matrices = type === 'tied' ? 1 : k
  for (let matrix = 0; matrix < matrices; matrix++) {
    const to = (at.factors >>> 3) + matrix * size
    for (let row = 0; row < columns; row++) {
      if (diagonal) {
        f64[to + row] = type === 'diag' ? factors[matrix * columns + row]! : factors[matrix]!
        continue
      }
      const group = to + (row & ~3) * stride + (row & 3)
      for (let column = 0; column <= row; column++) f64[group + column * 4] = factors[(matrix * columns + row) * columns + column]!
    }
  }
  for (let component = 0; component < k; component++) {
    offsets[component] = log(weights[component]!) + logDeterminants[component]! - (columns * LN_2PI) / 2
  }
}

/** Fills the shares of a block with responsibilities; returns the sum of the log densities of its rows. */
function densities(state: State, first: number, n: number, logDensities?: Float64Array): number {
  const { stride, k, type, diagonal, size, at, kernels, spend, offsets } = state
  const { f64 } = state.views
  const x = at.x + first * stride * 8
  for (let component = 0; component < k; component++) {
    // Every entry of a factor, two at a time; and the shares.
    spend(n * (size / 2 + 20))
    const mean = at.means + component * stride * 8
    const factor = at.factors + (type === 'tied' ? 0 : component * size * 8)
    const out = at.shares + component * ROWS_AT_ONCE * 8
    if (diagonal) kernels.diagonalDistances(x, stride, n, mean, factor, out)
    else kernels.triangularDistances(x, stride, n, mean, factor, at.scratch, out)
  }
  f64.set(offsets, at.offsets >>> 3)
  kernels.sharesOf(at.shares, ROWS_AT_ONCE, n, at.offsets, k, at.largest, at.totals)
  let total = 0
  for (let i = 0; i < n; i++) {
    const density = f64[(at.largest >>> 3) + i]! + log(f64[(at.totals >>> 3) + i]!)
    total += density
    if (logDensities) logDensities[i] = density
  }
  return total
}

/** Fills the shares of each block by `share`, and adds up what they weigh. */
function pass(state: State, share: (first: number, n: number) => number): MixtureSums {
  const { rows, columns, stride, k, type, diagonal, size, at, kernels, spend } = state
  const { f64 } = state.views
  const tied = type === 'tied'
  f64.fill(0, at.sums >>> 3, (at.sums >>> 3) + k * stride)
  f64.fill(0, at.scatters >>> 3, (at.scatters >>> 3) + (tied ? 0 : k * size))
  const each = diagonal ? columns : columns * columns
  const sums: MixtureSums = {
    logLikelihood: 0,
    counts: new Float64Array(k),
    differences: new Float64Array(k * columns),
    scatters: new Float64Array(tied ? 0 : k * each),
  }
  for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
    const n = Math.min(ROWS_AT_ONCE, rows - first)
    sums.logLikelihood += share(first, n)
    for (let component = 0; component < k; component++) {
      const weights = at.shares + component * ROWS_AT_ONCE * 8
      spend((n * size) / 2)
      kernels.pairSums(weights, n, at.totals)
      sums.counts[component]! += f64[at.totals >>> 3]! + f64[(at.totals >>> 3) + 1]!
      const [x, mean, to] = [at.x + first * stride * 8, at.means + component * stride * 8, at.sums + component * stride * 8]
      if (tied) addDifferences(state, x >>> 3, n, mean >>> 3, weights >>> 3, to >>> 3)
      else kernels.addScatter(x, stride, n, mean, weights, diagonal ? 1 : 0, at.scratch, to, at.scatters + component * size * 8)
    }
  }
  for (let component = 0; component < k; component++) {
    const from = (at.sums >>> 3) + component * stride
    sums.differences.set(f64.subarray(from, from + columns), component * columns)
    if (tied) continue
    const scatter = (at.scatters >>> 3) + component * size
    for (let row = 0; row < (diagonal ? 1 : columns); row++) {
      sums.scatters.set(f64.subarray(scatter + row * stride, scatter + row * stride + columns), component * each + row * columns)
    }
  }
  return sums
}

/** Tied covariances need the means only: the scatter of all rows around one point is always the same. */
function addDifferences({ columns, stride, views: { f64 } }: State, x: number, n: number, mean: number, weights: number, to: number): void {
  for (let i = 0; i < n; i++) {
    const w = f64[weights + i]!
    if (w === 0) continue
    for (let column = 0; column < columns; column++) f64[to + column]! += w * (f64[x + i * stride + column]! - f64[mean + column]!)
  }
}

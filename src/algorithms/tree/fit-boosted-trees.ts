// Gradient-boosted trees on histograms for log loss (binary and softmax) and squared error.

import { type BinnedSet, edgesOf } from './bin-training-set.ts'
import { drawSample } from './binning.ts'
import { type BoostingOptions, resolveBoostingOptions } from './boosting-options.ts'
import { type BoostingPlan, planBoosting } from './boosting-plan.ts'
import { type BoostingWork, CONTROL, createBoostingWork, PHASE } from './boosting-work.ts'
import type { TreeEnsemble } from './ensemble.ts'
import { normalise } from './fit-random-forest.ts'
import { powerOfTwoAbove } from './fixed-point.ts'
import { quantiseWeights } from './forest-sample.ts'
import { baseScores } from './gradients.ts'
import { createBoostedTreeGrower, type RoundSums } from './grow-boosted-tree.ts'
import { createNodeList } from './node-list.ts'
import { alone, type Team } from './team.ts'
import { createTrainingControl, type ProgressOptions, type TrainingControl } from './training-control.ts'
import { checkTrainingSet, type TrainingSet } from './training-set.ts'

/**
 * Fits gradient-boosted trees for binary, multiclass or regression targets.
 *
 * Histogram splits on at most 255 bins, leaf-wise growth; NaN goes the way that gains most. Same set, options and seed: same bytes;
 * up to 200,000 rows their order does not matter either.
 * Cost: O(rows x features x nEstimators) time, see `estimateTrainingBytes` for memory.
 *
 * @throws `shape_mismatch`, `too_few_rows`, `too_few_classes`, `invalid_input`, `memory_limit`, `canceled`.
 * @see      Friedman 2001; Ke et al. 2017, LightGBM.
 * @example
 * const model = fitBoostedTrees({ x, rows, features, y, classes: 2 }, { nEstimators: 200, learningRate: 0.05 })
 */
export function fitBoostedTrees(set: TrainingSet, options: BoostingOptions = {}): TreeEnsemble {
  checkTrainingSet(set)
  const plan = planBoosting(set, resolveBoostingOptions(options), 1)
  const work = createBoostingWork(plan)
  return boost(plan, work, alone(work.perform), options)
}

/** Boosts by a plan whose set has been checked, with a team that performs the plan's work. */
export function boost(plan: BoostingPlan, work: BoostingWork, team: Team, progress: ProgressOptions): TreeEnsemble {
  const { set, options, stride } = plan
  const { rows, features, classes } = set
  const control = createTrainingControl(progress)
  const edges = binColumns(plan, work, team, control)
  const start = baseScores(set)
  fillStart(plan, work, start)
  const nodes = createNodeList()
  const importances = new Float64Array(features)
  const covers = quantiseWeights(set)
  const grower = createBoostedTreeGrower({
    ...{ plan, work, team, edges, nodes, importances, control, covers },
    rows: covers ? rowsWithWeight(covers) : undefined,
  })
  const chunks = Math.ceil(rows / plan.chunkRows)
  const roots = new Uint32Array(options.nEstimators * stride)
  for (let round = 0; round < options.nEstimators; round++) {
    if (stride > 1) team.run(PHASE.probabilities, chunks, rows * stride * 20)
    for (let k = 0; k < stride; k++) {
      control.spend(rows * 6)
      roots[round * stride + k] = grower.grow(takeGradients(plan, work, team, k), k)
    }
    control.progress((round + 1) / options.nEstimators)
  }
  return {
    kind: 'boosted-trees',
    task: classes > 0 ? 'classification' : 'regression',
    nFeatures: features,
    nClasses: classes,
    nTrees: roots.length,
    leafSize: 1,
    ...nodes.finish(),
    leafValues: new Float32Array(0),
    roots,
    baseScores: start,
    importances: normalise(importances),
  }
}

function binColumns(
  plan: BoostingPlan,
  { views }: BoostingWork,
  team: Team,
  control: TrainingControl,
): Pick<BinnedSet, 'edges' | 'edgeStarts'> {
  const { set, heap, binning, places, options, chunkRows } = plan
  const count = drawSample(heap, binning, set.weights, options.randomState)
  views.f64[(places.control >>> 3) + CONTROL.sampled] = count
  team.run(PHASE.findEdges, set.features, set.features * count * 12)
  control.spend(1e7)
  team.run(PHASE.binRows, Math.ceil(set.rows / chunkRows), set.rows * set.features * 4)
  control.spend(1e7)
  return edgesOf(heap, binning)
}

function fillStart({ set, places, stride }: BoostingPlan, { views: { f64 } }: BoostingWork, start: Float64Array): void {
  const { rows } = set
  f64.set(set.y, places.y >>> 3)
  if (set.weights) f64.set(set.weights, places.weights >>> 3)
  const scores = f64.subarray(places.scores >>> 3, (places.scores >>> 3) + rows * stride)
  if (stride === 1) scores.fill(start[0]!)
  else for (let i = 0; i < rows; i++) scores.set(start, i * stride)
}

/** Sums of whole derivatives stay below this with room for their rounding, so they fit 32 bits. */
const MAX_SUM = 2 ** 30

/**
 * The derivatives for score k as whole numbers, as fine as sums below 2^31 allow. Scales are powers of two above sums, so a sum's
 * last bits, and with them the order of rows, do not matter. Hessians shrink as the model learns; the scale follows them.
 */
function takeGradients({ set, places, chunkRows }: BoostingPlan, { views: { f64 } }: BoostingWork, team: Team, k: number): RoundSums {
  const about = places.control >>> 3
  const chunks = Math.ceil(set.rows / chunkRows)
  const sums = places.sums >>> 3
  f64[about + CONTROL.score] = k
  team.run(PHASE.gradients, chunks, set.rows * 3)
  let [sumG, sumH] = [0, 0]
  for (let i = 0; i < chunks; i++) {
    sumG += f64[sums + i * 4]! + f64[sums + i * 4 + 1]!
    sumH += f64[sums + i * 4 + 2]! + f64[sums + i * 4 + 3]!
  }
  const scaleG = scaleFor(sumG)
  const scaleH = scaleFor(sumH)
  f64[about + CONTROL.scaleG] = scaleG
  f64[about + CONTROL.scaleH] = scaleH
  team.run(PHASE.quantise, chunks, set.rows)
  let [g, h] = [0, 0]
  for (let i = 0; i < chunks; i++) {
    g += f64[sums + i * 4]!
    h += f64[sums + i * 4 + 1]!
  }
  return { scaleG, scaleH, g, h }
}

/** The power of two that brings a sum just below the limit; float32 must hold it. */
function scaleFor(sum: number): number {
  return sum === 0 ? 1 : Math.max(2 ** -120, Math.min(2 ** 100, MAX_SUM / powerOfTwoAbove(sum)))
}

function rowsWithWeight(weights: Uint32Array): Uint32Array | undefined {
  if (!weights.includes(0)) return undefined
  const rows = new Uint32Array(weights.length)
  let count = 0
  for (let i = 0; i < weights.length; i++) {
    rows[count] = i
    if (weights[i] !== 0) count++
  }
  return rows.slice(0, count)
}

// Gradient-boosted trees on histograms: log loss (binary and softmax) and the losses of `regression-loss.ts`.

import { withTrainingHeap } from '../math/heap.ts'
import { type BinnedSet, edgesOf } from './bin-training-set.ts'
import { drawSample } from './binning.ts'
import { type BoostingOptions, resolveBoostingOptions } from './boosting-options.ts'
import { type BoostingPlan, CONTROL, planBoosting, targetsOf } from './boosting-plan.ts'
import { type BoostingWork, createBoostingWork, PHASE } from './boosting-work.ts'
import { binCategories, type CategoryBins, fillCategoryColumn } from './category-bins.ts'
import type { TreeEnsemble } from './ensemble.ts'
import { normalise } from './fit-random-forest.ts'
import { powerOfTwoAbove } from './fixed-point.ts'
import { quantiseWeights } from './forest-sample.ts'
import { baseScores } from './gradients.ts'
import { createBoostedTreeGrower, type RoundSums } from './grow-boosted-tree.ts'
import { createNodeList } from './node-list.ts'
import { outOfRange } from './out-of-range.ts'
import { checkTargetsOf, huberDelta } from './regression-loss.ts'
import { createRowOrder } from './reorder-rows.ts'
import { alone, type Team } from './team.ts'
import { createTrainingControl, stopWhenCanceled, type TrainingControl } from './training-control.ts'
import { checkTrainingSet, type TrainingSet } from './training-set.ts'
import { holdOut, type Parts, validationLoss } from './validation-part.ts'

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
  return withTrainingHeap((makeHeap) => {
    const plan = planBoosting(set, resolveBoostingOptions(options, set), 1, makeHeap)
    const work = createBoostingWork(plan)
    // Finding the edges of one column of many rows takes as long as a tree.
    const team = alone(work.perform, () => stopWhenCanceled(options))
    return boost(plan, work, team, options)
  })
}

/** What is told while boosting. */
export type BoostingWatch = Pick<BoostingOptions, 'onProgress' | 'isCanceled' | 'onValidation'>

/** Boosts by a plan whose set has been checked, with a team that performs the plan's work. */
export function boost(plan: BoostingPlan, work: BoostingWork, team: Team, watch: BoostingWatch): TreeEnsemble {
  const { options, stride } = plan
  const control = createTrainingControl(watch)
  const parts = holdOut(plan.set, options)
  const { training, held } = parts
  const { rows, features, classes } = training
  if (classes === 0) checkTargetsOf(training, options)
  const categories = binCategories(training, training.weights)
  const edges = binColumns(plan, work, team, control, training, categories)
  const start = baseScores(training, options)
  fillStart(plan, work, training, start)
  const nodes = createNodeList()
  const importances = new Float64Array(features)
  const covers = quantiseWeights(training)
  const learned = covers && rowsWithWeight(covers)
  // Where the held-out rows stand: their order on the heap changes.
  const heldAt = held.slice()
  const grower = createBoostedTreeGrower({
    ...{ plan, work, team, edges, nodes, importances, control, covers, categories },
    rows: learned,
    held: heldAt,
  })
  const chunks = Math.ceil(rows / plan.chunkRows)
  const roots: number[] = []
  const stopping = createStopping(plan, work, parts, heldAt, watch)
  const rowOrder = createRowOrder(plan, work, team, control, { covers, learned, held: heldAt })
  for (let round = 0; round < options.nEstimators; round++) {
    if (stride > 1) team.run(PHASE.probabilities, chunks, rows * stride * 20)
    if (options.loss === 'huber') setHuberDelta(plan, work, learned)
    for (let k = 0; k < stride; k++) {
      control.spend(rows * 6)
      roots.push(grower.grow(takeGradients(plan, work, team, k), k))
    }
    control.progress((round + 1) / options.nEstimators)
    if (stopping?.afterRound(round, importances)) break
    rowOrder.afterRound(round)
  }
  const kept = (stopping ? stopping.bestRound() : options.nEstimators - 1) + 1
  const grown = nodes.finish()
  return {
    kind: 'boosted-trees',
    task: classes > 0 ? 'classification' : 'regression',
    nFeatures: features,
    nClasses: classes,
    nTrees: kept * stride,
    leafSize: 1,
    // Trees stand one after the other: those after the best round are cut off.
    ...cutNodes(grown, roots[kept * stride] ?? grown.feature.length),
    leafValues: new Float32Array(0),
    roots: Uint32Array.from(roots.slice(0, kept * stride)),
    baseScores: start,
    importances: normalise(stopping ? stopping.bestImportances() : importances),
    ...(options.loss === 'poisson' ? { link: 'log' as const } : {}),
    ...categoryArrays(training, categories, grown.categorySets),
  }
}

function cutNodes(
  {
    feature,
    threshold,
    left,
    missingLeft,
    cover,
  }: Pick<TreeEnsemble, 'feature' | 'threshold' | 'left' | 'missingLeft'> & { cover: Uint32Array },
  end: number,
): Pick<TreeEnsemble, 'feature' | 'threshold' | 'left' | 'missingLeft' | 'cover'> {
  return {
    feature: feature.slice(0, end),
    threshold: threshold.slice(0, end),
    left: left.slice(0, end),
    missingLeft: missingLeft.slice(0, end),
    cover: cover.slice(0, end),
  }
}

/** What a model says about its categorical features; nothing when it has none. */
export function categoryArrays(
  { categorical }: Pick<TrainingSet, 'categorical'>,
  { categoryStarts, categoryBins }: Pick<CategoryBins, 'categoryStarts' | 'categoryBins'>,
  categorySets: Uint32Array,
): Pick<TreeEnsemble, 'categoryStarts' | 'categoryBins' | 'categorySets'> {
  return categorical && categorical.length > 0 ? { categoryStarts, categoryBins, categorySets } : {}
}

interface Stopping {
  /** Judges a round; returns whether to stop. */
  afterRound(round: number, importances: Float64Array): boolean
  bestRound(): number
  bestImportances(): Float64Array
}

function createStopping(
  plan: BoostingPlan,
  { views }: BoostingWork,
  parts: Parts,
  heldAt: Uint32Array,
  { onValidation }: BoostingWatch,
): Stopping | undefined {
  const { options, places, stride } = plan
  const { earlyStopping } = options
  if (!earlyStopping) return undefined
  const scores = views.f64.subarray(places.scores >>> 3, (places.scores >>> 3) + plan.set.rows * stride)
  let [best, bestRound] = [Number.POSITIVE_INFINITY, 0]
  let bestImportances = new Float64Array(0)
  let delta: number | undefined
  return {
    afterRound(round, importances) {
      // Huber's limit of the first round, so that rounds can be compared.
      delta ??= views.f64[(places.control >>> 3) + CONTROL.delta]!
      const loss = validationLoss(plan.set, options, parts, scores, heldAt, delta)
      onValidation?.(round + 1, loss)
      if (loss < best - (round === 0 ? 0 : earlyStopping.minDelta)) {
        best = loss
        bestRound = round
        bestImportances = importances.slice()
      }
      return round - bestRound >= earlyStopping.rounds
    },
    bestRound: () => bestRound,
    bestImportances: () => bestImportances,
  }
}

function setHuberDelta({ set, options, places }: BoostingPlan, { views: { f64 } }: BoostingWork, rows: Uint32Array | undefined): void {
  const scores = f64.subarray(places.scores >>> 3, (places.scores >>> 3) + set.rows)
  f64[(places.control >>> 3) + CONTROL.delta] = huberDelta(set.y, scores, rows, options.alpha)
}

function binColumns(
  plan: BoostingPlan,
  { views }: BoostingWork,
  team: Team,
  control: TrainingControl,
  training: TrainingSet,
  categories: CategoryBins,
): Pick<BinnedSet, 'edges' | 'edgeStarts'> {
  const { heap, binning, places, options, chunkRows } = plan
  const { rows, features } = training
  const count = drawSample(heap, binning, training.weights, options.randomState)
  views.f64[(places.control >>> 3) + CONTROL.sampled] = count
  team.run(PHASE.findEdges, features, features * count * 12)
  control.spend(features * count * 12)
  team.run(PHASE.binRows, Math.ceil(rows / chunkRows), rows * features * 4)
  control.spend(rows * features * 4)
  for (const f of training.categorical ?? []) {
    control.spend(rows * 2)
    const column = views.u8.subarray(binning.bins + f * rows, binning.bins + (f + 1) * rows)
    views.u8[binning.missing + f] = fillCategoryColumn(training, categories, f, column) ? 1 : 0
    views.u32[(binning.edgeCounts >>> 2) + f] = categories.kept[f]!
  }
  return edgesOf(heap, binning)
}

function fillStart(plan: BoostingPlan, { views: { f64 } }: BoostingWork, { rows, y, weights }: TrainingSet, start: Float64Array): void {
  const { places, stride } = plan
  targetsOf(plan).set(y)
  if (weights) f64.set(weights, places.weights >>> 3)
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
function takeGradients(
  { set, options, places, chunkRows }: BoostingPlan,
  { views: { f64 } }: BoostingWork,
  team: Team,
  k: number,
): RoundSums {
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
  if (!Number.isFinite(sumG + sumH)) throw outOfRange(set, options)
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

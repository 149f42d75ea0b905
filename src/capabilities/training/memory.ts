// What a training takes of the memory, before it starts: the matrix, its texts, and what the hungriest of its learners needs.

import {
  estimateAdditiveBytes,
  estimatePreparedTreesBytes,
  type TabularShape,
  widenedFeatures,
} from '../../algorithms/tabular/estimate-tabular-bytes.ts'
import type { AdditiveAlgorithm } from '../../algorithms/tabular/fit-additive.ts'
import { estimateTrainingBytes as estimateTreeBytes } from '../../algorithms/tree/estimate-training-bytes.ts'
import { TandemError } from '../../errors.ts'
import { ALGORITHMS, type Feature, type ModelDefinition } from '../models/index.ts'
import { preparationOf } from './matrix-columns.ts'
import type { Recipe } from './tasks.ts'

export interface TrainingSize {
  readonly rows: number
  readonly features: readonly Feature[]
  readonly preparation?: ModelDefinition['preparation']
  /** A column of weights; absent: all rows weigh alike. */
  readonly weight?: ModelDefinition['weight']
  readonly split?: ModelDefinition['split']
  /** 0 for regression. */
  readonly classes: number
  /** Of the rows as they are stored; texts take no more. */
  readonly bytes: number
}

/** What the engine takes for any fit: code, and what its garbage collector has not come to. */
const ENGINE_BYTES = 16 * 2 ** 20
/** Folds that are fitted at the same time. */
const FOLDS = 5

/**
 * Bytes at most, by the recipe that needs most: the matrix, targets and hashes of all rows, and either a fold on each thread with
 * copies of its rows, or all rows on all threads.
 */
export function estimateTrainingBytes(size: TrainingSize, recipes: readonly Recipe[], threads: number): number {
  const { rows, features, bytes } = size
  const shape = shapeOf(size)
  const weighted = size.weight === undefined ? 0 : 8
  // A time or a hash of each row, and their order.
  const parted = size.split === undefined || size.split.by === 'random' ? 0 : 24
  const matrix = rows * (features.length * 4 + 8 + weighted + parted) + rows * 5
  const copy = rows * (features.length * 4 + 8 + weighted)
  const folds = Math.min(threads, FOLDS)
  const learners = recipes.map((recipe) =>
    Math.max(folds * (copy + learnerBytes(shape, recipe, 1)), copy + learnerBytes(shape, recipe, threads)),
  )
  // Packed texts are read part by part into one block.
  return matrix + (shape.texts > 0 ? bytes : 0) + Math.max(0, ...learners)
}

/** @throws `memory_limit` when the estimate is above the limit. */
export function refuseTooLarge(size: TrainingSize, recipes: readonly Recipe[], threads: number, limitBytes: number): void {
  const bytes = estimateTrainingBytes(size, recipes, threads)
  if (bytes <= limitBytes) return
  const { rows, features, classes } = size
  const what = `${rows} rows of ${features.length} features${classes > 2 ? ` and ${classes} classes` : ''}`
  throw new TandemError(
    'memory_limit',
    `Training on ${what} needs about ${megabytes(bytes)} MB, more than the ${megabytes(limitBytes)} MB this server allows one training. ${remedyOf(recipes)} or use a larger machine.`,
    { details: { bytes, limitBytes } },
  )
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20)

/** What of the parameters makes it large, if they do. */
function remedyOf(recipes: readonly Recipe[]): string {
  const { nEstimators = 0, maxLeaves = 0, maxTerms = 0 } = recipes[0]?.options ?? {}
  const large = [
    ...(Number(nEstimators) > 500 ? ['fewer trees (nEstimators)'] : []),
    ...(Number(maxLeaves) > 255 ? ['fewer leaves (maxLeaves)'] : []),
    ...(Number(maxTerms) > 100_000 ? ['fewer terms (maxTerms)'] : []),
  ]
  return `Send fewer rows or features${large.length > 0 ? `, take ${large.join(', ')}` : ''},`
}

/** Columns at most that one date, or category by its targets or frequent values, becomes when trees read it. */
const DATE_COLUMNS = 8
const ONE_HOT_COLUMNS = 258

interface Shape extends TabularShape {
  /** Whether trees read other columns than the features. */
  readonly isPrepared: boolean
  readonly weighted: boolean
}

function shapeOf({ rows, features, preparation, weight, classes, bytes }: TrainingSize): Shape {
  const texts = features.filter(({ kind }) => kind === 'text').length
  const specs = preparationOf(features, preparation)
  const columns = features.map((feature, index): number => {
    const spec = specs[index]
    if (feature.kind === 'text') return 0
    if (feature.kind === 'date') return DATE_COLUMNS
    if (spec?.kind === 'one-hot') return spec.maxCategories ?? ONE_HOT_COLUMNS
    return spec?.kind === 'target' ? Math.max(1, classes) : spec === undefined ? 1 : 2
  })
  const isPrepared = features.some(({ kind }, index) => kind === 'text' || kind === 'date' || specs[index] !== undefined)
  const width = columns.reduce((sum, own) => sum + own, 0)
  return { rows, isPrepared, weighted: weight !== undefined, features: width, texts, textBytes: texts > 0 ? bytes : 0, classes }
}

function learnerBytes(shape: Shape, { algorithm, options }: Recipe, threads: number): number {
  if (ALGORITHMS[algorithm].family === 'additive') {
    return ENGINE_BYTES + estimateAdditiveBytes(shape, algorithm as AdditiveAlgorithm, options as never)
  }
  const { rows, classes } = shape
  // The worker has a process of its own; here stand what it is sent and what of each row comes back.
  if (!ALGORITHMS[algorithm].runtimes.includes('node')) return ENGINE_BYTES + rows * (shape.features * 4 + 9 + Math.max(1, classes) * 8)
  const trees = { rows, features: widenedFeatures(shape), classes, weighted: options.classWeight !== undefined || shape.weighted }
  const kind = algorithm === 'random-forest' ? 'random-forest' : 'boosted-trees'
  const own = estimateTreeBytes(trees, { ...(options as object), kind, threads })
  return ENGINE_BYTES + own + (shape.isPrepared ? estimatePreparedTreesBytes(shape, options as never) : 0)
}

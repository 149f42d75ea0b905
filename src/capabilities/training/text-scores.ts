// What the words of the texts say, for trees: once for a table, by a model for each part of the rows, whatever recipes are compared on it.
// Cross-validation asks for rows that neither the row's own fold nor the fold that judges has been learnt from. With the same folds for
// both that is one model without each pair of folds, one without each fold, and one of all rows: 16 fits of 5 folds, where fits of their own
// for every fold would be 36; and the texts are read once. All of it runs in threads, on shared memory.
import { specsOfTrees } from '../../algorithms/columns/default-specs.ts'
import type { TextPart } from '../../algorithms/columns/fit-text-score.ts'
import type { CsrMatrix } from '../../algorithms/sparse/csr-matrix.ts'
import type { TfidfVectorizerOptions } from '../../algorithms/text/tfidf-vectorizer.ts'
import type { ThreadPool } from '../../platform/threads/pool.ts'
import { textOptions } from './learner-options.ts'
import type { FoldRows, Recipe, Table } from './tasks.ts'

/** Of every row that is not held out. */
export interface TextScores {
  /** Of each row of the table its place among them. */
  readonly places: Int32Array
  /** By fold. */
  readonly folds: readonly (readonly ScoredText[])[]
  /** For the model of all rows. */
  readonly whole: readonly (ScoredText & LearntText)[]
}

export interface ScoredText {
  readonly feature: number
  /** Shape (places, width); NaN where the rows to learn from were of one class. */
  readonly scores: Float32Array
  readonly width: number
}

export interface LearntText {
  readonly part: TextPart
  /** All terms as JSON. */
  readonly terms: Uint8Array
  readonly options: TfidfVectorizerOptions
}

export interface CountTextsInput {
  readonly table: Table
  readonly rows: Int32Array
  readonly feature: number
  readonly options: TfidfVectorizerOptions
}

export interface CountedTexts {
  readonly counts: CsrMatrix
  /** As JSON: a list of strings would be copied by the event loop. */
  readonly terms: Uint8Array
}

export interface FitTextInput {
  readonly counts: CsrMatrix
  readonly y: Float64Array
  /** How much each place says of the target; absent: all alike. */
  readonly weights?: Float64Array | undefined
  readonly classes: number
  readonly options: TfidfVectorizerOptions
  /** The fold of each place. */
  readonly partOf: Uint8Array
  /** Folds that are not learnt from. */
  readonly without: readonly number[]
  /** Which rows are scored then, and where to. */
  readonly scored: readonly { readonly part: number; readonly scores: Float32Array }[]
}

export interface PlaceRowsInput {
  readonly y: Float64Array
  readonly weights?: Float64Array | undefined
  readonly splits: readonly FoldRows[]
}

export interface PlacedRows {
  readonly places: Int32Array
  /** Those of the table, by place. */
  readonly rows: Int32Array
  readonly partOf: Uint8Array
  readonly y: Float64Array
  /** Absent: all alike. */
  readonly weights?: Float64Array
}

const FOLDS = 5
const known = new WeakMap<Table, Map<string, Promise<TextScores>>>()

/**
 * The scores for trees by a recipe; made at the first call for a table and its text options.
 *
 * @returns  undefined where each fit has to read the texts itself: no trees, no texts, too few folds, or parts of their rows.
 */
export async function scoreTextsOnce(
  pool: ThreadPool,
  table: Table,
  splits: readonly FoldRows[],
  recipe: Recipe,
  signal: AbortSignal,
): Promise<TextScores | undefined> {
  if (!isScored(table, recipe) || splits.length !== FOLDS) return undefined
  const rows = splits.reduce((sum, { test }) => sum + test.length, 0)
  if (splits.some(({ train, test }) => train.length + test.length !== rows)) return undefined
  const byOptions = known.get(table) ?? new Map<string, Promise<TextScores>>()
  known.set(table, byOptions)
  const key = keyOf(recipe)
  const made = byOptions.get(key) ?? scoreTexts(pool, table, splits, recipe, signal)
  byOptions.set(key, made)
  try {
    return await made
  } catch (error) {
    byOptions.delete(key)
    throw error
  }
}

/** What `scoreTextsOnce` made for the table before. */
export async function knownTextScores(table: Table, recipe: Recipe): Promise<TextScores | undefined> {
  return isScored(table, recipe) ? known.get(table)?.get(keyOf(recipe)) : undefined
}

function isScored({ documents }: Table, { algorithm }: Recipe): boolean {
  return documents.length > 0 && (algorithm === 'random-forest' || algorithm === 'boosted-trees')
}

function keyOf(recipe: Recipe): string {
  const { maxNgram, maxTerms } = textOptions(recipe)
  return JSON.stringify([maxNgram, maxTerms])
}

async function scoreTexts(
  pool: ThreadPool,
  table: Table,
  splits: readonly FoldRows[],
  recipe: Recipe,
  signal: AbortSignal,
): Promise<TextScores> {
  const placing: PlaceRowsInput = { y: table.y, weights: table.weights, splits }
  const { places, rows, partOf, y, weights } = await pool.run<PlacedRows>('training.place-rows', placing, { signal })
  const { preparation } = table.columns
  const specs = specsOfTrees(table.columns, { ...textOptions(recipe), rows: rows.length, ...(preparation ? { preparation } : {}) })
  const width = table.classes > 2 ? table.classes : 1
  const empty = (): Float32Array => new Float32Array(new SharedArrayBuffer(rows.length * width * 4))
  const folds: ScoredText[][] = splits.map(() => [])
  const whole: (ScoredText & LearntText)[] = []
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  for (const { feature } of table.documents) {
    const spec = specs[feature]
    const options = spec?.kind === 'text-score' ? (spec.options ?? {}) : {}
    const counting: CountTextsInput = { table, rows, feature, options }
    const { counts, terms } = await pool.run<CountedTexts>('training.count-texts', counting, { signal })
    const ofFold = splits.map(empty)
    const ofAll = empty()
    const learn = (without: readonly number[], scored: FitTextInput['scored']): Promise<TextPart | undefined> => {
      const input: FitTextInput = { counts, y, weights, classes: table.classes, options, partOf, without, scored }
      return pool.run<TextPart | undefined>('training.fit-text', input, { signal: either })
    }
    const running = [learn([], [])]
    for (let one = 0; one < FOLDS; one++) {
      const own = ofFold[one]!
      running.push(
        learn(
          [one],
          [own, ofAll].map((scores) => ({ part: one, scores })),
        ),
      )
      for (let other = one + 1; other < FOLDS; other++) {
        // Neither fold has been seen: each gives training rows to the other's.
        running.push(
          learn(
            [one, other],
            [
              { part: other, scores: own },
              { part: one, scores: ofFold[other]! },
            ],
          ),
        )
      }
    }
    const [part] = await Promise.all(running).catch(async (error: unknown) => {
      failed.abort()
      await Promise.allSettled(running)
      throw error
    })
    for (const [fold, scores] of ofFold.entries()) folds[fold]!.push({ feature, scores, width })
    whole.push({ feature, scores: ofAll, width, part: part!, terms, options })
  }
  return { places, folds, whole }
}

// Learns how each feature of a table becomes columns, from the training rows alone, and writes the training rows by it.
import { TandemError } from '../../errors.ts'
import { createRng, hashSeed, type Rng } from '../math/rng.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { columnWidth } from './column-kinds.ts'
import type { LearnContext, LearntColumn, RawColumn } from './column-learner.ts'
import { readerOf, rowFiller } from './column-reader.ts'
import type { ColumnSpec, FittedColumns, PlacedColumn } from './column-spec.ts'
import { fitDate } from './date-column.ts'
import { fitTextScore } from './fit-text-score.ts'
import { fitNumber } from './number-column.ts'
import { AS_IT_IS } from './number-rule.ts'
import { fitOneHot } from './one-hot-column.ts'
import { fitOrdinal } from './ordinal-column.ts'
import { columnOf, documentsOf, type TabularColumns, type TabularRows } from './table.ts'
import { fitTarget } from './target-column.ts'
import { fitText } from './text-column.ts'

type SpecOf<Kind> = Extract<ColumnSpec, { readonly kind: Kind }>

const LEARNERS = {
  number: fitNumber,
  'one-hot': fitOneHot,
  ordinal: fitOrdinal,
  target: fitTarget,
  date: fitDate,
  text: fitText,
  'text-score': fitTextScore,
  passthrough: (): LearntColumn => ({ fitted: { kind: 'number', ...AS_IT_IS, indicator: false } }),
} satisfies { readonly [Kind in ColumnSpec['kind']]: (column: RawColumn, spec: SpecOf<Kind>, context: LearnContext) => LearntColumn }

export interface FitColumnsOptions {
  /** Class indices or numbers; needed where a spec reads the target. */
  readonly y?: ArrayLike<number>
  /** How much each row says of the target, from 0; absent: all alike. What does not read the target takes each row once. */
  readonly weights?: ArrayLike<number> | undefined
  /** 0 for regression. */
  readonly classes?: number
  /** Seeds the folds of each column by itself. */
  readonly randomState?: number
  /** Draws the folds of all columns instead. */
  readonly rng?: Pick<Rng, 'next'>
  /** A column that says nothing (all missing, no word in any text) keeps columns that are 0, or has none, rather than fail. */
  readonly lenient?: boolean
  /** Whether scaled numbers stop at 0 and 1. */
  readonly clamped?: boolean
  /** By feature what was learnt elsewhere; the rest is learnt here. */
  readonly learnt?: readonly (LearntColumn | undefined)[]
  /** Called every few milliseconds; what it throws ends the work. */
  readonly onStep?: () => void
}

/** Columns that were learnt, with what the rows they were learnt from are. */
export interface LearntColumns {
  readonly columns: FittedColumns
  /** By feature; see `LearntColumn.training`. */
  readonly training: readonly LearntColumn['training'][]
}

/**
 * Learns the columns of a table.
 *
 * Cost: O(rows x features), O(rows log rows) for medians, O(characters) for texts; a copy of one feature at a time.
 *
 * @param specs  one a feature.
 * @throws   `invalid_input` that names the column, as each kind's learner says.
 */
export function learnColumns(
  table: TabularRows & TabularColumns,
  specs: readonly ColumnSpec[],
  { y, weights, classes = 0, randomState, rng, lenient = false, clamped = false, learnt: given, onStep }: FitColumnsOptions,
): LearntColumns {
  const training: LearntColumn['training'][] = []
  let nColumns = 0
  const features = specs.map((spec, feature): PlacedColumn => {
    onStep?.()
    const values = columnOf(table, specs.length, feature)
    const column: RawColumn = {
      ...{ name: table.names?.[feature] ?? String(feature), values, codes: table.codes[feature]!, labels: table.labels?.[feature] ?? null },
      documents: () => documentsOf(values, feature, table, onStep),
    }
    const drawn = rng ?? (randomState === undefined ? undefined : createRng(hashSeed(randomState, 0x74657874 + feature)))
    const context: LearnContext = {
      ...{ classes, lenient },
      ...(y === undefined ? {} : { y }),
      ...(weights === undefined ? {} : { weights }),
      ...(drawn === undefined ? {} : { rng: drawn }),
      ...(onStep === undefined ? {} : { onStep }),
    }
    const learnt = given?.[feature] ?? learnerOf(spec)(column, spec, context)
    training[feature] = clamped && learnt.training instanceof Float64Array ? clampedTo01(learnt.training) : learnt.training
    const first = nColumns
    nColumns += columnWidth(learnt.fitted)
    return { ...learnt.fitted, first }
  })
  return { columns: { features, nColumns, clamped }, training }
}

function learnerOf(spec: ColumnSpec): (column: RawColumn, spec: ColumnSpec, context: LearnContext) => LearntColumn {
  const learner = Object.hasOwn(LEARNERS, spec?.kind) ? LEARNERS[spec.kind] : undefined
  if (learner !== undefined) return learner as never
  throw new TandemError(
    'invalid_input',
    `A column has the kind ${JSON.stringify(spec?.kind)}. Kinds are ${Object.keys(LEARNERS).join(', ')}.`,
  )
}

function clampedTo01(values: Float64Array): Float64Array {
  return values.map((value) => Math.min(1, Math.max(0, value)))
}

const ROWS_PER_STEP = 1024

/** The rows that columns were learnt from, sparse. */
export function sparseTrainingRows({ columns, training }: LearntColumns, table: TabularRows, onStep?: () => void): CsrMatrix {
  const reader = readerOf(columns)
  const { features } = columns
  const width = features.length
  const texts = training.map((own) => (own instanceof Float64Array ? undefined : own))
  const starts = new Int32Array(table.rows + 1)
  let indices = new Int32Array(Math.max(16, table.rows * 4))
  let values = new Float64Array(indices.length)
  let count = 0
  const take = (column: number, value: number): void => {
    if (count === indices.length) {
      indices = grown(indices, new Int32Array(count * 2))
      values = grown(values, new Float64Array(count * 2))
    }
    indices[count] = column
    values[count++] = value
  }
  for (let row = 0; row < table.rows; row++) {
    if (row % ROWS_PER_STEP === 0) onStep?.()
    for (let feature = 0; feature < width; feature++) {
      const own = training[feature]
      if (own instanceof Float64Array) takeOwn(own, row, features[feature]!, take)
      else reader.readFeature(feature, table.x, row * width, texts, row, take)
    }
    starts[row + 1] = count
  }
  // A learner needs a column, also where no feature says anything.
  const total = Math.max(1, columns.nColumns)
  return { rows: table.rows, columns: total, starts, indices: indices.slice(0, count), values: values.slice(0, count) }
}

/** The rows that columns were learnt from in full, row-major, in `out`. */
export function fillTrainingRows<Out extends Float32Array | Float64Array>(
  { columns, training }: LearntColumns,
  table: TabularRows,
  out: Out,
  onStep?: () => void,
): Out {
  const { features, nColumns } = columns
  const fill = rowFiller(columns)
  const texts = training.map((own) => (own instanceof Float64Array ? undefined : own))
  for (let row = 0; row < table.rows; row++) {
    if (row % ROWS_PER_STEP === 0) onStep?.()
    fill(table.x, row * features.length, texts, row, out, row * nColumns)
    for (const [feature, own] of training.entries()) {
      if (!(own instanceof Float64Array)) continue
      const column = features[feature]!
      const width = columnWidth(column)
      out.set(own.subarray(row * width, (row + 1) * width), row * nColumns + column.first)
    }
  }
  return out
}

function takeOwn(own: Float64Array, row: number, column: PlacedColumn, take: (column: number, value: number) => void): void {
  const width = columnWidth(column)
  for (let k = 0; k < width; k++) if (own[row * width + k] !== 0) take(column.first + k, own[row * width + k]!)
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}

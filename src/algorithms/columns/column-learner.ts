// What a column is learnt from, and what comes of it.
import type { Rng } from '../math/rng.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import type { FittedColumn } from './column-spec.ts'

/** One column of the training rows. */
export interface RawColumn {
  /** For errors. */
  readonly name: string
  /** NaN is missing. */
  readonly values: Float64Array
  /** Of a category the number of its codes, and their texts where they are known. */
  readonly codes: number
  readonly labels: readonly string[] | null
  /** Of a text: every row's, missing ones empty. */
  documents(): string[]
}

export interface LearnContext {
  /** Class indices, or numbers; absent: nothing that reads it can be learnt. */
  readonly y?: ArrayLike<number>
  /** How much each row says of the target; absent: all alike. */
  readonly weights?: ArrayLike<number>
  /** 0 for regression. */
  readonly classes: number
  /** Draws the folds of one column; absent: none can be. */
  readonly rng?: Pick<Rng, 'next'>
  /** A column that says nothing is no error. */
  readonly lenient: boolean
  /** Called every few milliseconds; what it throws ends the work. */
  readonly onStep?: () => void
}

export interface LearntColumn<Fitted extends FittedColumn = FittedColumn> {
  readonly fitted: Fitted
  /**
   * What the training rows are instead of what the fitted column makes of them: of columns that read the target, numbers from other rows,
   * shape (rows, width); of texts what was computed already.
   */
  readonly training?: Float64Array | CsrMatrix
}

/** Numbers by which a target is told: one for a number or two classes, else one a class. */
export const targetWidth = (classes: number): number => (classes > 2 ? classes : 1)

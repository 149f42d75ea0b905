// What a column becomes when nobody says, by what learns from it: sums (linear models, naive Bayes) need finite numbers of one scale, trees
// take numbers, gaps and codes as they are. What somebody says goes before, option by option.
import type { TfidfVectorizerOptions } from '../text/tfidf-vectorizer.ts'
import type { ColumnSpec, NumberTreatment, OneHotSpec, TextSpec } from './column-spec.ts'
import type { TabularColumns, TabularKind } from './table.ts'

/** What is asked for of single features, by number; the rest becomes what it usually does. */
export type Preparation = readonly (ColumnSpec | undefined)[]

export interface TextOptions {
  /** Longest run of words that is a term. Default 2. */
  readonly maxNgram?: number
  /** Most terms of a text feature; the most frequent stay. Default 100,000. */
  readonly maxTerms?: number
}

export interface DefaultSpecOptions extends TextOptions {
  readonly rows: number
  readonly preparation?: Preparation
}

export const MAX_TERMS = 100_000
/** Categories with fewer rows share one column. */
const FREQUENT_ROWS = 5
/** Columns of one category; the most frequent values have them. */
const MOST_FREQUENT = 256
/** Terms of fewer documents are left out, unless there are few documents. */
const TERM_DOCUMENTS = 2
const FEW_DOCUMENTS = 200

const CATEGORY: OneHotSpec = { kind: 'one-hot', minCount: FREQUENT_ROWS, maxCategories: MOST_FREQUENT, missing: 'column' }

/** @param scale  `min-max` for naive Bayes of counts. */
export function specsOfSums(
  { kinds }: Pick<TabularColumns, 'kinds'>,
  scale: 'standard' | 'min-max',
  options: DefaultSpecOptions,
): ColumnSpec[] {
  const treatment: NumberTreatment = { impute: 'median', indicator: 'auto', scale }
  const usual: Readonly<Record<TabularKind, ColumnSpec>> = {
    number: { kind: 'number', ...treatment },
    category: CATEGORY,
    date: { kind: 'date', ...treatment },
    text: { kind: 'text', options: textOptions(options) },
  }
  return kinds.map((kind, feature) => merged(usual[kind], options.preparation?.[feature], treatment))
}

export function specsOfTrees({ kinds }: Pick<TabularColumns, 'kinds'>, options: DefaultSpecOptions): ColumnSpec[] {
  const treatment: NumberTreatment = { impute: 'none', indicator: false, scale: 'none' }
  const usual: Readonly<Record<TabularKind, ColumnSpec>> = {
    number: { kind: 'passthrough' },
    category: { kind: 'passthrough' },
    date: { kind: 'date', ...treatment },
    text: { kind: 'text-score', options: textOptions(options) },
  }
  return kinds.map((kind, feature) => {
    const spec = merged(usual[kind], options.preparation?.[feature], treatment)
    // Trees cannot split a text; they get what a linear model of its words says.
    return spec.kind === 'text' ? { ...spec, kind: 'text-score' } : spec
  })
}

/** Whether trees can read a table as it is. */
export function isReadAsItIs({ kinds }: Pick<TabularColumns, 'kinds'>, preparation: Preparation = []): boolean {
  return kinds.every((kind, feature) => (kind === 'number' || kind === 'category') && preparation[feature] === undefined)
}

/** Words and runs of them, weighed by the logarithm of their count. */
export function textOptions({ maxNgram = 2, maxTerms = MAX_TERMS, rows }: DefaultSpecOptions): TfidfVectorizerOptions {
  return { ngramRange: [1, maxNgram], sublinearTf: true, minDf: rows < FEW_DOCUMENTS ? 1 : TERM_DOCUMENTS, maxFeatures: maxTerms }
}

function merged(usual: ColumnSpec, asked: ColumnSpec | undefined, treatment: NumberTreatment): ColumnSpec {
  if (asked === undefined) return usual
  switch (asked.kind) {
    case 'number':
    case 'date':
      return { ...treatment, ...asked }
    case 'ordinal':
      return { ...treatment, unseen: 'missing', ...asked }
    case 'target':
      return { scale: treatment.scale ?? 'none', ...asked }
    case 'one-hot':
      return { ...CATEGORY, ...asked }
    case 'text':
      return { ...asked, options: { ...(usual as TextSpec).options, ...asked.options } }
    default:
      return asked
  }
}

// Runs in threads: reads texts, learns what their words say from some folds, and hands the scores to trees as numbers of the table.
import type { LearntColumn } from '../../algorithms/columns/column-learner.ts'
import { besidePresence, countTexts, fitTextPart, namedScorer, scoreTexts, type TextPart } from '../../algorithms/columns/fit-text-score.ts'
import { columnOf } from '../../algorithms/columns/table.ts'
import { TandemError } from '../../errors.ts'
import { shareFields } from '../../platform/threads/shared-arrays.ts'
import { documentReader } from './documents.ts'
import type { FitInput } from './fit-model.ts'
import { rowsOf } from './rows-of.ts'
import type { Table } from './tasks.ts'
import type { CountedTexts, CountTextsInput, FitTextInput, PlacedRows, PlaceRowsInput, ScoredText, TextScores } from './text-scores.ts'

/** All rows of the folds in the order of the table. */
export function placeRows({ y, weights, splits }: PlaceRowsInput): PlacedRows {
  const foldOf = new Int16Array(y.length).fill(-1)
  let count = 0
  for (const [fold, { test }] of splits.entries()) {
    for (const row of test) foldOf[row] = fold
    count += test.length
  }
  const places = new Int32Array(y.length).fill(-1)
  const rows = new Int32Array(count)
  const partOf = new Uint8Array(count)
  const targets = new Float64Array(count)
  let place = 0
  for (let row = 0; row < y.length; row++) {
    if (foldOf[row]! < 0) continue
    places[row] = place
    rows[place] = row
    partOf[place] = foldOf[row]!
    targets[place++] = y[row]!
  }
  const own = weights === undefined ? {} : { weights: Float64Array.from(rows, (row) => weights[row]!) }
  return shareFields({ places, rows, partOf, y: targets, ...own })
}

/** Texts of the rows, each read once. */
export function countTextsOf({ table, rows, feature, options }: CountTextsInput, isCanceled: () => boolean): CountedTexts {
  const { x, features, documents } = table
  const read = documentReader(documents)
  const texts = Array.from(rows, (row) => {
    const code = x[row * features + feature]!
    return Number.isNaN(code) || read === undefined ? '' : read(feature, code)
  })
  const { counts, terms } = countTexts(texts, options, { lenient: true, onStep: stopper(isCanceled) })
  return { counts: shareFields(counts), ...shareFields({ terms: new TextEncoder().encode(JSON.stringify(terms)) }) }
}

/** Learns from the folds that are not left out and writes what it says of others; the model itself only of all rows. */
export function fitText(input: FitTextInput, isCanceled: () => boolean): TextPart | undefined {
  const { without, scored, partOf, classes } = input
  const width = classes > 2 ? classes : 1
  const places = (isIn: (part: number) => boolean): Int32Array => Int32Array.from(partOf.keys()).filter((place) => isIn(partOf[place]!))
  const about = { ...input, onStep: stopper(isCanceled) }
  const part = fitTextPart(
    about,
    places((each) => !without.includes(each)),
    without.length === 0,
  )
  for (const { part: asked, scores } of scored) {
    const rows = places((each) => each === asked)
    if (part === undefined) for (const place of rows) scores.fill(Number.NaN, place * width, (place + 1) * width)
    else scoreTexts(part, about, rows, (index, said) => scores.set(said, rows[index]! * width))
  }
  return part !== undefined && without.length === 0 ? shareFields(part) : undefined
}

/**
 * The rows of a fold as a table whose texts are numbers: whether there is one, and its scores. Trees learn from it as from the columns that
 * the texts of a whole model become.
 */
export function withScores(
  { table, train, test = new Int32Array() }: Pick<FitInput, 'table' | 'train' | 'test'>,
  { places }: Pick<TextScores, 'places'>,
  texts: readonly ScoredText[],
): Required<Pick<FitInput, 'table' | 'train' | 'test'>> {
  const rows = new Int32Array(train.length + test.length)
  rows.set(train)
  rows.set(test, train.length)
  const given = rowsOf(table, rows)
  const { kinds, codes, names, preparation, texts: labels, ...rest } = table.columns
  const byFeature = new Map(texts.map((text) => [text.feature, text]))
  const sources = kinds.flatMap((_, feature) => {
    const text = byFeature.get(feature)
    const scores = text === undefined ? [] : Array.from({ length: text.width }, (_, k) => ({ feature, text, k }))
    return [{ feature, text, k: -1 }, ...scores]
  })
  const x = new Float32Array(rows.length * sources.length)
  for (let index = 0, at = 0; index < rows.length; index++) {
    const place = places[rows[index]!]!
    for (const { feature, text, k } of sources) {
      const value = given.x[index * table.features + feature]!
      // Which text it is means nothing.
      x[at++] = text === undefined ? value : k < 0 ? (Number.isNaN(value) ? value : 0) : text.scores[place * text.width + k]!
    }
  }
  const columns = {
    ...rest,
    // Scores have no name that a rule could mean.
    names: sources.map(({ feature, k }) => (k < 0 ? names[feature]! : '')),
    kinds: sources.map(({ feature, text }) => (text === undefined ? kinds[feature]! : 'number')),
    codes: sources.map(({ feature, text }) => (text === undefined ? codes[feature]! : 0)),
    ...(preparation ? { preparation: sources.map(({ feature, text }) => (text === undefined ? preparation[feature] : undefined)) } : {}),
    ...(labels ? { texts: sources.map(({ feature, text }) => (text === undefined ? labels[feature]! : null)) } : {}),
  }
  const { y, weights } = given
  const scored: Table = { x, y, ...(weights ? { weights } : {}), features: sources.length, classes: table.classes, columns, documents: [] }
  const numbers = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, at) => from + at)
  return { table: scored, train: numbers(0, train.length), test: numbers(train.length, rows.length) }
}

/** The texts as columns that were learnt already, by feature. */
export function learntTexts(
  { table, train }: Pick<FitInput, 'table' | 'train'>,
  { places, whole }: Pick<TextScores, 'places' | 'whole'>,
): (LearntColumn | undefined)[] {
  const learnt: (LearntColumn | undefined)[] = table.columns.kinds.map(() => undefined)
  const { x } = rowsOf(table, train)
  for (const { feature, scores, width, part, terms, options } of whole) {
    const own = new Float64Array(train.length * width)
    for (const [index, row] of train.entries()) {
      for (let k = 0; k < width; k++) own[index * width + k] = scores[places[row]! * width + k]!
    }
    const named = namedScorer(part, JSON.parse(new TextDecoder().decode(terms.slice())) as string[], options)
    learnt[feature] = { fitted: named, training: besidePresence(columnOf({ x, rows: train.length }, table.features, feature), own, width) }
  }
  return learnt
}

function stopper(isCanceled: () => boolean): () => void {
  return () => {
    if (isCanceled()) throw new TandemError('canceled', 'The training was canceled before it finished. Start it again to get a model.')
  }
}

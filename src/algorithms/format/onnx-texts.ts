// The terms of a text as ONNX nodes. onnxruntime's own operators lower case by the locale of the machine and know letters by another version
// of Unicode, so they are asked for characters alone; what a character is, stands in a table, and words and runs of them are looked up step
// by step, as in a trie. Nothing is hashed: the terms are those that we find, of every text.
import { TandemError } from '../../errors.ts'
import type { Terms } from '../columns/text-column.ts'
import { type ELEMENT, integersAttribute, ML, numberAttribute, textAttribute, textsAttribute } from './onnx-model.ts'
import type { OnnxWriter } from './onnx-writer.ts'
import { type CharacterTable, characterTable, type Lookup, termTables, type WordTables, wordTables } from './term-tables.ts'

/** The entries of a sparse matrix, as names of tensors of one dimension: row, term, and weight as double. */
export interface TextEntries {
  readonly rows: string
  readonly terms: string
  readonly weights: string
  /** Terms there are. */
  readonly width: number
}

/** The domain of the operator that cuts texts into characters. */
export const CONTRIB = 'com.microsoft'

/**
 * The TF-IDF weights of a text input of shape (rows, 1), without those that are 0.
 *
 * Cost: the characters of the rows, padded to the longest text; a step of words for each letter of the longest word of the vocabulary.
 *
 * @throws   `invalid_input` that names the column, for terms that are no words, and for a vocabulary whose case hangs on what is beside.
 */
export function textEntries(writer: OnnxWriter, input: string, name: string, { vocabulary, idf, options }: Terms): TextEntries {
  const { analyzer = 'word', stripAccents, stopWords, tokenPattern, lowercase = true, ngramRange: [shortest] = [1, 1] } = options
  if (analyzer !== 'word') throw refused(name, `is read by characters (${analyzer})`)
  if (stripAccents !== undefined || stopWords !== undefined || tokenPattern !== undefined) {
    const option = stripAccents !== undefined ? 'stripAccents' : stopWords !== undefined ? 'stopWords' : 'tokenPattern'
    throw refused(name, `is read with ${option}`)
  }
  // A capital sigma becomes another letter at the end of a word, and what that is, is more than letters.
  if (lowercase && vocabulary.some((term) => /[σς]/.test(term)))
    throw refused(name, 'has Greek words whose small letters hang on their place')
  const words = wordTables(vocabulary)
  const { rows, states } = wordStates(writer, input, characterTable(words.codes, lowercase), words)
  const found = termColumns(writer, rows, states, words, { vocabulary, shortest })
  return weighed(writer, input, found, { idf, options })
}

interface Words {
  /** Of each word its row, ascending, in the order of the text. */
  readonly rows: string
  /** Its place in the tables of words; 0 for one that is in no term. */
  readonly states: string
}

function wordStates(writer: OnnxWriter, input: string, table: CharacterTable, { tables, codes }: WordTables): Words {
  const { node, constant, cast } = writer
  const integer = (value: number): string => constant('integer', [], [value])
  const list = (...values: number[]): string => constant('integer', [values.length], values)
  const base = codes.size + 2
  const characters = node(
    'Tokenizer',
    [input],
    [...[numberAttribute('mark', 0), textAttribute('pad_value', ''), textsAttribute('separators', ['']), numberAttribute('mincharnum', 1)]],
    CONTRIB,
  )
  const coded = node(
    'LabelEncoder',
    [characters],
    [
      textsAttribute('keys_strings', table.characters),
      integersAttribute('values_int64s', table.values),
      numberAttribute('default_int64', 0),
    ],
    ML,
  )
  // Room for a word that begins at the last character.
  const grid = node('Pad', [node('Squeeze', [coded, list(1)]), list(0, 0, 0, tables.length + 1)])
  const endsWord = node('Greater', [grid, integer(base - 1)])
  const code = node('Where', [endsWord, node('Sub', [grid, integer(base)]), grid])
  const isWord = node('Greater', [code, integer(0)])
  const joins = node('And', [isWord, node('Not', [endsWord])])
  const before = node('Pad', [cast(joins, 'integer'), list(0, 1, 0, -1)])
  const after = node('Pad', [cast(isWord, 'integer'), list(0, -1, 0, 1)])
  const goesOn = node('And', [joins, node('Greater', [after, integer(0)])])
  // A word has two characters or more.
  const begins = node('And', [goesOn, node('Equal', [before, integer(0)])])
  const [rows, places] = [0, 1].map((axis) => node('Gather', [node('NonZero', [begins]), integer(axis)])) as [string, string]
  const width = node('Gather', [node('Shape', [grid]), integer(1)])
  const first = node('Add', [node('Mul', [rows, width]), places])
  const [flatCode, flatGoesOn] = [code, goesOn].map((each) => node('Reshape', [each, list(-1)])) as [string, string]
  let states = node('Add', [node('Mul', [first, integer(0)]), integer(1)])
  /** Whether the word reaches the present step; absent while all do. */
  let alive: string | undefined
  const goOn = (step: number): void => {
    if (step < 2) return
    const still = node('Gather', [flatGoesOn, node('Add', [first, integer(step - 1)])])
    alive = alive === undefined ? still : node('And', [alive, still])
  }
  for (let step = 0; step < tables.length; step++) {
    goOn(step)
    const letter = node('Gather', [flatCode, node('Add', [first, integer(step)])])
    const next = looked(writer, node('Add', [node('Mul', [states, integer(base)]), letter]), tables[step]!, 0)
    states = alive === undefined ? next : node('Where', [alive, next, states])
  }
  goOn(tables.length)
  // Longer than every word that is known.
  return { rows, states: alive === undefined ? states : node('Where', [alive, integer(0), states]) }
}

/** Of each term that is found its row and column; -1 is none. */
function termColumns(
  writer: OnnxWriter,
  rows: string,
  states: string,
  words: WordTables,
  { vocabulary, shortest }: { readonly vocabulary: readonly string[]; readonly shortest: number },
): { readonly rows: string; readonly terms: string } {
  const { node, constant } = writer
  const integer = (value: number): string => constant('integer', [], [value])
  const slice = (of: string, from: number, to: number): string =>
    node('Slice', [of, constant('integer', [1], [from]), constant('integer', [1], [to])])
  const END = 2 ** 31 - 1
  const found: { readonly rows: string; readonly terms: string }[] = []
  let prefix = states
  for (const [index, { prefixes, columns }] of termTables(vocabulary, words).entries()) {
    let own = rows
    if (index > 0) {
      own = slice(rows, 0, -index)
      const key = node('Add', [node('Mul', [slice(prefix, 0, -1), integer(words.count + 1)]), slice(states, index, END)])
      const together = node('Equal', [own, slice(rows, index, END)])
      prefix = node('Where', [together, looked(writer, key, prefixes, 0), integer(0)])
    }
    if (index + 1 >= shortest && columns.keys.length > 0) found.push({ rows: own, terms: looked(writer, prefix, columns, -1) })
  }
  const all = (of: 'rows' | 'terms'): string =>
    found.length === 1
      ? found[0]![of]
      : node(
          'Concat',
          found.map((each) => each[of]),
          [numberAttribute('axis', 0)],
        )
  const terms = all('terms')
  const known = node('Greater', [terms, integer(-1)])
  const kept = (of: string): string => node('Compress', [of, known], [numberAttribute('axis', 0)])
  return { rows: kept(all('rows')), terms: kept(terms) }
}

/** Counts equal terms of a row and weighs them as the vectorizer does. */
function weighed(
  writer: OnnxWriter,
  input: string,
  found: { readonly rows: string; readonly terms: string },
  { idf, options: { binary = false, sublinearTf = false, norm = 'l2' } }: Pick<Terms, 'idf' | 'options'>,
): TextEntries {
  const { node, constant, double, cast } = writer
  const columns = constant('integer', [], [idf.length])
  const key = node('Add', [node('Mul', [found.rows, columns]), found.terms])
  const [once, counts] = writer.several('Unique', [key], [0, 3], [numberAttribute('sorted', 1)]) as [string, string]
  const rows = node('Div', [once, columns])
  const terms = node('Sub', [once, node('Mul', [rows, columns])])
  let weights = cast(counts, 'double')
  if (binary) weights = node('Add', [node('Mul', [weights, double(0)]), double(1)])
  if (sublinearTf) weights = node('Add', [node('Log', [weights]), double(1)])
  weights = node('Mul', [weights, node('Gather', [constant('double', [idf.length], idf), terms])])
  if (norm !== null) {
    const sizes = norm === 'l2' ? node('Mul', [weights, weights]) : weights
    const sums = node('ScatterElements', [perRow(writer, input, [0]), rows, sizes], [textAttribute('reduction', 'add')])
    weights = node('Div', [weights, node('Gather', [norm === 'l2' ? node('Sqrt', [sums]) : sums, rows])])
  }
  return { rows, terms, weights, width: idf.length }
}

/**
 * Adds to `start`, of shape (rows, width), what each entry says, which is `values` of shape (entries, width).
 */
export function addEntries({ node, constant }: OnnxWriter, start: string, rows: string, values: string): string {
  const places = node('Unsqueeze', [rows, constant('integer', [1], [1])])
  return node('ScatterND', [start, places, values], [textAttribute('reduction', 'add')])
}

/** The same numbers for each row of an input: shape (rows) of one number, else (rows, numbers). */
export function perRow({ node, constant }: OnnxWriter, input: string, values: ArrayLike<number>): string {
  const list = (value: number): string => constant('integer', [1], [value])
  const rows = node('Slice', [node('Shape', [input]), list(0), list(1)])
  if (values.length === 1) return node('Expand', [constant('double', [1], values), rows])
  const shape = node('Concat', [rows, list(values.length)], [numberAttribute('axis', 0)])
  return node('Expand', [constant('double', [1, values.length], values), shape])
}

function looked({ node }: OnnxWriter, keys: string, table: Lookup, otherwise: number): string {
  return node(
    'LabelEncoder',
    [keys],
    [
      integersAttribute('keys_int64s', table.keys),
      integersAttribute('values_int64s', table.values),
      numberAttribute('default_int64', otherwise),
    ],
    ML,
  )
}

/** `gap` where a text is missing, 0 elsewhere. */
export function gapsOf({ node, constant, cast }: OnnxWriter, input: string, gap: number, type: keyof typeof ELEMENT): string {
  const place = node(
    'LabelEncoder',
    [input],
    [textsAttribute('keys_strings', ['']), integersAttribute('values_int64s', [1]), numberAttribute('default_int64', 0)],
    ML,
  )
  const table = node('Gather', [constant('double', [2], [0, gap]), place])
  return cast(table, type)
}

function refused(name: string, why: string): TandemError {
  const message = `"${name}" ${why}, which ONNX has no operators for. Ask for the format tdm and serve it with Tandem, or train without that.`
  return new TandemError('invalid_input', message, {
    errors: [{ path: '/format', message: `"${name}" ${why}, which the format cannot say` }],
  })
}

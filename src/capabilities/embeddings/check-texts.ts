// What may be embedded, and how vectors are shortened.
import { type FieldError, TandemError } from '../../errors.ts'
import { MOST_CHARACTERS } from './schema.ts'

const MOST_PLACES = 20

/**
 * Texts as models read them: lone surrogates, which are no characters, become U+FFFD.
 *
 * @throws `invalid_input` with every place: not a string, empty, or too long.
 */
export function checkTexts(texts: readonly string[]): readonly string[] {
  const errors: FieldError[] = []
  const checked = texts.map((text, at) => {
    const problem = problemOf(text)
    if (problem === undefined) return text.toWellFormed()
    if (errors.length < MOST_PLACES) errors.push({ path: `/input/${at}`, message: `Text ${at} ${problem}` })
    return ''
  })
  if (errors.length > 0) throw new TandemError('invalid_input', errors[0]!.message, { errors })
  return checked
}

function problemOf(text: unknown): string | undefined {
  if (typeof text !== 'string') return `is ${text === null ? 'null' : `of type ${typeof text}`}; only texts can be embedded.`
  if (text.length > MOST_CHARACTERS) {
    return `has ${text.length} characters; ${MOST_CHARACTERS} are the limit. Cut it into passages: a vector of so much says little.`
  }
  return /\S/.test(text) ? undefined : 'is empty, so there is nothing to embed. Leave it out.'
}

/** The first `width` of a vector, of length 1 again; a copy. */
export function fewerDimensions(vector: Float32Array, width: number): Float32Array {
  const first = vector.slice(0, width)
  if (width === vector.length) return first
  let squares = 0
  for (const value of first) squares += value * value
  // A vector whose beginning is zero keeps a direction all the same.
  if (!(squares > 0)) first[0] = 1
  else for (let at = 0; at < width; at++) first[at]! /= Math.sqrt(squares)
  return first
}

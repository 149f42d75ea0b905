// What may be asked of the language tasks.
import { type FieldError, TandemError } from '../../errors.ts'
import { type CategoryLabel, MOST_CHARACTERS, MOST_LABEL_TEXTS, MOST_LABELS, MOST_TEXTS, MOST_TOTAL_CHARACTERS } from './schema.ts'

const MOST_PLACES = 20
const MOST_LABEL_CHARACTERS = 2_000

/**
 * Texts as models read them: lone surrogates, which are no characters, become U+FFFD, one unit each, so that places stay.
 *
 * @throws `invalid_input` with every place: no text, too many, not a string, empty, or too long.
 */
export function checkTexts(texts: readonly string[]): readonly string[] {
  if (!Array.isArray(texts) || texts.length === 0 || texts.length > MOST_TEXTS) {
    const count = Array.isArray(texts) ? texts.length : 0
    throw refused([{ path: '/input', message: `input has ${count} texts; 1 to ${MOST_TEXTS} are possible in one call.` }])
  }
  const errors: FieldError[] = []
  let total = 0
  const checked = texts.map((text: unknown, at) => {
    const problem = problemOf(text)
    if (problem !== undefined) {
      if (errors.length < MOST_PLACES) errors.push({ path: `/input/${at}`, message: `Text ${at} ${problem}` })
      return ''
    }
    total += (text as string).length
    return (text as string).toWellFormed()
  })
  if (errors.length > 0) throw refused(errors)
  if (total > MOST_TOTAL_CHARACTERS) {
    const message = `The ${texts.length} texts have ${total} characters; ${MOST_TOTAL_CHARACTERS} are possible in one call. Send them in parts.`
    throw refused([{ path: '/input', message }])
  }
  return checked
}

function problemOf(text: unknown): string | undefined {
  if (typeof text !== 'string') return `is ${text === null ? 'null' : `of type ${typeof text}`}; a text is needed.`
  if (text.length > MOST_CHARACTERS) return `has ${text.length} characters; ${MOST_CHARACTERS} are the limit. Cut it into chapters.`
  return /[^\s\p{C}]/u.test(text) ? undefined : 'is empty: it has spaces and control characters at most. Leave it out.'
}

export interface CheckedLabel {
  readonly name: string
  readonly description: string | undefined
  readonly examples: readonly string[]
}

/** @throws `invalid_input` with every place: too few or many, without a name, the same name twice, too long. */
export function checkLabels(labels: readonly CategoryLabel[]): readonly CheckedLabel[] {
  if (!Array.isArray(labels) || labels.length < 2 || labels.length > MOST_LABELS) {
    const count = Array.isArray(labels) ? labels.length : 0
    throw refused([{ path: '/labels', message: `labels has ${count} labels; 2 to ${MOST_LABELS} are possible.` }])
  }
  const errors: FieldError[] = []
  const places = new Map<string, number>()
  const checked = labels.map((given: CategoryLabel, at): CheckedLabel => {
    const { name, description, examples = [] } = typeof given === 'string' ? { name: given } : given
    const path = typeof given === 'string' ? `/labels/${at}` : `/labels/${at}/name`
    const wrong = labelProblem(name)
    if (wrong !== undefined) errors.push({ path, message: `The name of label ${at} ${wrong}` })
    const key = String(name).trim().toLowerCase()
    const other = places.get(key)
    if (wrong === undefined && other !== undefined) {
      errors.push({
        path,
        message: `Labels ${other} and ${at} are both called "${String(name).slice(0, 60)}"; give each a name of its own.`,
      })
    }
    places.set(key, at)
    for (const [place, text] of [...(description === undefined ? [] : [['description', description] as const]), ...examples.entries()]) {
      const problem = labelProblem(text)
      if (problem === undefined) continue
      const where = place === 'description' ? 'description' : `examples/${place}`
      errors.push({ path: `/labels/${at}/${where}`, message: `The ${where.replace('s/', ' ')} of label "${name}" ${problem}` })
    }
    const well = (text: string): string => String(text).toWellFormed()
    return { name: well(name), description: description === undefined ? undefined : well(description), examples: examples.map(well) }
  })
  if (errors.length > 0) throw refused(errors.slice(0, MOST_PLACES))
  const texts = checked.reduce((sum, { description, examples }) => sum + 1 + (description === undefined ? 0 : 1) + examples.length, 0)
  if (texts > MOST_LABEL_TEXTS) {
    const message = `The labels have ${texts} names, descriptions and examples; ${MOST_LABEL_TEXTS} are possible in one call.`
    throw refused([{ path: '/labels', message }])
  }
  return checked
}

function labelProblem(text: unknown): string | undefined {
  if (typeof text !== 'string') return `is ${text === null ? 'null' : `of type ${typeof text}`}; a text is needed.`
  if (text.length > MOST_LABEL_CHARACTERS) return `has ${text.length} characters; ${MOST_LABEL_CHARACTERS} are the limit.`
  return /[\p{L}\p{N}\p{S}]/u.test(text) ? undefined : 'has no letter or digit, so it says nothing.'
}

function refused(errors: readonly FieldError[]): TandemError {
  return new TandemError('invalid_input', errors[0]!.message, { errors })
}

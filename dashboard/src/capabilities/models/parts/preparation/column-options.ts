// What can be said of a column of each kind, and the way between a stored preparation and the texts in its form. An empty text means
// "as usual" throughout; the server checks what goes together.
import type { ColumnPreparation } from '../../../../../../src/capabilities/models/preparation/schema.ts'
import type { FieldError } from '../../../../../../src/errors.ts'
import { choiceWords, encodingWords, optionWords, preparationText as words } from '../../../../text/preparation.ts'

export type ColumnType = 'number' | 'integer' | 'boolean' | 'category' | 'text' | 'date' | 'date-time'
export type ColumnTexts = Readonly<Record<string, string>>
/** Sums need numbers of one scale, trees take gaps; `auto` tries both. */
export type Learner = 'trees' | 'sums' | 'both'

export interface Option {
  readonly name: string
  readonly control: 'select' | 'number' | 'text' | 'lines' | 'parts'
  readonly choices?: readonly string[]
  /** What stands there when nothing is said. */
  readonly usual: string
  readonly range?: readonly [number, number]
  readonly whole?: boolean
  /** Stands below `options` of the stored form. */
  readonly nested?: boolean
}

type Encoding = ColumnPreparation['kind']

export const PARTS = ['year', 'month', 'day', 'weekday', 'hour', 'dayOfYear', 'days'] as const
export const ENCODINGS = Object.keys(encodingWords) as (keyof typeof encodingWords)[]

/** The one treatment of a type; a category has none until one is chosen. */
export function encodingOf(type: ColumnType, texts: ColumnTexts): Encoding | undefined {
  if (type === 'category') return (texts.kind || undefined) as Encoding | undefined
  if (type === 'number' || type === 'integer' || type === 'boolean') return 'number'
  return type === 'text' ? 'text' : 'date'
}

export function optionsOf(type: ColumnType, texts: ColumnTexts, learner: Learner): readonly Option[] {
  switch (encodingOf(type, texts)) {
    case 'number':
      return treatment(texts, learner)
    case 'one-hot':
      return [
        { name: 'minCount', control: 'number', usual: '5', range: [1, 1e6], whole: true },
        { name: 'maxCategories', control: 'number', usual: '256', range: [1, 10_000], whole: true },
        { name: 'missing', control: 'select', choices: ['column', 'none'], usual: 'have a column' },
      ]
    case 'ordinal':
      return [
        { name: 'categories', control: 'lines', usual: '' },
        { name: 'unseen', control: 'text', usual: 'missing' },
        ...treatment(texts, learner),
      ]
    case 'target':
      return [
        { name: 'smooth', control: 'number', usual: '10', range: [0, 1e6] },
        { name: 'folds', control: 'number', usual: '5', range: [2, 20], whole: true },
        scaling(learner),
      ]
    case 'date':
      return [{ name: 'parts', control: 'parts', usual: '' }, ...treatment(texts, learner)]
    case 'text':
      return TEXT
    default:
      return []
  }
}

const TEXT: readonly Option[] = [
  { name: 'analyzer', control: 'select', choices: ['word', 'char', 'char-wb'], usual: 'words', nested: true },
  { name: 'ngramMin', control: 'number', usual: '1', range: [1, 10], whole: true, nested: true },
  { name: 'ngramMax', control: 'number', usual: '2', range: [1, 10], whole: true, nested: true },
  { name: 'minDf', control: 'number', usual: '2, of few texts 1', range: [1, 1e6], whole: true, nested: true },
  { name: 'maxFeatures', control: 'number', usual: '100,000', range: [1, 1e6], whole: true, nested: true },
  { name: 'lowercase', control: 'select', choices: ['true', 'false'], usual: 'yes', nested: true },
  { name: 'stripAccents', control: 'select', choices: ['unicode', 'ascii'], usual: 'stay', nested: true },
  { name: 'stopWords', control: 'select', choices: ['english'], usual: 'stay', nested: true },
  { name: 'sublinearTf', control: 'select', choices: ['true', 'false'], usual: 'its logarithm', nested: true },
]

function treatment(texts: ColumnTexts, learner: Learner): Option[] {
  const by = (sums: string, trees: string): string => ({ sums, trees, both: `${sums}; trees: ${trees}` })[learner]
  // Sums cannot add what is missing; a definition that says so is refused.
  const choices = ['mean', 'median', 'mode', 'constant', ...(learner === 'trees' || texts.impute === 'none' ? ['none'] : [])]
  return [
    { name: 'impute', control: 'select', choices, usual: by('median', 'stay missing') },
    ...(texts.impute === 'constant' ? [{ name: 'fill', control: 'number' as const, usual: '0', range: [-1e38, 1e38] as const }] : []),
    { name: 'indicator', control: 'select', choices: ['auto', 'true', 'false'], usual: by('when one was missing', 'never') },
    scaling(learner),
  ]
}

function scaling(learner: Learner): Option {
  const usual = { sums: 'one scale', trees: 'as it is', both: 'one scale; trees: as it is' }[learner]
  return { name: 'scale', control: 'select', choices: ['standard', 'min-max', 'robust', 'none'], usual }
}

/** Of a column that is not prepared there are none. */
export function textsOf(spec: ColumnPreparation | undefined): ColumnTexts {
  if (spec === undefined) return {}
  const { kind, options, parts, categories, ...plain } = spec as ColumnPreparation & Record<string, unknown>
  const { ngramRange, ...nested } = (options ?? {}) as { readonly ngramRange?: readonly number[] }
  const texts: Record<string, string> = kind === 'one-hot' || kind === 'ordinal' || kind === 'target' ? { kind } : {}
  for (const [name, value] of Object.entries({ ...plain, ...nested })) if (value !== undefined) texts[name] = String(value)
  if (Array.isArray(parts)) texts.parts = parts.join(',')
  if (Array.isArray(categories)) texts.categories = categories.join('\n')
  if (ngramRange !== undefined) Object.assign(texts, { ngramMin: String(ngramRange[0]), ngramMax: String(ngramRange[1]) })
  return texts
}

export interface ReadColumn {
  /** Undefined: as usual. */
  readonly spec: ColumnPreparation | undefined
  /** Paths are names of options. */
  readonly errors: readonly FieldError[]
}

export function specOf(type: ColumnType, texts: ColumnTexts, learner: Learner): ReadColumn {
  const kind = encodingOf(type, texts)
  const errors: FieldError[] = []
  const plain: Record<string, unknown> = {}
  const nested: Record<string, unknown> = {}
  for (const option of optionsOf(type, texts, learner)) {
    const text = (texts[option.name] ?? '').trim()
    if (text === '') continue
    const value = readValue(option, text, errors)
    if (value !== undefined) (option.nested ? nested : plain)[option.name] = value
  }
  const { ngramMin, ngramMax, ...others } = nested
  if ((ngramMin === undefined) !== (ngramMax === undefined))
    errors.push({ path: ngramMin === undefined ? 'ngramMin' : 'ngramMax', message: words.both })
  const options = ngramMin === undefined ? others : { ...others, ngramRange: [ngramMin, ngramMax] }
  const said = { ...plain, ...(Object.keys(options).length > 0 ? { options } : {}) }
  const isUsual = kind === undefined || (type !== 'category' && Object.keys(said).length === 0)
  return { spec: isUsual ? undefined : ({ kind, ...said } as ColumnPreparation), errors }
}

function readValue({ name, control, range, whole }: Option, text: string, errors: FieldError[]): unknown {
  if (control === 'lines') {
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  }
  if (control === 'parts') return text.split(',')
  if (control === 'select') return text === 'true' ? true : text === 'false' ? false : text
  if (control === 'text' && text === 'missing') return text
  // People write 0,5 as well as 0.5.
  const value = Number(text.replace(',', '.'))
  const [low, high] = range ?? [-1e38, 1e38]
  const fail = (message: string): undefined => void errors.push({ path: name, message })
  if (!Number.isFinite(value)) return fail(words.notNumber(text))
  if (whole && !Number.isInteger(value)) return fail(words.notWhole(text))
  return value < low || value > high ? fail(words.outside(low, high)) : value
}

/** What is said of a column, in a line; undefined when nothing is. */
export function summaryOf(type: ColumnType, texts: ColumnTexts, learner: Learner): string | undefined {
  const said = optionsOf(type, texts, learner).flatMap((option) => {
    const text = (texts[option.name] ?? '').trim()
    return text === '' ? [] : [`${optionWords[option.name]?.short ?? option.name}: ${shownValue(option, text)}`]
  })
  const encoding = type === 'category' ? encodingWords[texts.kind as keyof typeof encodingWords] : undefined
  const parts = [...(encoding === undefined ? [] : [encoding.toLowerCase()]), ...said]
  return parts.length === 0 ? undefined : parts.join(' · ')
}

function shownValue({ name, control }: Option, text: string): string {
  const shown = (value: string): string => (choiceWords[name]?.[value] ?? value).toLowerCase()
  if (control === 'parts') return text.split(',').map(shown).join(', ')
  return control === 'lines' ? text.split('\n').filter(Boolean).join(' < ') : shown(text)
}

/** The option that an error of the server is about: `/preparation/city/options/minDf` is about minDf. */
export function optionOfPath(path: string): string {
  const [option = 'kind', inner] = path.split('/')
  const name = option === 'options' ? (inner ?? 'analyzer') : option
  return name === 'ngramRange' ? 'ngramMin' : name
}

// An additive model in a .tdm file: how features become columns in the header, weights and vocabularies in sections. Everything is
// checked before the first row is read.
import { TandemError } from '../../errors.ts'
import type { AdditiveModel } from '../tabular/additive-model.ts'
import type { FeatureColumns } from '../tabular/fit-features.ts'
import type { Json } from './canonical-json.ts'
import type { ModelHeader } from './ensemble-file.ts'
import { decodeTdm, encodeTdm, type SectionArray, type TdmContent, type TdmOptions } from './tdm.ts'

export const ADDITIVE_FORM = 'additive-model'

export interface DecodedAdditive {
  readonly additive: AdditiveModel
  /** What the writer put beside the model. */
  readonly header: ModelHeader
}

/**
 * Writes an additive model with a header of the caller's; the same model and header give the same bytes.
 *
 * @throws   `artifact_damaged` for a model that no reader would accept; `invalid_input` for a header that JSON cannot keep.
 */
export function encodeAdditive(additive: AdditiveModel, header: ModelHeader = {}, options: TdmOptions = {}): Uint8Array {
  checkAdditive(additive)
  const { kind: _, columns, base, first, second, means, importances, ...shape } = additive
  const { features, ...place } = columns
  return encodeTdm(
    {
      header: { form: ADDITIVE_FORM, additive: { ...shape, ...place, features: features.map(described) }, model: header },
      sections: {
        ...{ base, first, second, means, importances },
        frequent: joined(
          features.flatMap((feature) => (feature.kind === 'category' ? [feature.frequent] : [])),
          Int32Array,
        ),
        idf: joined(
          features.flatMap((feature) => (feature.kind === 'text' ? [feature.idf] : [])),
          Float64Array,
        ),
        // Words hold no line ends.
        terms: new TextEncoder().encode(features.flatMap((feature) => (feature.kind === 'text' ? feature.vocabulary : [])).join('\n')),
      },
    },
    options,
  )
}

/**
 * Reads an additive model; its arrays are views into `bytes`, which must not change afterwards.
 *
 * @throws   `artifact_damaged` when anything in the file is wrong, or it holds something else.
 */
export function decodeAdditive(bytes: Uint8Array, options: TdmOptions = {}): DecodedAdditive {
  return additiveOf(decodeTdm(bytes, options))
}

/** As `decodeAdditive`, of a file that was read already. */
export function additiveOf({ header, sections }: TdmContent): DecodedAdditive {
  if (header.form !== ADDITIVE_FORM) throw damaged(`it holds "${header.form}", not "${ADDITIVE_FORM}"`)
  const shape = record(header.additive, 'additive')
  const take = <Kind extends SectionArray>(name: string, type: new (...parts: never[]) => Kind): Kind => {
    const section = sections[name]
    if (section instanceof type) return section
    throw damaged(`section "${name}" is ${section === undefined ? 'absent' : `a ${section.constructor.name}`}, expected a ${type.name}`)
  }
  if (!Array.isArray(shape.features)) throw damaged('its header lists no features')
  const text = decodedText(take('terms', Uint8Array))
  const tables = { frequent: take('frequent', Int32Array), idf: take('idf', Float64Array), terms: text === '' ? [] : text.split('\n') }
  const additive: AdditiveModel = {
    kind: 'additive',
    // checkAdditive checks these names and numbers; until then they are whatever the file says.
    nFeatures: shape.nFeatures as number,
    nClasses: shape.nClasses as number,
    nScores: shape.nScores as number,
    term: shape.term as AdditiveModel['term'],
    link: shape.link as AdditiveModel['link'],
    columns: { features: readFeatures(shape.features, tables), nColumns: shape.nColumns as number, clamped: shape.clamped === true },
    base: take('base', Float64Array),
    first: take('first', Float64Array),
    second: take('second', Float64Array),
    means: take('means', Float64Array),
    importances: take('importances', Float64Array),
  }
  checkAdditive(additive)
  return { additive, header: record(header.model, 'model') }
}

function described(feature: FeatureColumns): Json {
  if (feature.kind === 'number') return { ...feature }
  const { kind, first } = feature
  if (feature.kind === 'text') return { kind, first, terms: feature.vocabulary.length }
  return { kind, first, frequent: feature.frequent.length, rare: feature.rare, missing: feature.missing }
}

interface Tables {
  readonly frequent: Int32Array
  readonly idf: Float64Array
  readonly terms: readonly string[]
}

function readFeatures(given: readonly Json[], { frequent, idf, terms }: Tables): FeatureColumns[] {
  let [atFrequent, atTerm] = [0, 0]
  const features = given.map((each, index): FeatureColumns => {
    const about = record(each, `features[${index}]`)
    const first = count(about.first, `first column of feature ${index}`)
    if (about.kind === 'number') {
      const numbers = [about.fill, about.center, about.factor]
      if (!numbers.every(Number.isFinite)) throw damaged(`feature ${index} is scaled by ${numbers.join(', ')}`)
      const [fill, center, factor] = numbers as [number, number, number]
      return { kind: 'number', first, fill, center, factor, indicator: about.indicator === true }
    }
    if (about.kind === 'category') {
      const own = frequent.subarray(atFrequent, atFrequent + count(about.frequent, `categories of feature ${index}`))
      atFrequent += own.length
      return { kind: 'category', first, frequent: own, rare: about.rare === true, missing: about.missing === true }
    }
    if (about.kind !== 'text') throw damaged(`feature ${index} is of the unknown kind "${about.kind}"`)
    const end = atTerm + count(about.terms, `terms of feature ${index}`)
    const columns: FeatureColumns = { kind: 'text', first, vocabulary: terms.slice(atTerm, end), idf: idf.subarray(atTerm, end) }
    atTerm = end
    return columns
  })
  if (atFrequent !== frequent.length || atTerm !== terms.length || atTerm !== idf.length) {
    throw damaged(`its features use ${atFrequent} categories and ${atTerm} terms of ${frequent.length} and ${terms.length}`)
  }
  return features
}

function checkAdditive({
  nFeatures,
  nClasses,
  nScores,
  term,
  link,
  columns,
  base,
  first,
  second,
  means,
  importances,
}: AdditiveModel): void {
  const { features, nColumns } = columns
  const scores = { identity: 1, sigmoid: 1, softmax: nClasses, 'one-vs-rest': nClasses }[link]
  const classes = link === 'identity' ? nClasses === 0 : link === 'sigmoid' ? nClasses === 2 : nClasses >= 2
  if (scores !== nScores || !classes || !['linear', 'bernoulli', 'gaussian'].includes(term)) {
    throw damaged(`${nScores} scores of ${nClasses} classes by ${link} and ${term} make no model`)
  }
  let next = 0
  for (const [index, feature] of features.entries()) {
    if (feature.first !== next) throw damaged(`feature ${index} begins at column ${feature.first}, expected ${next}`)
    next += width(feature)
    if (feature.kind === 'category' && feature.frequent.some((code, at) => code < 0 || (at > 0 && code <= feature.frequent[at - 1]!))) {
      throw damaged(`the categories of feature ${index} do not ascend`)
    }
  }
  if (next !== nColumns || features.length !== nFeatures)
    throw damaged(`its ${features.length} features have ${next} columns, expected ${nColumns} of ${nFeatures}`)
  // A model without any column keeps one weight that nothing reads.
  const weights = Math.max(1, nColumns) * nScores
  const lengths = [
    ['base', base.length, nScores],
    ['first', first.length, weights],
    ['second', second.length, term === 'gaussian' ? weights : 0],
    ['means', means.length, nFeatures * nScores],
    ['importances', importances.length, nFeatures],
  ] as const
  for (const [name, length, expected] of lengths)
    if (length !== expected) throw damaged(`section "${name}" has ${length} numbers, expected ${expected}`)
  for (const [name, values] of Object.entries({ base, first, second, means, importances })) {
    const wrong = values.findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0) throw damaged(`number ${wrong} of section "${name}" is ${values[wrong]}`)
  }
}

function width(feature: FeatureColumns): number {
  if (feature.kind === 'number') return feature.indicator ? 2 : 1
  return feature.kind === 'text' ? feature.vocabulary.length : feature.frequent.length + Number(feature.rare) + Number(feature.missing)
}

function joined<A extends Int32Array | Float64Array>(arrays: readonly A[], Type: new (length: number) => A): A {
  const all = new Type(arrays.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const array of arrays) {
    all.set(array, at)
    at += array.length
  }
  return all
}

function count(value: Json | undefined, what: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw damaged(`the ${what} is ${value}, expected a whole number`)
}

function decodedText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw damaged('its terms are no UTF-8', cause)
  }
}

function record(value: unknown, name: string): Readonly<Record<string, Json>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, Json>
  throw damaged(`its header has no object "${name}"`)
}

function damaged(what: string, cause?: unknown): TandemError {
  const message = `The model file is damaged: ${what}. It was changed, or made by something else. Restore it from a copy, or train again.`
  return new TandemError('artifact_damaged', message, cause === undefined ? {} : { cause })
}

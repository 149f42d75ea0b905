// An additive model in a .tdm file: its columns (columns-file.ts), and its weights in sections. Everything is checked before the first row
// is read.
import { TandemError } from '../../errors.ts'
import type { AdditiveModel } from '../tabular/additive-model.ts'
import type { Json } from './canonical-json.ts'
import { packColumns, unpackColumns } from './columns-file.ts'
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
  const packed = packColumns(columns)
  return encodeTdm(
    {
      header: { form: ADDITIVE_FORM, additive: { ...shape, ...packed.header }, model: header },
      sections: { base, first, second, means, importances, ...packed.sections },
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
  const additive: AdditiveModel = {
    kind: 'additive',
    // checkAdditive checks these names and numbers; until then they are whatever the file says.
    nFeatures: shape.nFeatures as number,
    nClasses: shape.nClasses as number,
    nScores: shape.nScores as number,
    term: shape.term as AdditiveModel['term'],
    link: shape.link as AdditiveModel['link'],
    columns: unpackColumns(shape, sections),
    base: take('base', Float64Array),
    first: take('first', Float64Array),
    second: take('second', Float64Array),
    means: take('means', Float64Array),
    importances: take('importances', Float64Array),
  }
  checkAdditive(additive)
  return { additive, header: record(header.model, 'model') }
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
  if (features.length !== nFeatures) throw damaged(`its columns are those of ${features.length} features, expected ${nFeatures}`)
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

function record(value: unknown, name: string): Readonly<Record<string, Json>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, Json>
  throw damaged(`its header has no object "${name}"`)
}

function damaged(what: string): TandemError {
  return new TandemError(
    'artifact_damaged',
    `The model file is damaged: ${what}. It was changed, or made by something else. Restore it from a copy, or train again.`,
  )
}

// Trees on prepared features in a .tdm file: the trees are a file of their own inside it, the columns stand as columns-file.ts writes them.
// Files of before dates and categories could be prepared hold a model for each text instead; they are read as what they mean.
import { TandemError } from '../../errors.ts'
import { columnWidth } from '../columns/column-kinds.ts'
import type { FittedTextScore, PlacedColumn } from '../columns/column-spec.ts'
import { AS_IT_IS } from '../columns/number-rule.ts'
import type { AdditiveModel } from '../tabular/additive-model.ts'
import { joinPreparedTrees, type PreparedTrees } from '../tabular/prepared-trees.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { decodeAdditive } from './additive-file.ts'
import type { Json } from './canonical-json.ts'
import { packColumns, unpackColumns } from './columns-file.ts'
import { decodeEnsemble, encodeEnsemble, type ModelHeader } from './ensemble-file.ts'
import { encodeTdm, type TdmContent, type TdmOptions } from './tdm.ts'

export const PREPARED_TREES_FORM = 'prepared-trees'
/** Of files from before. */
export const TEXT_TREES_FORM = 'text-trees'

/**
 * Writes trees and how their features are prepared, with a header of the caller's.
 *
 * @throws   `artifact_damaged` for a model that no reader would accept; `invalid_input` for a header that JSON cannot keep.
 */
export function encodePreparedTrees({ ensemble, columns }: PreparedTrees, header: ModelHeader = {}, options: TdmOptions = {}): Uint8Array {
  const packed = packColumns(columns)
  return encodeTdm(
    {
      header: { form: PREPARED_TREES_FORM, columns: packed.header, model: header },
      sections: { trees: encodeEnsemble(ensemble, {}, options), ...packed.sections },
    },
    options,
  )
}

/** @throws `artifact_damaged` when any part of the file is wrong, or the parts do not fit together. */
export function preparedTreesOf(
  content: TdmContent,
  options: TdmOptions = {},
): { readonly trees: PreparedTrees; readonly header: ModelHeader } {
  const { columns, model } = content.header
  const { trees } = content.sections
  if (!(trees instanceof Uint8Array)) throw damaged('it has no trees')
  const { ensemble } = decodeEnsemble(trees, options)
  const header = record(model, 'model')
  if (content.header.form === TEXT_TREES_FORM) return { trees: fromTextTrees(content, ensemble, options), header }
  return { trees: joined(unpackColumns(record(columns, 'columns'), content.sections), ensemble), header }
}

function joined(columns: PreparedTrees['columns'], ensemble: TreeEnsemble): PreparedTrees {
  const { nClasses, nFeatures } = ensemble
  if (nFeatures !== columns.nColumns) throw damaged(`its trees read ${nFeatures} columns, but its features make ${columns.nColumns}`)
  const odd = columns.features.find((column) => column.kind === 'text-score' && column.base.length !== (nClasses > 2 ? nClasses : 1))
  if (odd !== undefined) throw damaged(`the text at column ${odd.first} is scored for another task`)
  return joinPreparedTrees(columns, ensemble)
}

/** Those trees see all features, a text as 0 or missing, and the scores of the texts behind them all; now they stand behind their text. */
function fromTextTrees({ header, sections }: TdmContent, ensemble: TreeEnsemble, options: TdmOptions): PreparedTrees {
  const { nFeatures, texts } = header
  if (!Number.isSafeInteger(nFeatures) || (nFeatures as number) < 0 || !Array.isArray(texts)) {
    throw damaged('its header does not say which features are texts')
  }
  const { nClasses } = ensemble
  if ((nFeatures as number) > ensemble.nFeatures) throw damaged(`its trees read ${ensemble.nFeatures} columns of ${nFeatures} features`)
  const scorers = new Map<number, FittedTextScore>()
  for (const feature of texts) {
    const part = sections[`text${feature}`]
    if (!(part instanceof Uint8Array)) throw damaged(`it has no part "text${feature}"`)
    if (!Number.isSafeInteger(feature) || (feature as number) >= (nFeatures as number) || (feature as number) < 0) {
      throw damaged(`text ${feature} is none of its ${nFeatures} features`)
    }
    const { additive } = decodeAdditive(part, options)
    scorers.set(feature as number, scorerOf(additive, nClasses, feature as number))
  }
  const places: number[] = []
  const features: PlacedColumn[] = []
  const scores = nClasses > 2 ? nClasses : 1
  const order = [...scorers.keys()]
  for (let feature = 0; feature < (nFeatures as number); feature++) {
    const first = places.length
    const scorer = scorers.get(feature)
    features.push(scorer === undefined ? { kind: 'number', ...AS_IT_IS, indicator: false, first } : { ...scorer, first })
    places.push(feature)
    const behind = (nFeatures as number) + order.indexOf(feature) * scores
    if (scorer !== undefined) for (let k = 0; k < scores; k++) places.push(behind + k)
  }
  const nColumns = features.reduce((sum, column) => sum + columnWidth(column), 0)
  if (ensemble.nFeatures !== nColumns) throw damaged(`its trees read ${ensemble.nFeatures} columns, expected ${nColumns}`)
  return joined({ features, nColumns, clamped: false }, reordered(ensemble, places))
}

function scorerOf({ columns, nFeatures, nClasses, base, first, link }: AdditiveModel, classes: number, feature: number): FittedTextScore {
  const own = columns.features[0]
  const scores = classes > 2 ? classes : 1
  if (nClasses !== classes || nFeatures !== 1 || own?.kind !== 'text' || link === 'one-vs-rest' || base.length !== scores) {
    throw damaged(`the model of text ${feature} is of another task`)
  }
  const { options, vocabulary, idf } = own
  const weights = Array.from(first.subarray(0, vocabulary.length * scores))
  return { kind: 'text-score', options, vocabulary, idf, link, base: Array.from(base), weights }
}

/** The same trees on features in another order: `places` says which each new one was. */
function reordered(ensemble: TreeEnsemble, places: readonly number[]): TreeEnsemble {
  const placeOf = new Int32Array(places.length)
  for (const [place, was] of places.entries()) placeOf[was] = place
  const { feature, importances, categoryStarts, categoryBins } = ensemble
  const moved = {
    ...ensemble,
    feature: feature.map((was) => (was < 0 ? was : placeOf[was]!)),
    importances: Float64Array.from(places, (was) => importances[was]!),
  }
  if (categoryStarts === undefined || categoryBins === undefined) return moved
  const parts = places.map((was) => categoryBins.subarray(categoryStarts[was]!, categoryStarts[was + 1]!))
  const starts = new Uint32Array(places.length + 1)
  for (const [place, part] of parts.entries()) starts[place + 1] = starts[place]! + part.length
  const bins = new Uint8Array(categoryBins.length)
  for (const [place, part] of parts.entries()) bins.set(part, starts[place])
  return { ...moved, categoryStarts: starts, categoryBins: bins }
}

function record(value: unknown, name: string): Readonly<Record<string, Json>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, Json>
  throw damaged(`its header has no object "${name}"`)
}

function damaged(what: string): TandemError {
  return new TandemError('artifact_damaged', `The model file is damaged: ${what}. Restore it from a copy, or train again.`)
}

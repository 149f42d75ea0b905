// Trees on a table with texts in a .tdm file: the trees and the model of each text are files of their own inside it.
import { TandemError } from '../../errors.ts'
import { foldColumns, type TextTrees } from '../tabular/text-trees.ts'
import { decodeAdditive, encodeAdditive } from './additive-file.ts'
import { decodeEnsemble, encodeEnsemble, type ModelHeader } from './ensemble-file.ts'
import { encodeTdm, type TdmContent, type TdmOptions } from './tdm.ts'

export const TEXT_TREES_FORM = 'text-trees'

/**
 * Writes trees and the models of their texts with a header of the caller's.
 *
 * @throws   `artifact_damaged` for a model that no reader would accept; `invalid_input` for a header that JSON cannot keep.
 */
export function encodeTextTrees(
  { ensemble, scorers, nFeatures }: TextTrees,
  header: ModelHeader = {},
  options: TdmOptions = {},
): Uint8Array {
  const texts = Object.fromEntries(scorers.map(({ feature, model }) => [`text${feature}`, encodeAdditive(model, {}, options)]))
  return encodeTdm(
    {
      header: { form: TEXT_TREES_FORM, nFeatures, texts: scorers.map(({ feature }) => feature), model: header },
      sections: { trees: encodeEnsemble(ensemble, {}, options), ...texts },
    },
    options,
  )
}

/** @throws `artifact_damaged` when any part of the file is wrong, or the parts do not fit together. */
export function textTreesOf(
  { header, sections }: TdmContent,
  options: TdmOptions = {},
): { readonly textTrees: TextTrees; readonly header: ModelHeader } {
  const { nFeatures, texts, model } = header
  const part = (name: string): Uint8Array => {
    const section = sections[name]
    if (section instanceof Uint8Array) return section
    throw damaged(`it has no part "${name}"`)
  }
  if (!Number.isSafeInteger(nFeatures) || !Array.isArray(texts) || typeof model !== 'object' || model === null) {
    throw damaged('its header does not say which features are texts')
  }
  const { ensemble } = decodeEnsemble(part('trees'), options)
  const { nClasses } = ensemble
  const scorers = texts.map((feature) => {
    const { additive } = decodeAdditive(part(`text${feature}`), options)
    if (!Number.isSafeInteger(feature) || (feature as number) >= (nFeatures as number) || (feature as number) < 0) {
      throw damaged(`text ${feature} is none of its ${nFeatures} features`)
    }
    if (additive.nClasses !== nClasses || additive.nFeatures !== 1) throw damaged(`the model of text ${feature} is of another task`)
    return { feature: feature as number, model: additive }
  })
  const shape = { nFeatures: nFeatures as number, nClasses, scorers }
  const columns = shape.nFeatures + scorers.length * (nClasses > 2 ? nClasses : 1)
  if (ensemble.nFeatures !== columns) throw damaged(`its trees read ${ensemble.nFeatures} columns, expected ${columns}`)
  const importances = foldColumns(ensemble.importances, shape)
  return { textTrees: { kind: 'text-trees', ...shape, ensemble, importances }, header: model as ModelHeader }
}

function damaged(what: string): TandemError {
  return new TandemError('artifact_damaged', `The model file is damaged: ${what}. Restore it from a copy, or train again.`)
}

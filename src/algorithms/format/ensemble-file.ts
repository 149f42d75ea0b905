// Trees in a .tdm file: 13 bytes a node, read without copying, every index checked before the first walk.
import { TandemError } from '../../errors.ts'
import { type TreeEnsemble, validateEnsemble } from '../tree/ensemble.ts'
import type { Json } from './canonical-json.ts'
import { decodeTdm, encodeTdm, type SectionArray, type TdmOptions } from './tdm.ts'

export type ModelHeader = Readonly<Record<string, Json | undefined>>

export interface DecodedEnsemble {
  readonly ensemble: TreeEnsemble
  /** What the writer put beside the trees: feature names, classes, parameters, metrics. */
  readonly header: ModelHeader
}

const FORM = 'tree-ensemble'

/**
 * Writes trees with a header of the caller's; the same model and header give the same bytes.
 *
 * @throws   `artifact_damaged` for trees that no reader would accept; `invalid_input` for a header that JSON cannot keep.
 */
export function encodeEnsemble(ensemble: TreeEnsemble, header: ModelHeader = {}, options: TdmOptions = {}): Uint8Array {
  checkEnsemble(ensemble)
  const { kind, task, nFeatures, nClasses, nTrees, leafSize, ...arrays } = ensemble
  const { feature, threshold, left, missingLeft, leafValues, roots, baseScores, importances } = arrays
  return encodeTdm(
    {
      header: { form: FORM, ensemble: { kind, task, nFeatures, nClasses, nTrees, leafSize }, model: header },
      sections: { feature, threshold, left, missingLeft, leafValues, roots, baseScores, importances },
    },
    options,
  )
}

/**
 * Reads trees; their arrays are views into `bytes`, which must not change afterwards.
 *
 * @throws   `artifact_damaged` when the file or any index in the trees is wrong, or it holds something else.
 */
export function decodeEnsemble(bytes: Uint8Array, options: TdmOptions = {}): DecodedEnsemble {
  const { header, sections } = decodeTdm(bytes, options)
  if (header.form !== FORM) throw damaged(`it holds "${header.form}", not "${FORM}"`)
  const shape = record(header.ensemble, 'ensemble')
  const model = record(header.model, 'model')
  const take = <Kind extends SectionArray>(name: string, type: new (...parts: never[]) => Kind): Kind => {
    const section = sections[name]
    if (section instanceof type) return section
    throw damaged(`section "${name}" is ${section === undefined ? 'absent' : `a ${section.constructor.name}`}, expected a ${type.name}`)
  }
  const ensemble: TreeEnsemble = {
    // validateEnsemble checks these names and numbers; until then they are whatever the file says.
    kind: shape.kind as TreeEnsemble['kind'],
    task: shape.task as TreeEnsemble['task'],
    nFeatures: shape.nFeatures as number,
    nClasses: shape.nClasses as number,
    nTrees: shape.nTrees as number,
    leafSize: shape.leafSize as number,
    feature: take('feature', Int32Array),
    threshold: take('threshold', Float32Array),
    left: take('left', Uint32Array),
    missingLeft: take('missingLeft', Uint8Array),
    leafValues: take('leafValues', Float32Array),
    roots: take('roots', Uint32Array),
    baseScores: take('baseScores', Float64Array),
    importances: take('importances', Float64Array),
  }
  checkEnsemble(ensemble)
  return { ensemble, header: model }
}

function checkEnsemble(ensemble: TreeEnsemble): void {
  validateEnsemble(ensemble)
  const { missingLeft } = ensemble
  for (let node = 0; node < missingLeft.length; node++) {
    // The walk adds this to twice the feature: 2 would ask for the next feature.
    if (missingLeft[node]! > 1) throw damaged(`node ${node} has the missing-value direction ${missingLeft[node]}, expected 0 or 1`)
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

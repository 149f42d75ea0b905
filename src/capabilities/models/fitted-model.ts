// The one seam between algorithms and everything that uses a model: what a fitted model of any family must be able to do. A family
// is one entry of the table below; training, serving, explaining and the model file know nothing else of it.
import { tellsUnseenCategory } from '../../algorithms/columns/column-kinds.ts'
import type { FittedColumns } from '../../algorithms/columns/column-spec.ts'
import type { ReadDocument } from '../../algorithms/columns/table.ts'
import { ADDITIVE_FORM, additiveOf, encodeAdditive } from '../../algorithms/format/additive-file.ts'
import { encodeEnsemble, ensembleOf, type ModelHeader as FileHeader } from '../../algorithms/format/ensemble-file.ts'
import { encodePreparedTrees, PREPARED_TREES_FORM, preparedTreesOf, TEXT_TREES_FORM } from '../../algorithms/format/prepared-trees-file.ts'
import { decodeTdm, type TdmContent } from '../../algorithms/format/tdm.ts'
import { type AdditiveModel, additiveOutputs } from '../../algorithms/tabular/additive-model.ts'
import { createAdditivePredictor, predictAdditive } from '../../algorithms/tabular/predict-additive.ts'
import {
  createPreparedTreesPredictor,
  type PreparedTrees,
  predictPreparedTrees,
  preparedTreesOutputs,
} from '../../algorithms/tabular/prepared-trees.ts'
import type { TreeEnsemble } from '../../algorithms/tree/ensemble.ts'
import { compileEnsemble, outputCount, predictInto, predictRows } from '../../algorithms/tree/predict.ts'
import { sha256 } from '../../platform/storage/sha256.ts'

/** Plain data, told apart by `kind`: what threads send and files hold. */
export type FittedModel = TreeEnsemble | AdditiveModel | PreparedTrees

/** Writes the number or the probabilities of the row at `offset` of x to `out[at ..]`. */
export type PredictInto = (x: Float32Array, offset: number, out: Float64Array, at: number) => void

interface Family<Fitted> {
  /** Numbers a row is answered with: one, or one a class. */
  readonly outputs: (fitted: Fitted) => number
  readonly predictRows: (fitted: Fitted, x: Float32Array, rows: number, readDocument: ReadDocument | undefined) => Float64Array
  /** For one row at a time: the hot path, which allocates nothing for a row without texts. */
  readonly compile: (fitted: Fitted, readDocument: ReadDocument | undefined) => PredictInto
  /** Whether a category after the last of training is one to it, and not taken for a number. */
  readonly tellsUnseen: (fitted: Fitted, feature: number) => boolean
  /** Steps that one row takes, to bound work before it is begun. */
  readonly steps: (fitted: Fitted) => number
  readonly encode: (fitted: Fitted, header: FileHeader) => Uint8Array
  readonly decode: (file: TdmContent) => { readonly fitted: Fitted; readonly header: FileHeader }
}

const options = { sha256 }

/** Trees that split on sets of categories put all that they have not seen with the rare ones. */
const splitsOnSets = ({ categoryStarts }: TreeEnsemble, feature: number): boolean =>
  categoryStarts !== undefined && categoryStarts[feature + 1]! > categoryStarts[feature]!

const trees: Family<TreeEnsemble> = {
  tellsUnseen: splitsOnSets,
  outputs: outputCount,
  predictRows,
  compile: (ensemble) => {
    const compiled = compileEnsemble(ensemble)
    return (x, offset, out, at) => predictInto(compiled, x, offset, out, at)
  },
  steps: ({ nTrees }) => nTrees,
  encode: (ensemble, header) => encodeEnsemble(ensemble, header, options),
  decode: (file) => {
    const { ensemble, header } = ensembleOf(file)
    return { fitted: ensemble, header }
  },
}

/** A text is cut into words and looked up, which takes as long as some hundred trees. */
const STEPS_OF_TEXT = 300

const additive: Family<AdditiveModel> = {
  tellsUnseen: ({ columns }, feature) => tellsUnseenCategory(columns.features[feature]!),
  outputs: additiveOutputs,
  predictRows: (model, x, rows, readDocument) => predictAdditive(model, { x, rows, ...(readDocument ? { readDocument } : {}) }),
  compile: (model, readDocument) => {
    const predictor = createAdditivePredictor(model)
    return (x, offset, out, at) => predictor.predictInto(x, offset, readDocument, out, at)
  },
  steps: ({ columns }) => stepsOfColumns(columns),
  encode: (model, header) => encodeAdditive(model, header, options),
  decode: (file) => {
    const { additive: fitted, header } = additiveOf(file)
    return { fitted, header }
  },
}

const preparedTrees: Family<PreparedTrees> = {
  tellsUnseen: ({ ensemble, columns }, feature) =>
    tellsUnseenCategory(columns.features[feature]!) || splitsOnSets(ensemble, columns.features[feature]!.first),
  outputs: preparedTreesOutputs,
  predictRows: (model, x, rows, readDocument) => predictPreparedTrees(model, { x, rows, ...(readDocument ? { readDocument } : {}) }),
  compile: (model, readDocument) => {
    const predictor = createPreparedTreesPredictor(model)
    return (x, offset, out, at) => predictor.predictInto(x, offset, readDocument, out, at)
  },
  steps: ({ ensemble, columns }) => ensemble.nTrees + stepsOfColumns(columns),
  encode: (model, header) => encodePreparedTrees(model, header, options),
  decode: (file) => {
    const { trees: fitted, header } = preparedTreesOf(file, options)
    return { fitted, header }
  },
}

function stepsOfColumns({ features }: FittedColumns): number {
  return features.reduce((sum, { kind }) => sum + (kind === 'text' || kind === 'text-score' ? STEPS_OF_TEXT : 1), 0)
}

/** By the `kind` that a fitted model says it is. */
const FAMILIES = { 'random-forest': trees, 'boosted-trees': trees, 'prepared-trees': preparedTrees, additive } as const

const familyOf = <Fitted extends FittedModel>(fitted: Fitted): Family<Fitted> => FAMILIES[fitted.kind] as unknown as Family<Fitted>

export const fittedOutputs = (fitted: FittedModel): number => familyOf(fitted).outputs(fitted)
export const stepsOf = (fitted: FittedModel): number => familyOf(fitted).steps(fitted)

/** @returns  shape (rows, outputs), row-major. */
export function predictFitted(fitted: FittedModel, x: Float32Array, rows: number, readDocument?: ReadDocument): Float64Array {
  return familyOf(fitted).predictRows(fitted, x, rows, readDocument)
}

export function tellsUnseen(fitted: FittedModel, feature: number): boolean {
  return familyOf(fitted).tellsUnseen(fitted, feature)
}

export function compileFitted(fitted: FittedModel, readDocument?: ReadDocument): PredictInto {
  return familyOf(fitted).compile(fitted, readDocument)
}

export function encodeFitted(fitted: FittedModel, header: FileHeader): Uint8Array {
  return familyOf(fitted).encode(fitted, header)
}

/** @throws `artifact_damaged` when any check of the file fails, or it is of no known family. */
export function decodeFitted(bytes: Uint8Array): { readonly fitted: FittedModel; readonly header: FileHeader } {
  const file = decodeTdm(bytes, options)
  const { form } = file.header
  return form === ADDITIVE_FORM
    ? additive.decode(file)
    : form === PREPARED_TREES_FORM || form === TEXT_TREES_FORM
      ? preparedTrees.decode(file)
      : trees.decode(file)
}

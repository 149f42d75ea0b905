// Runs in a thread: which library a model file is of, and the model in it. Nothing in a file is executed.
import { importTreesJson } from '../../../algorithms/format/ensemble-json.ts'
import { importLightGbm } from '../../../algorithms/format/import-lightgbm.ts'
import { importOnnx } from '../../../algorithms/format/import-onnx.ts'
import { importSklearn } from '../../../algorithms/format/import-sklearn.ts'
import { importXgBoost } from '../../../algorithms/format/import-xgboost.ts'
import { linearAsAdditive } from '../../../algorithms/format/linear-as-additive.ts'
import { TandemError } from '../../../errors.ts'
import { type AlgorithmName, type FittedModel, type ModelHeader, openModelFile } from '../../models/index.ts'
import type { ModelFileFormat } from './schema.ts'

export interface ReadModel {
  readonly format: ModelFileFormat
  readonly fitted: FittedModel
  readonly algorithm: AlgorithmName
  /** As the file names them; empty when it does not. */
  readonly featureNames: readonly string[]
  /** Labels in the order of the codes; empty for regression, and where the file does not name them. */
  readonly classes: readonly string[]
  /** Whether a value may be missing. */
  readonly takesGaps: boolean
  /** Of a version of Tandem alone. */
  readonly header?: ModelHeader
}

/** Names that LightGBM and XGBoost make up. */
const MADE_UP = /^(Column_|f)\d+$/

/** @throws `invalid_input` for bytes of no known library, or a model that cannot be taken over; `artifact_damaged`. */
export function readModelFile(bytes: Uint8Array, asked: ModelFileFormat | undefined): ReadModel {
  const format = asked ?? formatOf(bytes)
  if (format === 'tdm') {
    const { header, fitted } = openModelFile(bytes, { name: 'import', version: 'import', artifact: '' })
    const { algorithm, classes, features } = header
    return { format, fitted, algorithm, classes, featureNames: features.map(({ name }) => name), takesGaps: true, header }
  }
  if (format === 'onnx') {
    const { ensemble, featureNames, classes } = importOnnx(bytes)
    return trees(format, ensemble, featureNames, classes)
  }
  const text = textOf(bytes, format)
  if (format === 'lightgbm') {
    const { ensemble, featureNames } = importLightGbm(text)
    return trees(format, ensemble, featureNames)
  }
  if (format === 'xgboost') {
    const { ensemble, featureNames } = importXgBoost(text)
    return trees(format, ensemble, featureNames)
  }
  if (format === 'json') return trees(format, importTreesJson(text), [])
  const imported = importSklearn(text)
  if (imported.kind === 'trees') return trees(format, imported.ensemble, imported.featureNames, imported.classes)
  const { model, featureNames, classes } = imported
  return {
    format,
    fitted: linearAsAdditive(model),
    algorithm: model.kind,
    featureNames,
    classes: classes.map(String),
    takesGaps: false,
  }
}

function trees(
  format: ModelFileFormat,
  ensemble: Extract<FittedModel, { kind: 'random-forest' | 'boosted-trees' }>,
  names: readonly string[],
  classes: readonly unknown[] = [],
): ReadModel {
  const featureNames = names.every((name) => MADE_UP.test(name)) ? [] : names
  return { format, fitted: ensemble, algorithm: ensemble.kind, featureNames, classes: classes.map(String), takesGaps: true }
}

/** By the first bytes: `.tdm` and ONNX are binary, LightGBM's text begins with "tree", the others are JSON. */
function formatOf(bytes: Uint8Array): ModelFileFormat {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 4096))
  if (start.slice(1, 4) === 'TDM') return 'tdm'
  if (/^tree\r?\n/.test(start)) return 'lightgbm'
  if (!start.trimStart().startsWith('{')) return 'onnx'
  if (start.includes('"tandem-sklearn"')) return 'sklearn'
  return start.includes('"tandem-trees"') ? 'json' : 'xgboost'
}

function textOf(bytes: Uint8Array, format: ModelFileFormat): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    const xgboost = format === 'xgboost' ? ' XGBoost writes JSON when the name of the file ends with .json.' : ''
    throw new TandemError('invalid_input', `The file is read as ${format}, but it is no UTF-8 text.${xgboost}`, { cause })
  }
}

// Runs in a thread: which library a model file is of, and the model in it. Nothing in a file is executed.
import { importTreesJson } from '../../../algorithms/format/ensemble-json.ts'
import type { ImportedTrees } from '../../../algorithms/format/foreign-trees.ts'
import { importLightGbm } from '../../../algorithms/format/import-lightgbm.ts'
import { importOnnx } from '../../../algorithms/format/import-onnx.ts'
import { importSklearn } from '../../../algorithms/format/import-sklearn.ts'
import { importXgBoost } from '../../../algorithms/format/import-xgboost.ts'
import { linearAsAdditive } from '../../../algorithms/format/linear-as-additive.ts'
import { PREPARED_JSON } from '../../../algorithms/format/prepared-json.ts'
import { isUbjson } from '../../../algorithms/format/ubjson.ts'
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
  /** Whether a value of each feature may be missing; of all features alike where it is one value. */
  readonly takesGaps: boolean | readonly boolean[]
  /** Texts of the categories of each feature by code, null for a number; absent when the file tells none. */
  readonly categories?: readonly (readonly string[] | null)[]
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
  if (format === 'onnx') return treesOf(format, importOnnx(bytes))
  if (format === 'xgboost') return treesOf(format, importXgBoost(bytes))
  const text = textOf(bytes, format)
  if (format === 'lightgbm') return treesOf(format, importLightGbm(text))
  if (format === 'json') {
    if (text.slice(0, 200).includes(`"${PREPARED_JSON}"`)) throw preparedRefused()
    return treesOf(format, { ensemble: importTreesJson(text), featureNames: [] })
  }
  const imported = importSklearn(text)
  if (imported.kind === 'trees') return treesOf(format, imported)
  if (imported.kind === 'additive') {
    const { model, classes, ...about } = imported
    const algorithm = model.nClasses === 0 ? 'linear-regression' : 'logistic-regression'
    return { format, fitted: model, algorithm, ...about, classes: classes.map(String) }
  }
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

function treesOf(
  format: ModelFileFormat,
  { ensemble, featureNames: names, categories, classes = [] }: ImportedTrees & { readonly classes?: readonly unknown[] },
): ReadModel {
  const featureNames = names.every((name) => MADE_UP.test(name)) ? [] : names
  return {
    ...{ format, fitted: ensemble, algorithm: ensemble.kind, featureNames, classes: classes.map(String), takesGaps: true },
    ...(categories === undefined ? {} : { categories }),
  }
}

/** By the first bytes: `.tdm` and ONNX are binary, LightGBM's text begins with "tree", the others are JSON. */
function formatOf(bytes: Uint8Array): ModelFileFormat {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 4096))
  if (start.slice(1, 4) === 'TDM') return 'tdm'
  if (/^tree\r?\n/.test(start)) return 'lightgbm'
  if (isUbjson(bytes)) return 'xgboost'
  if (!start.trimStart().startsWith('{')) return 'onnx'
  if (start.includes('"tandem-sklearn"')) return 'sklearn'
  return start.includes('"tandem-trees"') || start.includes(`"${PREPARED_JSON}"`) ? 'json' : 'xgboost'
}

/** Its JSON says what a program needs to answer, and not how it was judged, which a version here is known by. */
function preparedRefused(): TandemError {
  return new TandemError(
    'invalid_input',
    'The JSON holds trees behind a preparation of features, for other programs. Export the version as tdm and import that.',
  )
}

function textOf(bytes: Uint8Array, format: ModelFileFormat): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new TandemError('invalid_input', `The file is read as ${format}, but it is no UTF-8 text.`, { cause })
  }
}

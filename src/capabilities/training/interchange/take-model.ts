// Runs in a thread: a model file becomes the file of a version, when its features, classes and task are those of the definition.
import { TandemError } from '../../../errors.ts'
import {
  encodeModelFile,
  type Feature,
  type FittedModel,
  featureSchemaOf,
  fittedOutputs,
  type ModelDefinition,
  type ModelHeader,
  parseFeatureSchema,
  predictFitted,
} from '../../models/index.ts'
import { type ReadModel, readModelFile } from './read-model-file.ts'
import type { ModelFileFormat } from './schema.ts'

export interface TakeModelInput {
  readonly bytes: Uint8Array
  readonly format: ModelFileFormat | undefined
  readonly model: string
  /** Null: there is no such model yet. */
  readonly definition: ModelDefinition | null
  readonly target: string | undefined
  /** Names in the order of the file, instead of those in it. */
  readonly featureNames: readonly string[] | undefined
  /** Labels in order, where nothing else names them. */
  readonly classes: readonly string[] | undefined
  readonly fingerprint: string
  readonly libraryVersion: string
}

export interface TakenModel {
  readonly format: ModelFileFormat
  /** The encoded model file. */
  readonly file: Uint8Array
  readonly header: ModelHeader
  readonly importances: readonly number[]
  /** What the model is made of when it does not exist. */
  readonly definition: ModelDefinition | null
}

/** @throws `invalid_input` that says what of the file does not fit; `artifact_damaged`. */
export function takeModel(input: TakeModelInput): TakenModel {
  return takeRead(input, readModelFile(input.bytes, input.format))
}

export function takeRead(input: TakeModelInput, file: ReadModel): TakenModel {
  const read = renamed(file, input.featureNames)
  const { fitted } = read
  const task = fitted.nClasses === 0 ? 'regression' : 'classification'
  if (input.definition !== null && input.definition.task !== task) {
    throw misfit(`it is a ${task}, and model "${input.model}" a ${input.definition.task}`)
  }
  const target = targetOf(input, read)
  const features = input.definition === null ? newFeatures(read) : knownFeatures(parseFeatureSchema(input.definition.features), read)
  const classes = task === 'regression' ? [] : labelsOf(input, read)
  const categories = read.header?.categories ?? features.map((feature, index) => tableOf(feature, read.categories?.[index]))
  const header: ModelHeader = {
    ...(read.header ?? { ...untrained(fitted, features), algorithm: read.algorithm, parameters: {} }),
    kind: 'tandem-model',
    model: input.model,
    ...{ task, target, classes, features, categories },
    libraryVersion: input.libraryVersion,
    dataFingerprint: read.header?.dataFingerprint ?? input.fingerprint,
  }
  const definition = input.definition ?? definitionOf(header, read.algorithm)
  return {
    format: read.format,
    file: encodeModelFile(fitted, header),
    header,
    importances: Array.from(fitted.importances),
    definition: input.definition === null ? definition : null,
  }
}

/** As asked, where the names in the file are none, or others than those of the definition. */
function renamed(read: ReadModel, names: readonly string[] | undefined): ReadModel {
  if (names === undefined) return read
  const { nFeatures } = read.fitted
  if (read.header !== undefined) throw misfit('a version of Tandem keeps the names of its features', '/features')
  if (names.length !== nFeatures) throw misfit(`it knows ${nFeatures} features, and ${names.length} are named`, '/features')
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw misfit(`two features are named "${twice}"`, '/features')
  const wrong = names.find((name) => name === '' || name.length > 200 || name === '__proto__')
  if (wrong !== undefined) throw misfit(`"${wrong.slice(0, 50)}" is no name for a feature: it needs 1 to 200 characters`, '/features')
  return { ...read, featureNames: names }
}

function targetOf({ definition, target, model }: TakeModelInput, { header }: ReadModel): string {
  const known = definition?.target
  if (known !== undefined && target !== undefined && target !== known) {
    throw misfit(`model "${model}" predicts "${known}", not "${target}"`, '/target')
  }
  const found = known ?? target ?? header?.target
  if (found !== undefined) return found
  throw new TandemError(
    'invalid_input',
    `There is no model "${model}". Say with target what the file predicts, and it is made; or define it with PUT /v1/models/${model} first.`,
    { errors: [{ path: '/target', message: 'target is required to make a model' }] },
  )
}

/** Numbers, and categories where the file tells their texts, named as the file names them. */
function newFeatures(read: ReadModel): readonly Feature[] {
  const { header, featureNames, fitted, categories } = read
  if (header !== undefined) return header.features
  return Array.from({ length: fitted.nFeatures }, (_, index) => {
    const gaps = takesGap(read, index)
    const about = { name: featureNames[index] ?? `x${index}`, required: !gaps, nullable: gaps }
    const values = categories?.[index]
    return values ? { kind: 'category' as const, ...about, values } : { kind: 'number' as const, ...about, integer: false }
  })
}

/** Codes of the texts of a category: those of the file, and after them what the definition alone allows, which the model never saw. */
function tableOf(feature: Feature, told: readonly string[] | null | undefined): readonly string[] | null {
  if (feature.kind !== 'category') return null
  const allowed = feature.values ?? []
  return told ? [...told, ...allowed.filter((text) => !told.includes(text))] : allowed
}

const takesGap = ({ takesGaps }: ReadModel, index: number): boolean => (typeof takesGaps === 'boolean' ? takesGaps : takesGaps[index]!)

/** The definition's features in the file's order. */
function knownFeatures(defined: readonly Feature[], read: ReadModel): readonly Feature[] {
  const { featureNames: names, fitted, header, categories } = read
  if (fitted.nFeatures !== defined.length) {
    throw misfit(
      `it knows ${fitted.nFeatures} features${names.length > 0 ? ` (${listed(names)})` : ''}, and the definition ${defined.length} (${listed(defined.map(({ name }) => name))})`,
      '/features',
    )
  }
  if (
    header !== undefined &&
    names.some((name, index) => defined.find((feature) => feature.name === name)?.kind !== header.features[index]!.kind)
  ) {
    throw misfit(
      `its features are ${listed(header.features.map(({ name, kind }) => `${name}: ${kind}`))}, and the definition has others`,
      '/features',
    )
  }
  // LightGBM writes an underscore for a space.
  const plain = (name: string): string => name.replaceAll(/\s/g, '_')
  const features =
    names.length === 0 ? defined : names.map((name) => defined.find((feature) => plain(feature.name) === plain(name)) ?? name)
  const errors = features.flatMap((feature, index) => {
    if (typeof feature === 'string') return [{ path: `/features/${feature}`, message: `the definition has no feature "${feature}"` }]
    const at = `/features/${feature.name}`
    if (header !== undefined) return []
    if (feature.kind === 'text') return [{ path: at, message: `"${feature.name}" is a free text, which no model of another library reads` }]
    if (feature.kind === 'date') return [{ path: at, message: `"${feature.name}" is a date, which no model of another library reads` }]
    if (feature.kind === 'category' && feature.values === undefined && !categories?.[index]) {
      return [{ path: at, message: `"${feature.name}" is a category without an enum, so its numbers in the file are not known` }]
    }
    if (!takesGap(read, index) && (feature.nullable || !feature.required)) {
      return [{ path: at, message: `"${feature.name}" may be missing, and the model of the file knows no gaps of it` }]
    }
    return []
  })
  if (errors.length === 0) return features as readonly Feature[]
  throw new TandemError('invalid_input', `The model file does not fit the definition: ${errors[0]!.message}.`, {
    errors: errors.slice(0, 20),
  })
}

function labelsOf({ definition, classes: said }: TakeModelInput, { classes: found, fitted, header }: ReadModel): readonly string[] {
  const known = definition?.classes
  const own = found.length > 0 ? found : (said ?? known ?? Array.from({ length: fitted.nClasses }, (_, code) => String(code)))
  if (own.length !== fitted.nClasses || new Set(own).size !== own.length) {
    throw misfit(`it tells ${fitted.nClasses} classes apart, and ${own.length} labels are named (${listed(own)})`, '/classes')
  }
  if (known !== undefined && header === undefined && found.length > 0 && !own.every((label) => known.includes(label))) {
    throw misfit(`its classes are ${listed(own)}, and those of the definition ${listed(known)}`, '/classes')
  }
  return own
}

/** What a version says of itself that no rows have judged. */
function untrained(fitted: FittedModel, features: readonly Feature[]) {
  const row = features.map(() => 0)
  const expected = [...predictFitted(fitted, Float32Array.from(row), 1).subarray(0, fittedOutputs(fitted))]
  return { seed: 0, calibration: null, intervalHalfWidth: null, intervalCoverage: 0.9, conformal: null, canary: { row, expected } }
}

function definitionOf({ task, target, classes, features }: ModelHeader, algorithm: ModelDefinition['algorithm']): ModelDefinition {
  return {
    task,
    target,
    ...(task === 'classification' ? { classes: [...classes] } : {}),
    features: featureSchemaOf(features) as ModelDefinition['features'],
    algorithm,
  }
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`
}

function misfit(what: string, path?: string): TandemError {
  return new TandemError(
    'invalid_input',
    `The model file does not fit: ${what}.`,
    path === undefined ? {} : { errors: [{ path, message: what }] },
  )
}

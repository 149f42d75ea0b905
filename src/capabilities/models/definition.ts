// Checks a model's definition as a whole and brings it into the one form that is stored; reads it from a config's zod schema.
import { z } from 'zod'
import type { AnyModel } from '../../definitions.ts'
import { type FieldError, TandemError } from '../../errors.ts'
import type { Feature } from './feature.ts'
import { featureSchemaOf, parseFeatureSchema } from './feature-schema.ts'
import { parameterErrors } from './parameter-rules.ts'
import { preparationErrors } from './preparation/preparation-rules.ts'
import { runtimeErrors } from './runtime-rules.ts'
import { type ModelDefinition, ModelDefinitionSchema, ModelName } from './schema.ts'
import { splitErrors } from './split/split-rules.ts'

/** A definition that can be used: its features are parsed and everything fits together. */
export interface CheckedDefinition {
  /** As it is stored and shown. */
  readonly definition: ModelDefinition
  readonly features: readonly Feature[]
}

/** Labels of a yes/no target when the definition names none. */
export const BOOLEAN_CLASSES: readonly string[] = ['false', 'true']

/**
 * @param options.isStored  it was accepted before.
 * @throws `invalid_input` that names every place that is wrong.
 */
export function checkDefinition(name: string, given: unknown, options: { readonly isStored?: boolean } = {}): CheckedDefinition {
  if (!ModelName.safeParse(name).success) {
    throw invalid(name, [
      { path: '/name', message: 'a model name starts with a small letter and has at most 64 letters, digits, "_" and "-"' },
    ])
  }
  const result = ModelDefinitionSchema.safeParse(given)
  if (!result.success) {
    const errors = result.error.issues.map((issue) => ({
      path: `/${issue.path.join('/')}`,
      message: `${issue.path.join('.') || 'definition'}: ${issue.message}`,
    }))
    throw invalid(name, errors)
  }
  const features = parseFeatureSchema(result.data.features)
  const errors = [
    ...targetErrors(result.data, features),
    ...fallbackErrors(result.data, features),
    ...parameterErrors(result.data, features, options),
    ...preparationErrors(result.data, features),
    ...runtimeErrors(result.data, features),
    ...splitErrors(result.data, features),
  ]
  if (errors.length > 0) throw invalid(name, errors)
  const { features: _, ...rest } = result.data
  return { features, definition: { ...rest, features: featureSchemaOf(features) as ModelDefinition['features'] } }
}

/** The definition of a model in `tandem.config.ts`. Its zod object becomes JSON Schema, so both ways of defining meet here. */
export function defineFromConfig(name: string, model: AnyModel): CheckedDefinition {
  let features: unknown
  try {
    features = z.toJSONSchema(model.schema as z.ZodType, { io: 'input', target: 'draft-2020-12' })
  } catch (cause) {
    throw new TandemError(
      'invalid_config',
      `The features of model "${name}" cannot be written as JSON Schema: ${(cause as Error).message}. Use numbers, integers, booleans, enums, strings, z.iso.date() and z.iso.datetime(), without transforms or refinements.`,
      { cause },
    )
  }
  const { task, target, algorithm, parameters, preparation, weight, split, runtime, seed, description, retrain } = model
  const fallback = model.task === 'classification' ? { fallback: model.fallback } : {}
  const optional = { preparation, weight, split, runtime, description, retrain, ...fallback }
  const definition = {
    task,
    target,
    algorithm,
    parameters,
    seed,
    features,
    ...(model.task === 'classification' ? { classes: [...(model.classes ?? BOOLEAN_CLASSES)] } : {}),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  }
  try {
    return checkDefinition(name, definition)
  } catch (error) {
    if (!TandemError.is(error)) throw error
    throw new TandemError('invalid_config', `Model "${name}" of the config cannot be used. ${error.message}`, {
      errors: error.errors ?? [],
      cause: error,
    })
  }
}

/** The same text for the same definition, whatever the order of its keys. */
export function definitionText(definition: ModelDefinition): string {
  return JSON.stringify(sorted(definition))
}

function targetErrors({ task, target, classes, algorithm, parameters }: ModelDefinition, features: readonly Feature[]): FieldError[] {
  const errors: FieldError[] = []
  if (features.some((feature) => feature.name === target)) {
    errors.push({ path: '/target', message: `target "${target}" is also a feature; a model cannot be given what it predicts` })
  }
  if (algorithm === 'auto' && Object.keys(parameters ?? {}).length > 0) {
    errors.push({ path: '/parameters', message: 'parameters belong to one algorithm; "auto" brings its own for each it tries' })
  }
  if (classes !== undefined && task === 'regression') {
    errors.push({ path: '/classes', message: 'classes belong to task "classification"; a regression predicts numbers' })
  }
  if (classes !== undefined && new Set(classes).size < classes.length) {
    errors.push({ path: '/classes', message: 'classes hold the same label twice' })
  }
  return errors
}

function fallbackErrors({ task, classes, fallback }: ModelDefinition, features: readonly Feature[]): FieldError[] {
  if (fallback === undefined) return []
  const errors: FieldError[] = []
  const fail = (path: string, message: string): void => void errors.push({ path, message })
  if (task === 'regression' || (classes !== undefined && classes.length !== 2)) {
    const now = task === 'regression' ? 'this is a regression' : `this model has ${classes?.length} classes`
    fail('/fallback', `fallback "weighted-score" answers for two classes only; ${now}`)
  }
  const weights = Object.entries(fallback.weights)
  for (const [name] of weights) {
    const feature = features.find((candidate) => candidate.name === name)
    if (feature === undefined) fail(`/fallback/weights/${name}`, `fallback.weights.${name} is no feature of the model`)
    else if (feature.kind === 'category' || feature.kind === 'text' || feature.kind === 'date')
      fail(
        `/fallback/weights/${name}`,
        `fallback.weights.${name}: a ${feature.kind === 'date' ? 'date' : 'text'} has no place in a weighted score`,
      )
  }
  if (!weights.some(([, weight]) => weight > 0)) fail('/fallback/weights', 'fallback.weights need at least one weight above 0')
  return errors
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  // The order of properties is the order of features: it stays.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [
        key,
        key === 'properties' ? Object.entries(item as object).map(([name, schema]) => [name, sorted(schema)]) : sorted(item),
      ]),
  )
}

function invalid(name: string, errors: readonly FieldError[]): TandemError {
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new TandemError('invalid_input', `Model "${name}" cannot be defined so: ${errors[0]?.message}${more}.`, {
    errors: errors.slice(0, 20),
  })
}

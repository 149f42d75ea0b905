// The definition a table is trained with: what the server inferred, changed by what the person said.
import { ALGORITHMS, usualAlgorithm } from '../../capabilities/models/algorithms.ts'
import type { Model, ModelDefinition } from '../../capabilities/models/schema.ts'
import type { Inspection } from '../../capabilities/training/schema.ts'
import { UsageError } from './command.ts'

export const COLUMN_KINDS = ['number', 'integer', 'boolean', 'category', 'text', 'date'] as const
export type ColumnKind = (typeof COLUMN_KINDS)[number]

export interface Overrides {
  readonly types: ReadonlyMap<string, ColumnKind>
  readonly ignored: ReadonlySet<string>
  readonly algorithm: ModelDefinition['algorithm'] | undefined
  readonly seed: number | undefined
  /** Of the algorithm. */
  readonly parameters: ModelDefinition['parameters']
  readonly weight: string | undefined
  readonly split: ModelDefinition['split']
}

/** Reads `column=kind` words; a column name may itself hold "=". */
export function readTypes(words: readonly string[]): Map<string, ColumnKind> {
  return new Map(
    words.map((word) => {
      const equals = word.lastIndexOf('=')
      const kind = COLUMN_KINDS.find((known) => known === word.slice(equals + 1))
      if (equals < 1 || kind === undefined)
        throw new UsageError(`--type must be column=kind with one of ${COLUMN_KINDS.join(', ')}, got "${word}".`)
      return [word.slice(0, equals), kind]
    }),
  )
}

/** Reads `random`, `group:COLUMN` or `time:COLUMN`. */
export function readSplit(word: string | undefined): ModelDefinition['split'] {
  if (word === undefined) return undefined
  if (word === 'random') return { by: 'random' }
  const [, by, column] = /^(group|time):(.+)$/s.exec(word) ?? []
  if (column === undefined) throw new UsageError(`--split must be random, group:COLUMN or time:COLUMN, got "${word}".`)
  return { by: by as 'group' | 'time', column }
}

/** Whether the features themselves are changed, which only a new definition can carry. */
export function changesFeatures({ types, ignored }: Overrides): boolean {
  return types.size > 0 || ignored.size > 0
}

/** The definition to put, from the inferred one. */
export function applyOverrides(inspection: Inspection, target: string, overrides: Overrides): ModelDefinition {
  const { ignored, algorithm, seed, parameters, weight, split } = overrides
  const parting = split === undefined || split.by === 'random' ? undefined : split.column
  const aside = [weight, parting].filter((name) => name !== undefined)
  const types = withTarget(overrides.types, target, algorithm)
  const names = new Set(inspection.columns.map(({ name }) => name))
  for (const name of [...types.keys(), ...ignored, ...aside]) {
    if (!names.has(name)) throw new UsageError(`The table has no column "${name}". Its columns: ${[...names].join(', ')}.`)
  }
  if (ignored.has(target)) throw new UsageError(`The target "${target}" cannot be ignored.`)
  const inferred = inspection.definition as ModelDefinition
  const schema = inferred.features as { properties?: Record<string, unknown>; required?: string[] }
  const properties: Record<string, unknown> = { ...schema.properties }
  // What rows are weighed and parted by is no feature, unless --type says that it is one.
  for (const name of [...ignored, ...aside]) delete properties[name]
  for (const [name, kind] of types) {
    if (name === target) continue
    properties[name] = propertyOf(kind, inspection.columns.find((column) => column.name === name)?.missing ?? 0)
  }
  const features = { ...inferred.features, properties, required: (schema.required ?? []).filter((name) => Object.hasOwn(properties, name)) }
  const purpose = taskOf(types.get(target), inspection, inferred, target)
  // What was inferred fits the columns as they were.
  const onlyTexts = Object.values(properties).every((property) => (property as { format?: string }).format === 'text')
  return {
    ...inferred,
    ...purpose,
    features: features as ModelDefinition['features'],
    algorithm: algorithm ?? usualAlgorithm(purpose.task ?? inferred.task, onlyTexts),
    ...(seed !== undefined && { seed }),
    ...(parameters !== undefined && { parameters }),
    ...(weight !== undefined && { weight }),
    ...(split !== undefined && { split }),
  }
}

/** The definition of a model that exists, with a new algorithm, parameters, seed, weight or split; undefined when nothing changes or the config owns it. */
export function updatedDefinition(model: Model, { algorithm, seed, parameters, weight, split }: Overrides): ModelDefinition | undefined {
  const { definition, origin } = model
  const sameAlgorithm = (algorithm ?? definition.algorithm) === definition.algorithm
  const sameSplit = split === undefined || JSON.stringify(split) === JSON.stringify(definition.split)
  const sameRows = sameSplit && (weight ?? definition.weight) === definition.weight
  const isSame = sameAlgorithm && sameRows && parameters === undefined && (seed ?? definition.seed) === definition.seed
  if (origin === 'config' || isSame) return undefined
  const { parameters: before, ...kept } = definition as ModelDefinition
  // Parameters belong to their algorithm.
  const own = parameters ?? (sameAlgorithm ? before : undefined)
  return {
    ...kept,
    ...(own !== undefined && { parameters: own }),
    ...(algorithm !== undefined && { algorithm }),
    ...(seed !== undefined && { seed }),
    ...(weight !== undefined && { weight }),
    ...(split !== undefined && { split }),
  }
}

/** Reads the JSON of --parameters; the server says which of them the algorithm takes. */
export function readParameters(text: string | undefined): ModelDefinition['parameters'] {
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new UsageError(`--parameters must be a JSON object such as '{"nEstimators":300}', got "${text.slice(0, 100)}".`)
}

/** A target is a number for an algorithm that predicts nothing else, unless --type says otherwise. */
function withTarget(types: Overrides['types'], target: string, algorithm: Overrides['algorithm']): Overrides['types'] {
  const predictsClasses = algorithm === undefined || algorithm === 'auto' || ALGORITHMS[algorithm].tasks.includes('classification')
  return predictsClasses || types.has(target) ? types : new Map([...types, [target, 'number']])
}

function propertyOf(kind: ColumnKind, missing: number): object {
  const type = kind === 'category' || kind === 'text' || kind === 'date' ? 'string' : kind
  return { type: missing > 0 ? [type, 'null'] : type, ...(kind === 'text' || kind === 'date' ? { format: kind } : {}) }
}

/** `--type target=category` classifies numbers; `--type target=number` predicts them. */
function taskOf(kind: ColumnKind | undefined, inspection: Inspection, inferred: ModelDefinition, target: string): Partial<ModelDefinition> {
  if (kind === undefined) return {}
  if (kind === 'number' || kind === 'integer') return inferred.task === 'regression' ? {} : { task: 'regression', classes: undefined }
  if (inferred.task === 'classification') return {}
  const categories = inspection.columns.find(({ name }) => name === target)?.categories
  return { task: 'classification', ...(categories !== undefined && categories.length >= 2 && { classes: categories }) }
}

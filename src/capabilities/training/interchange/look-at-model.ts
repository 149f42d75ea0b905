// Runs in a thread: what a model file holds and whether it fits the definition, without making anything of it.
import { type FieldError, TandemError } from '../../../errors.ts'
import type { FittedModel } from '../../models/index.ts'
import { type ReadModel, readModelFile } from './read-model-file.ts'
import type { FoundModel } from './schema.ts'
import { type TakeModelInput, takeRead } from './take-model.ts'

/** @throws `invalid_input` for bytes of no known library, `artifact_damaged`; what does not fit the definition is told in `misfit`. */
export function lookAtModel(input: TakeModelInput): FoundModel {
  const read = readModelFile(input.bytes, input.format)
  // Whoever looks need not have said yet what it predicts.
  const target = input.definition?.target ?? input.target ?? read.header?.target ?? null
  const outcome = fits({ ...input, target: target ?? 'target' }, read)
  const names = outcome.features ?? Array.from({ length: read.fitted.nFeatures }, (_, index) => nameOf(input, read, index))
  return {
    format: read.format,
    algorithm: read.algorithm,
    task: read.fitted.nClasses === 0 ? 'regression' : 'classification',
    target,
    features: names.map(({ name, kind }, index) => ({ name, kind, inFile: read.featureNames[index] ?? null })),
    ...classesOf(input, read),
    ...sizeOf(read.fitted),
    bytes: input.bytes.length,
    misfit: outcome.misfit,
  }
}

interface Outcome {
  readonly features: readonly Pick<FoundModel['features'][number], 'name' | 'kind'>[] | undefined
  readonly misfit: FoundModel['misfit']
}

function fits(input: TakeModelInput, read: ReadModel): Outcome {
  try {
    return { features: takeRead(input, read).header.features, misfit: null }
  } catch (error) {
    if (!TandemError.is(error) || error.code !== 'invalid_input') throw error
    return { features: undefined, misfit: { message: error.message, errors: [...(error.errors ?? [])] as FieldError[] } }
  }
}

function nameOf({ featureNames }: TakeModelInput, read: ReadModel, index: number) {
  return {
    name: featureNames?.[index] ?? read.featureNames[index] ?? `x${index}`,
    kind: read.header?.features[index]?.kind ?? ('number' as const),
  }
}

function classesOf(
  { definition, classes: said }: TakeModelInput,
  { classes, fitted }: ReadModel,
): Pick<FoundModel, 'classes' | 'classesFrom'> {
  if (fitted.nClasses === 0) return { classes: [], classesFrom: null }
  if (classes.length > 0) return { classes: [...classes], classesFrom: 'file' }
  if (said !== undefined) return { classes: [...said], classesFrom: 'query' }
  if (definition?.classes !== undefined) return { classes: [...definition.classes], classesFrom: 'definition' }
  return { classes: Array.from({ length: fitted.nClasses }, (_, code) => String(code)), classesFrom: 'numbers' }
}

function sizeOf(fitted: FittedModel): Pick<FoundModel, 'trees' | 'nodes'> {
  const isTrees = fitted.kind === 'random-forest' || fitted.kind === 'boosted-trees'
  return isTrees ? { trees: fitted.nTrees, nodes: fitted.feature.length } : { trees: null, nodes: null }
}

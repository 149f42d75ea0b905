// Inputs and outputs of a model in the protocol's words, from the features of whoever answers for it.
import { BOOLEAN_CLASSES, type Feature, type LiveModel, type Models } from '../../../capabilities/models/index.ts'
import type { Datatype } from '../../../platform/inference/datatype.ts'

export interface Signature {
  readonly model: string
  /** Undefined: the fallback answers, or nothing. */
  readonly version: string | undefined
  readonly features: readonly Feature[]
  /** Labels in the order of the columns of `predict_proba`; empty for regression. */
  readonly classes: readonly string[]
  readonly hasInterval: boolean
}

export interface TensorSignature {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly parameters?: { readonly required?: boolean; readonly classes?: readonly string[] }
}

/**
 * Who answers, and what goes in and out.
 *
 * @param version  a version or alias instead of the one in service.
 * @throws `model_not_found`, `version_not_found`, `artifact_damaged`.
 */
export async function signatureOf(models: Models, name: string, version?: string): Promise<Signature> {
  const { live, fallback, definition } = models.serving(name) ?? (await models.find(name))
  const isInService = version === undefined || version === 'active' || version === live?.version
  const answering = isInService ? live : (models.peek(name, version) ?? (await models.load(name, version)))
  if (answering !== undefined) return ofVersion(answering)
  const { task, classes = BOOLEAN_CLASSES } = definition.definition
  return {
    model: name,
    version: undefined,
    features: definition.features,
    classes: fallback?.classes ?? (task === 'classification' ? classes : []),
    hasInterval: false,
  }
}

function ofVersion({ name, version, encoder, header }: LiveModel): Signature {
  const { classes, conformal, intervalHalfWidth } = header
  const hasInterval = header.task === 'regression' && (Boolean(conformal) || intervalHalfWidth !== null)
  return { model: name, version, features: encoder.features, classes, hasInterval }
}

/** One tensor for each feature, one element for each row. */
export function inputsOf({ features }: Signature): TensorSignature[] {
  return features.map((feature) => ({
    name: feature.name,
    datatype: datatypeOf(feature),
    shape: [-1],
    ...(feature.required ? {} : { parameters: { required: false } }),
  }))
}

export function outputsOf({ classes, hasInterval }: Signature): TensorSignature[] {
  const isClassifier = classes.length > 0
  const outputs: TensorSignature[] = [{ name: 'predict', datatype: isClassifier ? 'BYTES' : 'FP64', shape: [-1] }]
  if (isClassifier) outputs.push({ name: 'predict_proba', datatype: 'FP64', shape: [-1, classes.length], parameters: { classes } })
  outputs.push({ name: 'confidence', datatype: 'FP64', shape: [-1] })
  if (hasInterval) outputs.push({ name: 'interval', datatype: 'FP64', shape: [-1, 2] })
  outputs.push({ name: 'prediction_id', datatype: 'BYTES', shape: [-1] })
  return outputs
}

export function datatypeOf(feature: Feature): Datatype {
  if (feature.kind === 'number') return feature.integer ? 'INT64' : 'FP64'
  return feature.kind === 'boolean' ? 'BOOL' : 'BYTES'
}

// What the types of parameters cannot say: which algorithm takes them, and whether they fit the features and classes of a model.
import type { FieldError } from '../../errors.ts'
import type { Feature } from './feature.ts'
import type { ModelDefinition } from './schema.ts'

type Parameters = NonNullable<ModelDefinition['parameters']>

/** Parameters that only boosted trees have a use for. The older ones are ignored by the forest, as they always were. */
const BOOSTING_ONLY = ['loss', 'quantile', 'alpha', 'monotone', 'earlyStopping'] as const satisfies readonly (keyof Parameters)[]

/** Sentences about every parameter that does not fit; none for a good definition. */
export function parameterErrors(
  { task, algorithm, parameters = {}, classes }: Pick<ModelDefinition, 'task' | 'algorithm' | 'parameters' | 'classes'>,
  features: readonly Feature[],
): FieldError[] {
  const errors: FieldError[] = []
  const fail = (name: string, message: string): void =>
    void errors.push({ path: `/parameters/${name}`, message: `parameters.${name} ${message}` })
  for (const name of BOOSTING_ONLY) {
    if (parameters[name] !== undefined && algorithm !== 'boosted-trees') {
      fail(name, `belongs to boosted-trees; the algorithm is ${algorithm}. Leave it out, or choose boosted-trees`)
    }
  }
  const { loss, quantile, alpha, classWeight, monotone } = parameters
  if (loss !== undefined && task === 'classification') fail('loss', `is "${loss}", but classes are learned by log loss. Leave it out`)
  if (quantile !== undefined && loss !== 'quantile') fail('quantile', 'is for the loss "quantile"; set parameters.loss to it')
  if (alpha !== undefined && loss !== 'huber') fail('alpha', 'is for the loss "huber"; set parameters.loss to it')
  if (classWeight !== undefined && task === 'regression') fail('classWeight', 'weighs classes, but a regression has none')
  if (typeof classWeight === 'object' && classes !== undefined) {
    for (const label of Object.keys(classWeight)) {
      if (!classes.includes(label)) fail(`classWeight/${label}`, `is no class of the model; they are ${classes.join(', ')}`)
    }
  }
  if (monotone !== undefined && classes !== undefined && classes.length > 2) {
    fail('monotone', `needs two classes or a number to predict; this model has ${classes.length} classes`)
  }
  for (const name of Object.keys(monotone ?? {})) {
    const feature = features.find((candidate) => candidate.name === name)
    if (feature === undefined) fail(`monotone/${name}`, 'is no feature of the model')
    else if (feature.kind === 'category') fail(`monotone/${name}`, 'is a text, and texts have no order')
  }
  return errors
}

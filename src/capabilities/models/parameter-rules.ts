// What the types of parameters cannot say: which algorithm takes them, and whether they fit the features and classes of a model.
import type { FieldError } from '../../errors.ts'
import { ALGORITHM_NAMES, ALGORITHMS, algorithmsFor, UNREAD_ONCE } from './algorithms.ts'
import type { Feature } from './feature.ts'
import type { ModelDefinition, ParameterName } from './schema.ts'

/**
 * Sentences about the algorithm and every parameter that does not fit; none for a good definition.
 *
 * @param isStored  of a definition that was accepted before: parameters that nothing reads are no error.
 */
export function parameterErrors(
  { task, algorithm, parameters = {}, classes }: Pick<ModelDefinition, 'task' | 'algorithm' | 'parameters' | 'classes'>,
  features: readonly Feature[],
  { isStored = false }: { readonly isStored?: boolean } = {},
): FieldError[] {
  // Each algorithm that is tried brings its own.
  if (algorithm === 'auto') return []
  const errors: FieldError[] = []
  const fail = (name: string, message: string): void =>
    void errors.push({ path: `/parameters/${name}`, message: `parameters.${name} ${message}` })
  if (!ALGORITHMS[algorithm].tasks.includes(task)) {
    const what = task === 'classification' ? 'predicts numbers, not classes' : 'tells classes apart and predicts no numbers'
    errors.push({ path: '/algorithm', message: `algorithm ${algorithm} ${what}; choose ${algorithmsFor(task).join(', ')}, or auto` })
  }
  const known = ALGORITHMS[algorithm].parameters
  for (const name of Object.keys(parameters) as ParameterName[]) {
    if (parameters[name] === undefined || known.includes(name) || (isStored && UNREAD_ONCE[algorithm]?.includes(name))) continue
    const owners = ALGORITHM_NAMES.filter((each) => ALGORITHMS[each].parameters.includes(name))
    fail(
      name,
      `belongs to ${owners.join(', ')}; the algorithm is ${algorithm}. Leave it out, or choose ${owners.length > 1 ? 'one of them' : owners[0]}`,
    )
  }
  const { loss, quantile, alpha, classWeight, monotone } = parameters
  if (algorithm === 'boosted-trees') {
    if (loss !== undefined && task === 'classification') fail('loss', `is "${loss}", but classes are learned by log loss. Leave it out`)
    if (quantile !== undefined && loss !== 'quantile') fail('quantile', 'is for the loss "quantile"; set parameters.loss to it')
    if (alpha !== undefined && loss !== 'huber') fail('alpha', 'is for the loss "huber"; set parameters.loss to it')
    else if (alpha !== undefined && alpha >= 1) fail('alpha', `is ${alpha}; of the loss "huber" it is a share below 1`)
  }
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
    else if (feature.kind === 'category' || feature.kind === 'text') fail(`monotone/${name}`, 'is a text, and texts have no order')
    else if (feature.kind === 'date') fail(`monotone/${name}`, 'is a date, of which trees see the parts')
  }
  return errors
}

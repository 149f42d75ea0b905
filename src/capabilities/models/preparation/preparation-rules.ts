// What the types of a preparation cannot say: whether it fits the features, their values and the algorithm.
import type { FieldError } from '../../../errors.ts'
import { nearestName } from '../../../platform/validation/describe-schema.ts'
import { ALGORITHMS } from '../algorithms.ts'
import type { Feature } from '../feature.ts'
import type { ModelDefinition } from '../schema.ts'
import type { ColumnPreparation } from './schema.ts'

type Kind = ColumnPreparation['kind']

const KINDS: Readonly<Record<Feature['kind'], readonly Kind[]>> = {
  number: ['number'],
  boolean: ['number'],
  category: ['one-hot', 'ordinal', 'target'],
  date: ['date'],
  text: ['text'],
}

/** Sentences about everything in a preparation that does not fit; each names its feature. */
export function preparationErrors(
  { preparation = {}, algorithm, parameters = {} }: Pick<ModelDefinition, 'preparation' | 'algorithm' | 'parameters'>,
  features: readonly Feature[],
): FieldError[] {
  const errors: FieldError[] = []
  const names = features.map(({ name }) => name)
  const isSum = algorithm === 'auto' || ALGORITHMS[algorithm].family === 'additive'
  const who = algorithm === 'auto' ? 'auto, which also tries linear models,' : algorithm
  const variant = parameters.variant ?? (features.some(({ kind }) => kind === 'text') ? 'multinomial' : 'gaussian')
  const counts = algorithm === 'naive-bayes' && (variant === 'multinomial' || variant === 'complement')
  for (const [name, spec] of Object.entries(preparation)) {
    const path = `/preparation/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const fail = (message: string, option = ''): void =>
      void errors.push({ path: `${path}${option && `/${option}`}`, message: `preparation.${name}${option && `.${option}`} ${message}` })
    const feature = features.find((each) => each.name === name)
    if (feature === undefined) {
      const near = nearestName(name, names)
      fail(`is no feature of the model${near === undefined ? '' : `; did you mean "${near}"?`}`)
      continue
    }
    const possible = KINDS[feature.kind]
    if (!possible.includes(spec.kind)) {
      fail(`is "${spec.kind}", but ${name} is a ${feature.kind}; it can be ${possible.map((kind) => `"${kind}"`).join(' or ')}`, 'kind')
      continue
    }
    if ('fill' in spec && spec.fill !== undefined && spec.impute !== 'constant') fail('is for impute "constant"; set impute to it', 'fill')
    if ('impute' in spec && spec.impute === 'none' && isSum) fail(`is "none", but ${who} needs a value for what is missing`, 'impute')
    if (counts && 'scale' in spec && spec.scale !== undefined && spec.scale !== 'min-max') {
      fail(
        `is "${spec.scale}", but naive-bayes of the variant ${variant} reads numbers from 0 to 1; choose "min-max", or leave it out`,
        'scale',
      )
    }
    if (spec.kind === 'ordinal' && spec.categories !== undefined) orderErrors(spec.categories, feature, fail)
    if (spec.kind === 'date' && spec.parts !== undefined && new Set(spec.parts).size < spec.parts.length)
      fail('names a part twice', 'parts')
    const range = spec.kind === 'text' ? spec.options?.ngramRange : undefined
    if (range !== undefined && range[0] > range[1]) fail(`is [${range.join(', ')}]; the smaller number stands first`, 'options/ngramRange')
  }
  return errors
}

function orderErrors(categories: readonly string[], feature: Feature, fail: (message: string, option: string) => void): void {
  const twice = categories.find((text, at) => categories.indexOf(text) !== at)
  if (twice !== undefined) fail(`names ${JSON.stringify(twice)} twice`, 'categories')
  if (feature.kind !== 'category' || feature.values === undefined) return
  const { values } = feature
  const unknown = categories.find((text) => !values.includes(text))
  if (unknown !== undefined) fail(`names ${JSON.stringify(unknown)}, which is no value of ${feature.name}`, 'categories')
  const absent = values.find((text) => !categories.includes(text))
  if (absent !== undefined) fail(`leaves out ${JSON.stringify(absent)}, a value of ${feature.name}`, 'categories')
}

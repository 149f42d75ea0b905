// The parameters that the form of a definition shows: those of the chosen algorithm that are one value. Absent ones take its default.
import type { AlgorithmInfo } from '../../../../../src/interfaces/client/index.ts'

const FIELDS: Readonly<Record<string, object>> = {
  nEstimators: { type: 'integer', minimum: 1, maximum: 2000 },
  maxDepth: { type: 'integer', minimum: 1, maximum: 64 },
  minSamplesSplit: { type: 'integer', minimum: 2 },
  minSamplesLeaf: { type: 'integer', minimum: 1 },
  maxFeatures: { type: 'string' },
  learningRate: { type: 'number', minimum: 0, maximum: 1 },
  subsample: { type: 'number', minimum: 0, maximum: 1 },
  maxLeaves: { type: 'integer', minimum: 2, maximum: 1024 },
  lambda: { type: 'number', minimum: 0 },
  loss: { type: 'string', enum: ['squared', 'absolute', 'huber', 'quantile', 'poisson'] },
  quantile: { type: 'number', minimum: 0, maximum: 1 },
  C: { type: 'number', minimum: 0 },
  alpha: { type: 'number', minimum: 0 },
  l1Ratio: { type: 'number', minimum: 0, maximum: 1 },
  variant: { type: 'string', enum: ['gaussian', 'multinomial', 'complement', 'bernoulli'] },
  varSmoothing: { type: 'number', minimum: 0 },
  tolerance: { type: 'number', minimum: 0, maximum: 1 },
  maxIterations: { type: 'integer', minimum: 1 },
  maxNgram: { type: 'integer', minimum: 1, maximum: 3 },
  maxTerms: { type: 'integer', minimum: 1 },
  oobScore: { type: 'boolean' },
  categories: { type: 'string', enum: ['ordered', 'native'] },
}

export interface ParameterSchema {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, object>>
}

/** Of `auto` and of an algorithm that is not known yet there are none: each that is tried brings its own. */
export function parameterSchema(info: AlgorithmInfo | undefined): ParameterSchema {
  const entries = Object.entries(FIELDS).filter(([name]) => info?.parameters.includes(name))
  return { type: 'object', properties: Object.fromEntries(entries) }
}

/** What is set beside the form stays, as far as the algorithm takes it. */
export function beyondForm(
  values: Readonly<Record<string, unknown>> | undefined,
  info: AlgorithmInfo | undefined,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values ?? {}).filter(([name]) => !(name in FIELDS) && info !== undefined && info.parameters.includes(name)),
  )
}

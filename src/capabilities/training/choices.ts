// What one training chooses instead of its model's definition: checked before any row is read.
import { TandemError } from '../../errors.ts'
import {
  ALGORITHMS,
  type ModelDefinition,
  parameterErrors,
  preparationErrors,
  runtimeErrors,
  type Serving,
  trainingRuntime,
} from '../models/index.ts'
import { checkParameters } from './recipe.ts'
import type { ColumnChoices } from './schema.ts'
import { spaceOf } from './search-space.ts'
import type { TrainPayload } from './train-payload.ts'
import type { StartOptions } from './training.ts'

export type Choices = Pick<TrainPayload, 'activate' | 'actor' | 'seed' | 'algorithm' | 'runtime' | 'budgetSeconds' | 'parameters' | 'tune'>

/** @throws `invalid_input` for parameters no algorithm takes. */
export function choicesOf({ activate = 'if_not_worse', actor = 'program', ...asked }: StartOptions): Choices {
  const { seed, algorithm, runtime, budgetSeconds, parameters, tune } = asked
  if (algorithm === 'auto' && parameters !== undefined) {
    throw new TandemError('invalid_input', 'Parameters belong to one algorithm; "auto" brings its own for each it tries. Leave them out.', {
      errors: [{ path: '/parameters', message: 'parameters must be absent for algorithm "auto"' }],
    })
  }
  return {
    activate,
    actor,
    seed: seed ?? null,
    algorithm: algorithm ?? null,
    runtime: runtime ?? null,
    budgetSeconds: budgetSeconds ?? null,
    tune: checkTune(tune),
    parameters: parameters === undefined ? null : checkParameters(parameters),
  }
}

export const MOST_TUNED = 200

function checkTune(tune: number | undefined): number | null {
  if (tune === undefined) return null
  if (Number.isInteger(tune) && tune >= 2 && tune <= MOST_TUNED) return tune
  throw new TandemError('invalid_input', `tune is ${tune}. It is how many settings are drawn: a whole number from 2 to ${MOST_TUNED}.`, {
    errors: [{ path: '/tune', message: `tune must be an integer between 2 and ${MOST_TUNED}` }],
  })
}

/** @throws `invalid_input` where there is nothing to search, or nobody who searches. */
export function refuseSearch(wanted: Pick<ModelDefinition, 'algorithm' | 'parameters' | 'runtime'>): void {
  const { algorithm, parameters = {} } = wanted
  const message =
    trainingRuntime(wanted) !== 'node'
      ? 'settings are searched by Node alone. Leave tune or the runtime out'
      : algorithm !== 'auto' && Object.keys(spaceOf(algorithm, parameters)).length === 0
        ? `${algorithm} has no setting to search beside those that are set. Leave tune out`
        : undefined
  if (message === undefined) return
  throw new TandemError('invalid_input', `${message[0]!.toUpperCase()}${message.slice(1)}.`, { errors: [{ path: '/tune', message }] })
}

/** The choices of one training, where they are made. */
export function given({ algorithm, parameters }: StartOptions): Partial<Pick<ModelDefinition, 'algorithm' | 'parameters'>> {
  return { ...(algorithm ? { algorithm } : {}), ...(parameters ? { parameters } : {}) }
}

/** Parameters and algorithm of one training must fit the model as those of its definition do. */
export function checkChoices(serving: Serving, choices: Choices): Serving {
  const { algorithm, parameters, runtime } = choices
  const {
    name,
    definition: { definition, features },
  } = serving
  const chosen = { algorithm: algorithm ?? definition.algorithm, runtime: runtime ?? definition.runtime }
  const wanted = { ...definition, ...chosen, parameters: parameters ?? definition.parameters } as ModelDefinition
  const isAsked = algorithm !== 'auto' && (algorithm !== null || parameters !== null)
  if (choices.tune !== null) refuseSearch(wanted)
  const errors = [
    ...(isAsked ? parameterErrors(wanted, features) : []),
    ...preparationErrors(wanted, features),
    ...runtimeErrors(wanted, features),
  ]
  if (errors.length > 0) throw new TandemError('invalid_input', `Model "${name}" cannot be trained so: ${errors[0]!.message}.`, { errors })
  return serving
}

export function definedAlready({ name }: Serving): TandemError {
  return new TandemError(
    'invalid_input',
    `Model "${name}" exists, so its definition says what its columns are. Leave columns out, change the model with PUT /v1/models/${name} first, or train a model of another name.`,
    { errors: [{ path: '/columns', message: 'columns are for a model that does not exist yet' }] },
  )
}

export function otherTarget({ name, definition }: Serving, target: string): TandemError {
  const own = definition.definition.target
  return new TandemError(
    'invalid_input',
    `Model "${name}" predicts "${own}", not "${target}". Leave target out, or train a model of another name.`,
    {
      errors: [{ path: '/target', message: `target must be "${own}" for this model` }],
    },
  )
}

/** An algorithm that predicts numbers says what the target is, where few whole numbers would be taken for labels. */
export function numbersFor(
  algorithm: StartOptions['algorithm'],
  target: string,
  columns: ColumnChoices | undefined,
): ColumnChoices | undefined {
  const isRegression = algorithm !== undefined && algorithm !== 'auto' && !ALGORITHMS[algorithm].tasks.includes('classification')
  if (!isRegression || columns?.[target]?.kind !== undefined) return columns
  return { ...columns, [target]: { ...columns?.[target], kind: 'number' } }
}

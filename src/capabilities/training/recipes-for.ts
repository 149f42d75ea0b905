// Which recipes a training may come to fit. Known before it starts, for their memory.
import { algorithmsFor, type ModelDefinition } from '../models/index.ts'
import { CANDIDATES, type CandidatePlan } from './candidates.ts'
import { recipeOf } from './recipe.ts'
import type { Recipe } from './tasks.ts'

/** What a training may come to fit: the one recipe that was asked for, or all that `auto` tries. */
export function recipesFor(
  { task, algorithm, parameters }: Pick<ModelDefinition, 'task' | 'algorithm' | 'parameters'>,
  seed: number,
): readonly Recipe[] {
  return algorithm === 'auto' ? candidateRecipes(task, seed, CANDIDATES) : [recipeOf({ task, parameters }, algorithm, seed)]
}

/** Of the plans those that fit the task. */
export function candidateRecipes(task: ModelDefinition['task'], seed: number, plans: readonly CandidatePlan[]): Recipe[] {
  const fitting = algorithmsFor(task)
  const own = plans.filter((plan) => fitting.includes(plan.algorithm))
  return own.map(({ algorithm, parameters }) => recipeOf({ task, parameters }, algorithm, seed))
}

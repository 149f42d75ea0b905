// Which recipes a training may come to fit. Known before it starts, for their memory.
import { algorithmsFor, type ModelDefinition } from '../models/index.ts'
import { CANDIDATES, type CandidatePlan } from './candidates.ts'
import { recipeOf } from './recipe.ts'
import { largestOf, searchable, spaceOf } from './search-space.ts'
import type { Recipe } from './tasks.ts'

export interface PlannedRecipe {
  readonly recipe: Recipe
  readonly runtime: 'node' | 'python'
}

/** What a training may come to fit: the one recipe that was asked for, or all that `auto` tries. */
export function recipesFor(
  { tune, ...asked }: Pick<ModelDefinition, 'task' | 'algorithm' | 'parameters'> & { readonly tune?: number | null | undefined },
  seed: number,
): readonly Recipe[] {
  const plain = plainRecipes(asked, seed)
  if (!tune) return plain
  const { task, parameters = {} } = asked
  const fitting = searchable(asked).filter((algorithm) => algorithmsFor(task).includes(algorithm))
  const largest = fitting.map((algorithm) => {
    const settings = { ...largestOf(spaceOf(algorithm, parameters)), ...parameters }
    return recipeOf({ task, parameters: settings }, algorithm, seed)
  })
  return [...plain, ...largest]
}

function plainRecipes(
  { task, algorithm, parameters }: Pick<ModelDefinition, 'task' | 'algorithm' | 'parameters'>,
  seed: number,
): readonly Recipe[] {
  if (algorithm !== 'auto') return [recipeOf({ task, parameters }, algorithm, seed)]
  return candidateRecipes(task, seed, CANDIDATES).map(({ recipe }) => recipe)
}

/** Of the plans those that fit the task. */
export function candidateRecipes(task: ModelDefinition['task'], seed: number, plans: readonly CandidatePlan[]): PlannedRecipe[] {
  const fitting = algorithmsFor(task)
  const own = plans.filter((plan) => fitting.includes(plan.algorithm))
  return own.map(({ algorithm, parameters, runtime }) => ({
    runtime: runtime ?? 'node',
    recipe: recipeOf({ task, parameters }, algorithm, seed),
  }))
}

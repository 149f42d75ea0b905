// What the types of a weight and a split cannot say: whether they fit the target, the features and each other.
import type { FieldError } from '../../../errors.ts'
import type { Feature } from '../feature.ts'
import type { ModelDefinition } from '../schema.ts'

/** What a column of the training rows is for beside features and target. */
export type AsideRole = 'weight' | 'group' | 'time'

export interface AsideColumn {
  readonly name: string
  readonly role: AsideRole
  /** Whether the column is a feature as well; a prediction then knows it. */
  readonly isFeature: boolean
}

/** The columns that training rows need beside features and target. */
export function asideColumns({ weight, split }: Pick<ModelDefinition, 'weight' | 'split'>, features: readonly Feature[]): AsideColumn[] {
  const isFeature = (column: string): boolean => features.some(({ name }) => name === column)
  return [
    ...(weight === undefined ? [] : [{ name: weight, role: 'weight', isFeature: false } as const]),
    ...(split === undefined || split.by === 'random'
      ? []
      : [{ name: split.column, role: split.by, isFeature: isFeature(split.column) } as const]),
  ]
}

/** Sentences about a weight and a split that do not fit; none for good ones. */
export function splitErrors(definition: ModelDefinition, features: readonly Feature[]): FieldError[] {
  const { weight, split, target, retrain } = definition
  const errors: FieldError[] = []
  const fail = (path: string, message: string): void => void errors.push({ path, message })
  if (weight === target) fail('/weight', `weight "${weight}" is the target; weights stand in a column of their own`)
  if (weight !== undefined && features.some(({ name }) => name === weight)) {
    fail('/weight', `weight "${weight}" is also a feature; a row to predict has no weight. Leave it out of the features`)
  }
  if (split !== undefined && split.by !== 'random') {
    const { by, column } = split
    const feature = features.find(({ name }) => name === column)
    if (column === target) fail('/split/column', `split.column "${column}" is the target; a ${by} stands in another column`)
    else if (column === weight) fail('/split/column', `split.column "${column}" is the weight; a ${by} stands in another column`)
    else if (feature?.kind === 'text' || (by === 'time' && feature !== undefined && feature.kind !== 'date' && feature.kind !== 'number')) {
      const wanted = by === 'time' ? 'a date or a number' : 'a value that rows share'
      fail('/split/column', `split.column "${column}" is a ${feature.kind}; a ${by} is ${wanted}`)
    }
  }
  const unknown = asideColumns(definition, features).find(({ isFeature }) => !isFeature)
  if (retrain !== undefined && unknown !== undefined) {
    fail(
      '/retrain',
      `retrain learns from predictions whose outcome came, and these have no "${unknown.name}" (the ${unknown.role}${unknown.role === 'weight' ? '' : ' of the split'}). Leave retrain out and train on rows that have it`,
    )
  }
  return errors
}

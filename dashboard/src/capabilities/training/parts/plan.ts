// What would be trained: what the server infers of a table, and what the person changed of it.
import type { Model } from '../../../../../src/capabilities/models/schema.ts'
import type { Column, ColumnChoices, TableView } from '../../../../../src/capabilities/training/schema.ts'
import type { Kind, TrainSearch } from '../search.ts'

export interface PlannedColumn {
  readonly column: Column
  /** Undefined: what was found is none of the kinds a model uses, and nothing was chosen. */
  readonly kind: Kind | undefined
  readonly chosen: Kind | undefined
  readonly used: boolean
  readonly isTarget: boolean
}

export interface Plan {
  readonly columns: readonly PlannedColumn[]
  readonly target: PlannedColumn | undefined
  readonly features: number
  readonly task: 'classification' | 'regression' | undefined
  readonly classes: number | undefined
  /** Why there is no model of this target. */
  readonly problem: string | undefined
}

const KIND_OF: Partial<Record<Column['kind'], Kind>> = {
  number: 'number',
  integer: 'integer',
  boolean: 'boolean',
  category: 'category',
  text: 'text',
  date: 'date',
}

/** @param model  the model that is trained again; absent: a new one. */
export function planOf(view: TableView, search: TrainSearch, model?: Model): Plan {
  const { target, columns: choices = {} } = search
  const aside = new Set([search.weight, search.splitBy && search.splitColumn])
  const inferred = featureNames(view.definition?.features)
  const known = model && featureNames(model.definition.features)
  const columns = view.columns.map((column): PlannedColumn => {
    const { name } = column
    const choice = known === undefined ? choices[name] : undefined
    const isTarget = name === target
    const proposed = known?.has(name) ?? (view.definition === undefined ? KIND_OF[column.kind] !== undefined : inferred.has(name))
    // What rows are weighed and split by is no feature of a new model unless somebody wants it to be one.
    const isAside = known === undefined && aside.has(name) && (name === search.weight || choice?.kind === undefined)
    const used = !isTarget && (choice?.use ?? ((proposed || choice?.kind !== undefined) && !isAside))
    return { column, kind: choice?.kind ?? KIND_OF[column.kind], chosen: choice?.kind, used, isTarget }
  })
  const picked = columns.find(({ isTarget }) => isTarget)
  const problem = view.warnings.find(({ code }) => code === 'no_model')?.message
  const task = model?.definition.task ?? taskOf(view, picked)
  const classes = (view.definition?.classes as readonly string[] | undefined)?.length ?? picked?.column.distinct
  return {
    columns,
    target: picked,
    features: columns.filter(({ used }) => used).length,
    task,
    classes: task === 'classification' ? classes : undefined,
    problem: model === undefined && picked?.chosen === undefined ? problem : undefined,
  }
}

/** The choices with one changed; what is as it was found leaves no trace. */
export function withChoice(choices: ColumnChoices | undefined, name: string, change: ColumnChoices[string]): ColumnChoices | undefined {
  const next = Object.fromEntries(Object.entries({ ...choices?.[name], ...change }).filter(([, value]) => value !== undefined))
  const { [name]: _, ...others } = choices ?? {}
  const all = Object.keys(next).length === 0 ? others : { ...others, [name]: next }
  return Object.keys(all).length === 0 ? undefined : all
}

function taskOf({ definition }: TableView, target: PlannedColumn | undefined): Plan['task'] {
  if (target === undefined) return undefined
  if (target.chosen !== undefined) return target.chosen === 'number' || target.chosen === 'integer' ? 'regression' : 'classification'
  return definition?.task as Plan['task']
}

function featureNames(features: unknown): ReadonlySet<string> {
  const properties = typeof features === 'object' && features !== null && 'properties' in features ? features.properties : undefined
  return new Set(Object.keys((properties as object | undefined) ?? {}))
}

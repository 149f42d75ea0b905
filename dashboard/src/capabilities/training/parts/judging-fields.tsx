// How rows count and which of them judge the model: the column of weights, and what the hold-out and the folds are split by.
import type { ReactNode } from 'react'
import type { Model } from '../../../../../src/capabilities/models/schema.ts'
import type { TableView } from '../../../../../src/capabilities/training/schema.ts'
import { judgingText } from '../../../text/judging.ts'
import { Field, Select } from '../../../ui/field.tsx'
import { SPLITS, type TrainSearch } from '../search.ts'

interface JudgingFieldsProps {
  readonly view: TableView
  readonly search: TrainSearch
  /** A model that exists says itself how its rows are weighed and split. */
  readonly model: Model | null | undefined
  readonly target: string | undefined
  readonly onChange: (change: TrainSearch) => void
}

const NUMERIC = new Set(['number', 'integer'])

export function JudgingFields({ view, search, model, target, onChange }: JudgingFieldsProps): ReactNode {
  if (model) return <p className="text-muted">{judgingText.ofModel(model.definition.weight, model.definition.split)}</p>
  const { weight, splitBy, splitColumn } = search
  const others = view.columns.filter(({ name }) => name !== target)
  const numbers = others.filter(({ kind, minimum = 0 }) => NUMERIC.has(kind) && minimum >= 0)
  const columns = others.filter(({ name, kind }) => name !== weight && kind !== 'constant' && kind !== 'empty')
  const timely = columns.filter(({ kind }) => kind === 'date' || NUMERIC.has(kind) || kind === 'id')
  const fitting = splitBy === 'time' ? timely : columns
  const hint = view.warnings.find(({ code, column }) => (code === 'repeats_ids' || code === 'orders_rows') && column !== target)
  const named = (list: readonly { readonly name: string }[]) => list.map(({ name }) => ({ value: name, label: name }))
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">{judgingText.title}</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={judgingText.split} hint={judgingText.splitHints[splitBy ?? 'random']}>
          {(control) => (
            <Select
              {...control}
              value={splitBy ?? ''}
              onChange={({ target: { value } }) => {
                const by = SPLITS.find((one) => one === value)
                const suggested = view.warnings.find(({ code }) => code === (by === 'time' ? 'orders_rows' : 'repeats_ids'))?.column
                onChange({ splitBy: by, splitColumn: by === undefined ? undefined : suggested })
              }}
              options={[
                { value: '', label: judgingText.splits.random },
                ...SPLITS.map((by) => ({ value: by, label: judgingText.splits[by] })),
              ]}
            />
          )}
        </Field>
        {splitBy !== undefined && (
          <Field
            label={judgingText.columns[splitBy]}
            error={splitColumn === undefined ? judgingText.columnMissing : undefined}
            hint={judgingText.columnHint}
          >
            {(control) => (
              <Select
                {...control}
                value={splitColumn ?? ''}
                onChange={({ target: { value } }) => onChange({ splitColumn: value || undefined })}
                options={[{ value: '', label: judgingText.pick }, ...named(fitting)]}
              />
            )}
          </Field>
        )}
        <Field label={judgingText.weight} hint={judgingText.weightHint}>
          {(control) => (
            <Select
              {...control}
              value={weight ?? ''}
              onChange={({ target: { value } }) => onChange({ weight: value || undefined })}
              options={[{ value: '', label: judgingText.noWeight }, ...named(numbers)]}
            />
          )}
        </Field>
      </div>
      {hint !== undefined && splitBy === undefined && <p className="mt-2 text-sm text-muted">{hint.message}</p>}
    </fieldset>
  )
}

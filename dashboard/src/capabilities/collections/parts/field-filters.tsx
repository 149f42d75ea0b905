// Conditions on the fields of a collection, made from what they are and from the values they have.
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import type { Collection, SearchAnswer } from '../../../../../src/capabilities/search/schema.ts'
import { filterText as words } from '../../../text/collections.ts'
import { Button } from '../../../ui/button.tsx'
import { Input, Select } from '../../../ui/field.tsx'
import { facetsQuery } from '../queries.ts'
import type { Filter } from '../search.ts'

export interface FieldFiltersProps {
  readonly collection: Collection
  readonly filter: Filter | undefined
  readonly onChange: (filter: Filter | undefined) => void
}

type FilterField = Collection['fields'][number]
type Facets = NonNullable<SearchAnswer['facets']>

/** The server counts so many fields at once. */
const MOST_FIELDS = 20

export function FieldFilters({ collection: { name, fields }, filter, onChange }: FieldFiltersProps): ReactNode {
  const shown = fields.slice(0, MOST_FIELDS)
  const counted = shown.filter(({ kind }) => kind === 'string' || kind === 'boolean').map((field) => field.name)
  const all = useQuery(facetsQuery(name, counted, undefined)).data
  const passing = useQuery(facetsQuery(name, counted, filter)).data
  if (shown.length === 0) return null
  const set = (field: string, condition: unknown): void => {
    const { [field]: _, ...rest } = filter ?? {}
    const next = condition === undefined ? rest : { ...rest, [field]: condition }
    onChange(Object.keys(next).length === 0 ? undefined : next)
  }
  return (
    <fieldset className="flex flex-wrap items-end gap-2">
      <legend className="sr-only">{words.label}</legend>
      {shown.map((field) => (
        <Condition
          key={field.name}
          field={field}
          condition={filter?.[field.name]}
          values={valuesOf(field, all, filter?.[field.name] === undefined ? passing : undefined)}
          onChange={(condition) => set(field.name, condition)}
        />
      ))}
      {filter !== undefined && (
        <Button icon={X} onClick={() => onChange(undefined)}>
          {words.clear}
        </Button>
      )}
    </fieldset>
  )
}

interface FacetValue {
  readonly value: string | number | boolean
  readonly count: number | undefined
}

/** Every value the field has, with how many of the documents that pass the filter have it. */
function valuesOf({ name }: FilterField, all: Facets | undefined, passing: Facets | undefined): FacetValue[] {
  const counts = new Map(passing?.[name]?.map(({ value, count }) => [value, count]))
  return (all?.[name] ?? []).map(({ value, count }) => ({ value, count: passing === undefined ? count : counts.get(value) }))
}

interface ConditionProps {
  readonly field: FilterField
  readonly condition: unknown
  readonly values: readonly FacetValue[]
  readonly onChange: (condition: unknown) => void
}

function Condition({ field: { name, kind }, condition, values, onChange }: ConditionProps): ReactNode {
  if (kind === 'number' || kind === 'date') return <Range name={name} kind={kind} condition={condition} onChange={onChange} />
  const labelOf = (value: FacetValue['value']): string => (typeof value === 'boolean' ? (value ? words.yes : words.no) : String(value))
  const known = values.some(({ value }) => value === condition) || condition === undefined
  const shown = known ? values : [{ value: condition as string, count: undefined }, ...values]
  return (
    <Select
      aria-label={name}
      value={condition === undefined ? '' : JSON.stringify(condition)}
      options={[
        { value: '', label: words.any(name) },
        ...shown.map(({ value, count }) => ({
          value: JSON.stringify(value),
          label: words.valueOf(typeof value === 'object' ? JSON.stringify(value) : labelOf(value), count),
        })),
      ]}
      onChange={({ target }) => onChange(target.value === '' ? undefined : JSON.parse(target.value))}
      className="w-auto max-w-52 max-sm:max-w-none max-sm:flex-1 max-sm:basis-36"
    />
  )
}

interface RangeProps {
  readonly name: string
  readonly kind: 'number' | 'date'
  readonly condition: unknown
  readonly onChange: (condition: unknown) => void
}

function Range({ name, kind, condition, onChange }: RangeProps): ReactNode {
  const { gte, lte } = (typeof condition === 'object' && condition !== null ? condition : { gte: condition, lte: condition }) as {
    readonly gte?: string | number
    readonly lte?: string | number
  }
  const set = (part: { readonly gte?: string | number | undefined; readonly lte?: string | number | undefined }): void => {
    const next = Object.fromEntries(Object.entries({ gte, lte, ...part }).filter(([, value]) => value !== undefined))
    onChange(Object.keys(next).length === 0 ? undefined : next)
  }
  return (
    <div className="max-sm:flex-1 max-sm:basis-full">
      <p className="mb-0.5 text-xs text-faint">{name}</p>
      <div className="flex gap-1">
        <Bound kind={kind} label={words.atLeast(name)} placeholder={words.from} value={gte} onChange={(value) => set({ gte: value })} />
        <Bound kind={kind} label={words.atMost(name)} placeholder={words.to} value={lte} onChange={(value) => set({ lte: value })} />
      </div>
    </div>
  )
}

interface BoundProps {
  readonly kind: 'number' | 'date'
  readonly label: string
  readonly placeholder: string
  readonly value: string | number | undefined
  readonly onChange: (value: string | number | undefined) => void
}

const TYPING_MS = 350

function Bound({ kind, label, placeholder, value, onChange }: BoundProps): ReactNode {
  const given = value === undefined ? '' : String(value)
  const [typed, setTyped] = useState(given)
  useEffect(() => setTyped(given), [given])
  useEffect(() => {
    if (typed === given) return
    const isRight = typed.trim() === '' || kind === 'date' || Number.isFinite(Number(typed))
    if (!isRight) return
    const next = typed.trim() === '' ? undefined : kind === 'number' ? Number(typed) : typed
    const timer = setTimeout(() => onChange(next), TYPING_MS)
    return () => clearTimeout(timer)
  })
  const isWrong = kind === 'number' && !Number.isFinite(Number(typed))
  return (
    <Input
      aria-label={label}
      aria-invalid={isWrong || undefined}
      type={kind === 'date' ? 'date' : 'text'}
      inputMode={kind === 'number' ? 'decimal' : undefined}
      value={kind === 'date' ? typed.slice(0, 10) : typed}
      placeholder={placeholder}
      onChange={({ target }) => setTyped(target.value)}
      className={kind === 'number' ? 'w-20! max-sm:flex-1' : 'w-36! max-sm:flex-1'}
    />
  )
}

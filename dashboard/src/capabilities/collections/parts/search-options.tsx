// How the rankings are joined, how different the hits shall be, how many are shown. Each stands in the address.
import type { ReactNode } from 'react'
import { playgroundText as words } from '../../../text/collections.ts'
import { Button } from '../../../ui/button.tsx'
import { Check, Field, Select } from '../../../ui/field.tsx'
import { formatShare } from '../../../ui/format.ts'
import { LIMITS, type PlaygroundSearch } from '../search.ts'

export interface SearchOptionsProps {
  readonly search: PlaygroundSearch
  /** Whether two rankings are joined on this page. */
  readonly joins: boolean
  readonly onChange: (change: PlaygroundSearch) => void
}

/** Where the slider stands while the model decides. */
const MIDDLE = 0.5

export function SearchOptions({ search, joins, onChange }: SearchOptionsProps): ReactNode {
  const { fusion, meaning, diversity = 0, limit = LIMITS[0] } = search
  return (
    <details
      className="rounded-lg border border-line bg-surface px-4 py-2"
      open={fusion !== undefined || meaning !== undefined || diversity > 0 || search.whole === true}
    >
      <summary className="w-fit cursor-pointer rounded-sm font-medium">{words.options}</summary>
      <div className="mt-3 mb-2 flex flex-wrap items-start gap-x-8 gap-y-4">
        {joins && (
          <>
            <Field label={words.fusion}>
              {(control) => (
                <Select
                  {...control}
                  value={fusion ?? 'rank'}
                  options={(['rank', 'score'] as const).map((value) => ({ value, label: words.fusions[value] }))}
                  onChange={({ target }) => onChange({ fusion: target.value === 'score' ? 'score' : undefined })}
                />
              )}
            </Field>
            <div className="grid gap-1">
              <Range
                label={words.weight}
                value={meaning ?? MIDDLE}
                shown={meaning === undefined ? words.weightByModel : words.weightOf(formatShare(meaning, 0))}
                onChange={(value) => onChange({ meaning: value })}
              />
              {meaning !== undefined && (
                <Button size="small" onClick={() => onChange({ meaning: undefined })}>
                  {words.byModel}
                </Button>
              )}
            </div>
          </>
        )}
        <Range
          label={words.diversity}
          value={diversity}
          shown={diversity === 0 ? words.diversityOff : formatShare(diversity, 0)}
          hint={words.diversityHint}
          onChange={(value) => onChange({ diversity: value === 0 ? undefined : value })}
        />
        <Field label={words.limit}>
          {(control) => (
            <Select
              {...control}
              value={String(limit)}
              options={LIMITS.map((value) => ({ value: String(value), label: String(value) }))}
              onChange={({ target }) => onChange({ limit: Number(target.value) === LIMITS[0] ? undefined : Number(target.value) })}
            />
          )}
        </Field>
        {search.like === undefined && (
          <Check
            label={words.unfinished}
            hint={words.unfinishedHint}
            checked={search.whole !== true}
            onChange={({ target }) => onChange({ whole: target.checked ? undefined : true })}
          />
        )}
      </div>
    </details>
  )
}

interface RangeProps {
  readonly label: string
  readonly value: number
  readonly shown: string
  readonly hint?: string
  readonly onChange: (value: number) => void
}

function Range({ label, value, shown, hint, onChange }: RangeProps): ReactNode {
  return (
    <label className="grid w-48 gap-1">
      <span className="flex justify-between gap-2 font-medium">
        {label} <span className="font-normal text-muted">{shown}</span>
      </span>
      <input
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={value}
        aria-valuetext={shown}
        onChange={({ target }) => onChange(Number(target.value))}
        className="h-8 w-full accent-accent"
      />
      {hint !== undefined && <span className="text-sm font-normal text-faint">{hint}</span>}
    </label>
  )
}

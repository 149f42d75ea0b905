// The filter of the list. Every condition stands in the address, so a filtered list can be sent to somebody.
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { predictionFilterText as words } from '../../../text/predictions.ts'
import { Button } from '../../../ui/button.tsx'
import { Input, Select } from '../../../ui/field.tsx'
import { formatVersion } from '../../../ui/format-time.ts'
import { Segment, Segments } from '../../../ui/segmented.tsx'
import { modelNamesQuery } from '../queries.ts'
import { CONFIDENCES, OUTCOMES, type PredictionsSearch, SOURCES, WINDOWS } from '../search.ts'

/** Typing is not searching: the list follows when the hand rests. */
const TYPING_MS = 350

export function PredictionFilters({ search }: { readonly search: PredictionsSearch }): ReactNode {
  const navigate = useNavigate({ from: '/predictions' })
  const names = useQuery(modelNamesQuery).data ?? []
  const change = (part: PredictionsSearch): void =>
    void navigate({ search: (old) => ({ ...old, open: undefined, ...part }), replace: true })
  const known = search.model !== undefined && !names.includes(search.model) ? [search.model, ...names] : names
  return (
    <search aria-label={words.label} className="mb-4 flex flex-wrap items-center gap-2">
      <Choice
        label={words.model}
        value={search.model}
        none={words.anyModel}
        options={known.map((name) => ({ value: name, label: name }))}
        onChange={(model) => change({ model, version: undefined })}
      />
      <Choice
        label={words.outcome}
        value={search.outcome}
        none={words.outcomes.any}
        options={OUTCOMES.map((value) => ({ value, label: words.outcomes[value] }))}
        onChange={(outcome) => change({ outcome: outcome as PredictionsSearch['outcome'] })}
      />
      <Choice
        label={words.confidence}
        value={search.confidence}
        none={words.confidences.any}
        options={CONFIDENCES.map((value) => ({ value, label: words.confidences[value] }))}
        onChange={(confidence) => change({ confidence: confidence as PredictionsSearch['confidence'] })}
      />
      <Choice
        label={words.source}
        value={search.source}
        none={words.anySource}
        options={SOURCES.map((value) => ({ value, label: words.bySource[value] }))}
        onChange={(source) => change({ source: source as PredictionsSearch['source'] })}
      />
      <ResultInput value={search.value} onChange={(value) => change({ value })} />
      <Segments label={words.window}>
        {WINDOWS.map((window) => (
          <Segment key={window} to="/predictions" search={{ ...search, open: undefined, window }} selected={search.window === window}>
            {words.windows[window]}
          </Segment>
        ))}
        <Segment to="/predictions" search={{ ...search, open: undefined, window: undefined }} selected={search.window === undefined}>
          {words.windows.all}
        </Segment>
      </Segments>
      {search.version !== undefined && (
        <Button size="small" icon={X} onClick={() => change({ version: undefined })}>
          {words.removeVersion(formatVersion(search.version))}
        </Button>
      )}
    </search>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly value: string | undefined
  readonly none: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly onChange: (value: string | undefined) => void
}

function Choice({ label, value = '', none, options, onChange }: ChoiceProps): ReactNode {
  return (
    <Select
      aria-label={label}
      value={value}
      options={[{ value: '', label: none }, ...options]}
      onChange={({ target }) => onChange(target.value || undefined)}
      className="w-auto max-w-48 max-sm:max-w-none max-sm:flex-1 max-sm:basis-36"
    />
  )
}

function ResultInput({
  value = '',
  onChange,
}: {
  readonly value?: string
  readonly onChange: (value: string | undefined) => void
}): ReactNode {
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => onChange(typed.trim() || undefined), TYPING_MS)
    return () => clearTimeout(timer)
  })
  return (
    <div className="w-36 max-sm:flex-1 max-sm:basis-36">
      <Input
        aria-label={words.value}
        data-filter
        value={typed}
        maxLength={200}
        placeholder={words.valuePlaceholder}
        onChange={({ target }) => setTyped(target.value)}
      />
    </div>
  )
}

// What would have to change in the row that was just predicted for another answer; each way can be filled in and tried.
import { GitCompareArrows } from 'lucide-react'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import type { Counterfactuals } from '../../../../../src/capabilities/training/what-if/schema.ts'
import type { AnyPrediction } from '../../../../../src/predictions.ts'
import { client } from '../../../client.ts'
import { whatIfText as words } from '../../../text/trust.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { CutText } from '../../../ui/cut-text.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Check, Field, Input, Select } from '../../../ui/field.tsx'
import { formatNumber, formatShare } from '../../../ui/format.ts'
import type { Cell } from '../../../ui/schema-form.tsx'
import { featuresByImportance } from './features-by-importance.ts'

interface WhatIfCardProps {
  readonly model: string
  readonly version: Version
  /** The row that was predicted. */
  readonly row: Readonly<Record<string, Cell>>
  readonly prediction: Pick<AnyPrediction, 'value'>
  /** Puts the changed row into the form. */
  readonly onTry: (row: Readonly<Record<string, Cell>>) => void
  readonly className?: string
}

/** Features that can be held fast; of more the ones that count most. */
const MOST_FEATURES = 24

export function WhatIfCard({ model, version, row, prediction, onTry, className }: WhatIfCardProps): ReactNode {
  const others = version.classes?.filter((label) => label !== prediction.value)
  const [wished, setWished] = useState(others?.[0])
  const [bounds, setBounds] = useState({ low: '', high: '' })
  const [fixed, setFixed] = useState<readonly string[]>([])
  const [found, setFound] = useState<Counterfactuals>()
  const [failure, setFailure] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const names = featuresByImportance(version).slice(0, MOST_FEATURES)
  const goal = others === undefined ? numbersOf(bounds) : wished === undefined ? undefined : { class: wished }
  const find = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setFailure(undefined)
    try {
      setFound(await client.model(model).counterfactuals(row, { goal, immutable: [...fixed], version: version.version }))
    } catch (error) {
      setFound(undefined)
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Card title={words.title} subtitle={words.subtitle} className={className}>
      <form onSubmit={(event) => void find(event)} className="grid gap-3">
        <Wish others={others} wished={wished} onWish={setWished} bounds={bounds} onBounds={setBounds} />
        <fieldset className="min-w-0">
          <legend className="mb-1 text-sm text-muted">{words.fixed}</legend>
          <div className="grid gap-x-4 gap-y-1 sm:grid-cols-2 xl:grid-cols-3">
            {names.map((name) => (
              <Check
                key={name}
                label={<CutText text={name} />}
                className="min-w-0"
                checked={fixed.includes(name)}
                onChange={({ target }) => setFixed(target.checked ? [...fixed, name] : fixed.filter((each) => each !== name))}
              />
            ))}
          </div>
        </fieldset>
        <div>
          <Button type="submit" icon={GitCompareArrows} busy={isBusy} disabled={goal === undefined}>
            {words.find}
          </Button>
        </div>
      </form>
      <div role="status" className="mt-3">
        {failure !== undefined && <ErrorPanel error={failure} />}
        {found !== undefined && <Ways found={found} onTry={(changed) => onTry({ ...row, ...changed })} />}
      </div>
    </Card>
  )
}

interface WishProps {
  /** Classes that are not answered now; undefined for numbers. */
  readonly others: readonly string[] | undefined
  readonly wished: string | undefined
  readonly onWish: (label: string) => void
  readonly bounds: { readonly low: string; readonly high: string }
  readonly onBounds: (bounds: { readonly low: string; readonly high: string }) => void
}

function Wish({ others, wished, onWish, bounds, onBounds }: WishProps): ReactNode {
  const id = useId()
  if (others === undefined) {
    return (
      <div className="grid grid-cols-2 gap-3">
        {(['low', 'high'] as const).map((end) => (
          <Field key={end} label={words[end]}>
            {(control) => (
              <Input
                {...control}
                inputMode="decimal"
                value={bounds[end]}
                onChange={({ target }) => onBounds({ ...bounds, [end]: target.value })}
              />
            )}
          </Field>
        ))}
      </div>
    )
  }
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="font-medium">
        {words.wished}
      </label>
      <Select
        id={id}
        value={wished ?? ''}
        onChange={({ target }) => onWish(target.value)}
        options={others.map((label) => ({ value: label, label }))}
        className="w-auto! max-w-56"
      />
    </div>
  )
}

interface WaysProps {
  readonly found: Counterfactuals
  readonly onTry: (changed: Readonly<Record<string, Cell>>) => void
}

function Ways({ found, onTry }: WaysProps): ReactNode {
  const { counterfactuals, goal } = found
  if (counterfactuals.length === 0) return <p className="text-muted">{words.none}</p>
  const shown = (prediction: number): string => (goal.class === undefined ? formatNumber(prediction) : formatShare(prediction))
  return (
    <>
      <p className="text-sm text-muted">{words.now(shown(found.prediction), goal.class)}</p>
      <ol className="mt-2 grid gap-2">
        {counterfactuals.map(({ changes, prediction, value }) => (
          <li
            key={changes.map(({ feature }) => feature).join()}
            className="flex flex-wrap items-center gap-x-4 gap-y-1 rounded-md border border-line px-3 py-2"
          >
            <span className="min-w-0 flex-1">
              {changes.map(({ feature, from, to }) => (
                <span key={feature} className="block break-words">
                  {feature} <span className="text-muted">{cellText(from)}</span> → <strong>{cellText(to)}</strong>
                </span>
              ))}
            </span>
            <span className="text-sm">
              {typeof value === 'number' ? words.thenNumber(formatNumber(value)) : words.thenClass(value, shown(prediction))}
            </span>
            <Button size="small" onClick={() => onTry(Object.fromEntries(changes.map(({ feature, to }) => [feature, to])))}>
              {words.try}
            </Button>
          </li>
        ))}
      </ol>
      <p className="mt-2 text-sm text-faint">{words.foot}</p>
    </>
  )
}

function cellText(value: Cell): string {
  return value === null ? words.missing : typeof value === 'number' ? formatNumber(value) : String(value)
}

function numbersOf({ low, high }: { readonly low: string; readonly high: string }): { low?: number; high?: number } | undefined {
  const [least, most] = [low, high].map((text) => (text.trim() === '' ? undefined : Number(text.replace(',', '.'))))
  if (least === undefined && most === undefined) return undefined
  if ([least, most].some((end) => end !== undefined && !Number.isFinite(end))) return undefined
  return { ...(least === undefined ? {} : { low: least }), ...(most === undefined ? {} : { high: most }) }
}

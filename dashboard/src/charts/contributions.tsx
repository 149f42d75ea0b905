// Why one prediction came out as it did: from the average, by what each feature added or took, to the result (SHAP).
import { type ReactNode, useState } from 'react'
import { chartText } from '../text/charts.ts'
import { CutText } from '../ui/cut-text.tsx'
import type { ChartTableData } from './chart-table.tsx'
import { POINTS, SHARE, SIGNED, type Unit } from './unit.ts'

export interface Contribution {
  readonly feature: string
  /** The value of the feature in this row, as text. */
  readonly value: string
  readonly contribution: number
  /** Of a free text: its words that count most, before the average of the text is taken off. */
  readonly terms?: readonly { readonly term: string; readonly contribution: number }[]
}

interface ContributionsProps {
  readonly label: string
  /** What the model says on average. */
  readonly base: number
  /** What it says here: base plus all contributions. */
  readonly result: number
  readonly contributions: readonly Contribution[]
  /** `share`: probabilities, differences in points; otherwise the unit of the target. */
  readonly unit: 'share' | Unit
  readonly top?: number
}

export function Contributions({ label, base, result, contributions, unit, top = 8 }: ContributionsProps): ReactNode {
  const [all, setAll] = useState(false)
  const value = unit === 'share' ? SHARE : unit
  const difference = unit === 'share' ? POINTS : SIGNED
  const rows = shownContributions(contributions, all ? Number.POSITIVE_INFINITY : top)
  const largest = Math.max(...rows.map(({ contribution }) => Math.abs(contribution)), Number.MIN_VALUE)
  return (
    <div>
      <dl aria-label={label} className="grid gap-1.5 text-sm">
        <Line name={chartText.average} value={value.format(base)} />
        {rows.map(({ feature, value: text, contribution, terms = [] }) => (
          <div key={feature} className="grid grid-cols-[minmax(0,1.4fr)_minmax(4rem,1fr)_5.25rem] items-center gap-x-2">
            <dt className="flex min-w-0 items-baseline gap-1 text-muted" title={text === '' ? feature : `${feature} = ${text}`}>
              <CutText text={feature} />
              {text !== '' && <span className="max-w-[40%] shrink-0 truncate text-faint"> = {text}</span>}
            </dt>
            <dd className="contents">
              <Bar share={contribution / largest} />
              <span className="text-right whitespace-nowrap">{difference.format(contribution)}</span>
            </dd>
            {terms.length > 0 && <Terms terms={terms} format={difference.format} />}
          </div>
        ))}
        <Line name={chartText.result} value={value.format(result)} strong />
      </dl>
      {contributions.length > top + 1 && (
        <button type="button" onClick={() => setAll(!all)} className="mt-1 text-sm text-accent underline">
          {all ? chartText.showFewer : chartText.showAll(contributions.length)}
        </button>
      )}
    </div>
  )
}

/** The words of a text, each with what it adds; the sign says for or against, the shade how much. */
function Terms({
  terms,
  format,
}: {
  readonly terms: NonNullable<Contribution['terms']>
  readonly format: (value: number) => string
}): ReactNode {
  return (
    <dd className="col-span-3 mt-1 mb-1 flex flex-wrap gap-1">
      <span className="sr-only">{chartText.words}</span>
      {terms.map(({ term, contribution }) => (
        <span key={term} className="inline-flex max-w-full items-baseline gap-1 rounded-sm border border-line px-1.5 text-xs" title={term}>
          <span
            aria-hidden
            className="size-1.5 shrink-0 self-center rounded-full"
            style={{ background: contribution < 0 ? 'var(--div-2)' : 'var(--div-6)' }}
          />
          <span className="truncate">{term}</span>
          <span className="shrink-0 text-muted">{format(contribution)}</span>
        </span>
      ))}
    </dd>
  )
}

function Line({ name, value, strong = false }: { readonly name: string; readonly value: string; readonly strong?: boolean }): ReactNode {
  return (
    <div className={`flex justify-between ${strong ? 'border-t border-line pt-1.5 font-semibold' : 'text-muted'}`}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

/** Left of the middle what was taken, right of it what was added. */
function Bar({ share }: { readonly share: number }): ReactNode {
  return (
    <svg viewBox="-100 0 200 12" preserveAspectRatio="none" className="h-3 w-full" aria-hidden>
      <rect x={Math.min(0, share * 98)} width={Math.abs(share) * 98} height={12} fill={share < 0 ? 'var(--div-2)' : 'var(--div-6)'} />
      <path d="M0 0V12" stroke="var(--line-strong)" strokeWidth={1} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}

/** The `top` largest by size; the others as one row, so that the rows still add up to the result. */
export function shownContributions(contributions: readonly Contribution[], top: number): Contribution[] {
  const sorted = [...contributions].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
  if (sorted.length <= top + 1) return sorted
  const others = sorted.slice(top)
  const sum = others.reduce((total, { contribution }) => total + contribution, 0)
  return [...sorted.slice(0, top), { feature: chartText.more(others.length), value: '', contribution: sum }]
}

export function contributionsTable(contributions: readonly Contribution[], unit: 'share' | Unit): ChartTableData {
  const difference = unit === 'share' ? POINTS : SIGNED
  return {
    columns: [chartText.feature, chartText.value, chartText.contribution],
    rows: shownContributions(contributions, Number.POSITIVE_INFINITY).map(({ feature, value, contribution }) => [
      feature,
      value,
      difference.format(contribution),
    ]),
  }
}

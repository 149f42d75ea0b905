// The operating threshold of a two-class model, with what it means for the held-out rows; dragging needs no request.
import { type ReactNode, useId } from 'react'
import type { Evaluation } from '../../../../../src/capabilities/models/reports/schema.ts'
import { type BinaryRates, binaryRates } from '../../../charts/confusion.ts'
import { atThreshold } from '../../../charts/threshold.ts'
import type { Interval } from '../../../charts/wilson-interval.ts'
import { evaluationText } from '../../../text/models.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ABSENT, formatShare } from '../../../ui/format.ts'
import { OWN_THRESHOLD } from './classification-cards.tsx'

interface ThresholdCardProps {
  readonly classification: NonNullable<Evaluation['classification']>
  readonly threshold: number | undefined
  readonly onThreshold: (threshold: number | undefined) => void
  readonly className?: string
}

const RATES: readonly (readonly [keyof BinaryRates, string])[] = [
  ['accuracy', evaluationText.rates.accuracy],
  ['precision', evaluationText.rates.precision],
  ['recall', evaluationText.rates.recall],
  ['falsePositiveRate', evaluationText.rates.falsePositiveRate],
]

export function ThresholdCard({ classification, threshold, onThreshold, className }: ThresholdCardProps): ReactNode {
  const id = useId()
  const { thresholds = [], confusion, classes } = classification
  const value = threshold ?? OWN_THRESHOLD
  const rates = binaryRates(threshold === undefined ? confusion : (atThreshold(thresholds, threshold)?.confusion ?? confusion))
  return (
    <Card title={evaluationText.thresholdTitle} subtitle={evaluationText.thresholdSubtitle(classes[1]!)} className={className}>
      <div className="grid items-center gap-x-8 gap-y-3 lg:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]">
        <div className="flex items-center gap-3">
          <label htmlFor={id} className="sr-only">
            {evaluationText.threshold}
          </label>
          <input
            id={id}
            type="range"
            min={0}
            max={1}
            step={0.01}
            value={value}
            onChange={({ target }) => onThreshold(Number(target.value))}
            className="h-8 min-w-0 flex-1 accent-accent"
          />
          <output htmlFor={id} className="w-10 text-right text-lg font-semibold">
            {value.toFixed(2)}
          </output>
          <Button size="small" disabled={threshold === undefined} onClick={() => onThreshold(undefined)}>
            {evaluationText.reset}
          </Button>
        </div>
        <dl className="grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-4">
          {RATES.map(([rate, name]) => (
            <div key={rate}>
              <dt className="text-sm text-muted">{name}</dt>
              <dd>
                <span className="font-semibold">{rates[rate] ? formatShare(rates[rate].value) : ABSENT}</span>{' '}
                <span className="text-xs whitespace-nowrap text-faint">{intervalOf(rates[rate])}</span>
              </dd>
            </div>
          ))}
        </dl>
      </div>
      <p className="mt-2 text-sm text-faint">{evaluationText.thresholdHint}</p>
    </Card>
  )
}

function intervalOf(interval: Interval | undefined): string {
  return interval ? `${formatShare(interval.low)} to ${formatShare(interval.high)}` : ''
}

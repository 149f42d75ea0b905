import { Check, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { predictionsText } from '../../../text/predictions.ts'
import { formatNumber } from '../../../ui/format.ts'
import { Pill } from '../../../ui/pill.tsx'
import type { PredictionRow } from './live-rows.ts'

/** Whether it came true: a word and a sign, the colour third. Not known is no colour. */
export function OutcomeCell({ outcome, correct, error }: Pick<PredictionRow, 'outcome' | 'correct' | 'error'>): ReactNode {
  if (outcome === undefined) return <span className="text-faint">{predictionsText.noOutcome}</span>
  if (error !== undefined) return <span title={String(outcome.value)}>{predictionsText.off(formatNumber(error))}</span>
  return correct === true ? (
    <Pill tone="good" icon={Check}>
      {predictionsText.right}
    </Pill>
  ) : (
    <Pill tone="bad" icon={X} title={String(outcome.value)}>
      {predictionsText.wrong}
    </Pill>
  )
}

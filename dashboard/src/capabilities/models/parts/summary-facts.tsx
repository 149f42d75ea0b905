// The numbers a model is known by: live quality beside what was promised, calibration, traffic, latency, outcomes.
import type { ReactNode } from 'react'
import type { Model } from '../../../../../src/capabilities/models/schema.ts'
import type { ModelPerformance } from '../../../../../src/capabilities/monitoring/schema.ts'
import { Sparkline } from '../../../charts/sparkline.tsx'
import { summaryText } from '../../../text/models.ts'
import { Fact, FactStrip } from '../../../ui/fact-strip.tsx'
import { ABSENT, formatCount, formatDuration, formatExact, formatNumber, formatShare, splitUnit } from '../../../ui/format.ts'
import { type Metric, metricOf } from '../metrics.ts'

/** Above it stated confidence misleads; the limit of the project's own quality gates. */
const CALIBRATION_LIMIT = 0.05

export function SummaryFacts({
  model,
  performance,
}: {
  readonly model: Model
  readonly performance: ModelPerformance | undefined
}): ReactNode {
  const total = performance?.total
  const metric = performance && metricOf(performance.metric)
  const [p95, p95Unit] = splitUnit(formatDuration(total?.p95Ms))
  const spark = (pick: (point: ModelPerformance['points'][number]) => number | null, fromZero = false): ReactNode =>
    performance && <Sparkline values={performance.points.map(pick)} fromZero={fromZero} width={64} />
  return (
    <FactStrip>
      <Fact {...qualityFact(metric, total)} spark={spark(({ value }) => value)} />
      {model.definition.task === 'classification' && (
        <Fact
          label={summaryText.calibration}
          value={total && (total.calibrationError === null ? ABSENT : formatNumber(total.calibrationError))}
          {...calibrationDetail(total?.calibrationError)}
        />
      )}
      <Fact
        label={summaryText.predictions}
        value={total && formatCount(total.predictions)}
        title={formatExact(total?.predictions)}
        detail={performance && predictionsDetail(performance)}
        spark={spark(({ predictions }) => predictions, true)}
      />
      <Fact
        label={summaryText.latency}
        value={total && p95}
        unit={p95Unit}
        detail={total && summaryText.latencyDetail(formatDuration(total.p50Ms), formatDuration(total.p99Ms))}
        spark={spark(({ p95Ms }) => p95Ms)}
      />
      <Fact
        label={summaryText.outcomes}
        value={total && formatCount(total.outcomes)}
        title={formatExact(total?.outcomes)}
        detail={total && outcomesDetail(model, total)}
        spark={spark(({ outcomes }) => outcomes, true)}
      />
    </FactStrip>
  )
}

type Total = ModelPerformance['total']

/** Live where outcomes say it, else what was measured on held-out rows, under that name. */
function qualityFact(
  metric: Metric | undefined,
  total: Total | undefined,
): { label: string; value: string | undefined; unit?: string; detail?: string } {
  if (metric === undefined || total === undefined) return { label: summaryText.predictions, value: undefined }
  const { title, unit } = metric
  const interval = (low: number | null, high: number | null): string =>
    low === null || high === null ? '' : `${unit.format(low)} to ${unit.format(high)}`
  if (total.value !== null) {
    const detail = `${interval(total.low, total.high)} · n ${formatCount(total.outcomes)}`
    const [value, of] = splitUnit(unit.format(total.value))
    return { label: summaryText.live(title), value, unit: of, detail }
  }
  const { heldOut } = total
  const [value, of] = splitUnit(unit.format(heldOut?.value ?? Number.NaN))
  return {
    label: summaryText.held(title),
    value,
    unit: of,
    detail: heldOut === null ? undefined : `${interval(heldOut.low, heldOut.high)}, 95 %`,
  }
}

function calibrationDetail(error: number | null | undefined): { detail?: string; tone?: 'good' | 'warn' } {
  if (error === undefined) return {}
  if (error === null) return { detail: summaryText.noOutcomes }
  return error <= CALIBRATION_LIMIT
    ? { detail: summaryText.calibrationGood, tone: 'good' }
    : { detail: summaryText.calibrationBad, tone: 'warn' }
}

function predictionsDetail({ total, previous }: ModelPerformance): string {
  if (total.fallback > 0) return summaryText.fallbackShare(formatShare(total.fallback / total.predictions))
  if (previous.predictions === 0) return ''
  const change = total.predictions / previous.predictions - 1
  return summaryText.predictionsDetail(`${change > 0 ? '+' : ''}${formatShare(change)}`)
}

function outcomesDetail({ retrain }: Model, { outcomes, predictions }: Total): string {
  if (retrain !== null) return summaryText.retrainDetail(retrain.outcomesSinceTraining, retrain.everyOutcomes)
  return outcomes === 0 || predictions === 0 ? summaryText.noOutcomes : summaryText.outcomesDetail(formatShare(outcomes / predictions))
}

// How a regression did on its held-out rows: predicted and actual, residuals, sizes of its errors, whether its intervals hold.
import { type ReactNode, useMemo } from 'react'
import type { Evaluation } from '../../../../../src/capabilities/models/reports/schema.ts'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { diagonalTable, PredictedVsActual, REGRESSION_NAMES } from '../../../charts/diagonal-plot.tsx'
import { Histogram, histogramTable } from '../../../charts/histogram.tsx'
import { NUMBER } from '../../../charts/unit.ts'
import { evaluationText } from '../../../text/models.ts'
import { Card } from '../../../ui/card.tsx'
import { formatNumber, formatShare } from '../../../ui/format.ts'

type Regression = NonNullable<Evaluation['regression']>

interface RegressionCardProps {
  readonly regression: Regression
  readonly className?: string
}

const SIDE = 240

export function PredictedVsActualCard({ regression, target, className }: RegressionCardProps & { readonly target: string }): ReactNode {
  const bins = useMemo(
    () =>
      regression.predictedVsActual.map(({ predicted, meanActual, low, high, count }) => ({
        predicted,
        actual: meanActual,
        low,
        high,
        count,
      })),
    [regression],
  )
  return (
    <ChartCard
      className={className}
      title={evaluationText.predictedVsActual}
      subtitle={evaluationText.predictedVsActualSubtitle(target)}
      height={SIDE}
      table={() => diagonalTable(bins, NUMBER, REGRESSION_NAMES)}
    >
      <PredictedVsActual label={evaluationText.predictedVsActual} bins={bins} unit={NUMBER} height={SIDE} />
    </ChartCard>
  )
}

export function ResidualsCard({ regression, className }: RegressionCardProps): ReactNode {
  const { edges, counts } = regression.residuals
  const series = useMemo(() => [{ name: evaluationText.rows, counts }], [counts])
  return (
    <ChartCard
      className={className}
      title={evaluationText.residuals}
      subtitle={evaluationText.residualsSubtitle}
      height={SIDE}
      table={() => histogramTable(edges, series, NUMBER)}
    >
      <Histogram
        label={evaluationText.residuals}
        edges={edges}
        series={series}
        unit={NUMBER}
        name={evaluationText.residualName}
        mark={ZERO}
        height={SIDE}
      />
    </ChartCard>
  )
}

const ZERO = { value: 0, label: '0' }

export function ErrorSizesCard({ regression, className }: RegressionCardProps): ReactNode {
  const { absoluteError, intervalCoverage } = regression
  const lines = [
    ['50 %', absoluteError.p50],
    ['90 %', absoluteError.p90],
    ['95 %', absoluteError.p95],
  ] as const
  return (
    <Card title={evaluationText.errors} subtitle={evaluationText.errorsSubtitle} className={className}>
      <ul className="grid gap-1">
        {lines.map(([share, value]) => (
          <li key={share}>{evaluationText.errorLine(share, formatNumber(value))}</li>
        ))}
      </ul>
      <h3 className="mt-4 mb-1 font-semibold">{evaluationText.coverage}</h3>
      <p className="text-muted">
        {intervalCoverage === null
          ? evaluationText.coverageNone
          : evaluationText.coverageOf(
              formatShare(intervalCoverage.measured),
              `${formatShare(intervalCoverage.low)} to ${formatShare(intervalCoverage.high)}`,
              formatShare(intervalCoverage.nominal, 0),
            )}
      </p>
    </Card>
  )
}

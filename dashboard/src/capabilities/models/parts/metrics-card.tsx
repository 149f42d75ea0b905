// Every metric of a version: on the held-out rows with its interval, and how it varied over the folds.
import type { ReactNode } from 'react'
import type { Evaluation } from '../../../../../src/capabilities/models/reports/schema.ts'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import { evaluationText } from '../../../text/models.ts'
import { newRowsText } from '../../../text/new-rows.ts'
import { Card } from '../../../ui/card.tsx'
import { ABSENT, formatExact } from '../../../ui/format.ts'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { inMetricOrder, metricOf } from '../metrics.ts'

interface MetricsCardProps {
  readonly version: Version
  readonly evaluation: Pick<Evaluation, 'rows' | 'intervals'>
  /** On rows that were sent: what stood on the held-out ones, beside them. */
  readonly onNewRows?: boolean
  readonly className?: string
}

const { metricColumns: columns } = evaluationText

export function MetricsCard({ version, evaluation, onNewRows = false, className }: MetricsCardProps): ReactNode {
  const { metrics: own, crossValidation } = version
  const metrics = onNewRows ? Object.fromEntries(Object.entries(evaluation.intervals).map(([name, { value }]) => [name, value])) : own
  return (
    <Card
      title={evaluationText.metrics}
      subtitle={
        onNewRows ? newRowsText.metricsSubtitle(evaluation.rows) : evaluationText.metricsSubtitle(evaluation.rows, crossValidation.folds)
      }
      className={className}
    >
      <ScrollRegion label={evaluationText.metrics}>
        <table className="w-full text-right">
          <thead>
            <tr className="border-b border-line text-sm text-muted [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium [&>th]:whitespace-nowrap">
              <th scope="col" className="pl-0! text-left">
                {columns.metric}
              </th>
              <th scope="col">{columns.held}</th>
              <th scope="col">{columns.interval}</th>
              <th scope="col">{onNewRows ? newRowsText.heldOutColumn : columns.folds}</th>
              <th scope="col" className="text-left">
                {columns.meaning}
              </th>
            </tr>
          </thead>
          <tbody>
            {inMetricOrder(Object.keys(metrics)).map((name) => {
              const { title, unit, meaning } = metricOf(name)
              const interval = evaluation.intervals[name]
              const [mean, std] = [crossValidation.mean[name], crossValidation.std[name]]
              return (
                <tr key={name} className="border-b border-line/70 last:border-0 [&>td]:px-3 [&>td]:py-1.5 [&>td]:whitespace-nowrap">
                  <th scope="row" className="py-1.5 text-left font-normal whitespace-nowrap">
                    {title}
                  </th>
                  <td className="font-medium" title={formatExact(metrics[name])}>
                    {unit.format(metrics[name]!)}
                  </td>
                  <td>{interval ? `${unit.format(interval.low)} to ${unit.format(interval.high)}` : ABSENT}</td>
                  {onNewRows ? (
                    <td>{own[name] === undefined ? ABSENT : unit.format(own[name])}</td>
                  ) : (
                    <td>{mean === undefined || std === undefined ? ABSENT : `${unit.format(mean)} ± ${unit.format(std)}`}</td>
                  )}
                  <td className="min-w-72 text-left text-sm whitespace-normal! text-faint">{meaning}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </ScrollRegion>
    </Card>
  )
}

// Versions beside each other: every metric with its difference to the one in service, and whether that is decided.
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Comparison } from '../../../../../src/capabilities/training/comparison/schema.ts'
import { DotWhisker } from '../../../charts/dot-whisker.tsx'
import { NearViewport } from '../../../charts/near-viewport.tsx'
import { fitterOf } from '../../../fitter.tsx'
import { versionsText } from '../../../text/models.ts'
import { Card } from '../../../ui/card.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Select } from '../../../ui/field.tsx'
import { formatExact } from '../../../ui/format.ts'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { inMetricOrder, mainMetricOf, metricOf, type Task } from '../metrics.ts'
import { comparisonQuery, versionsQuery } from '../queries.ts'
import { type NameOf, useVersionNames } from '../version-names.ts'
import { whiskerRows } from './compared-rows.ts'
import { type Compared, verdictOf } from './verdict.ts'

interface SideBySideProps {
  readonly model: string
  readonly task: Task
  /** The one in service first. */
  readonly versions: readonly string[]
  readonly className?: string
}

export function SideBySide({ model, task, versions, className }: SideBySideProps): ReactNode {
  const query = useQuery(comparisonQuery(model, versions))
  const nameOf = useVersionNames(model)
  const [chosen, setChosen] = useState<string>(mainMetricOf(task))
  const fitters = new Map(useQuery(versionsQuery(model)).data?.items.map((version) => [version.version, fitterOf(version)]))
  const comparison = query.data
  const metrics = comparison?.metrics.map(({ metric }) => metric) ?? []
  const shown = metrics.includes(chosen) ? chosen : metrics[0]
  return (
    <Card
      title={versionsText.side}
      subtitle={comparison && comparison.metrics.length > 0 ? versionsText.sideSubtitle(comparison.rows) : undefined}
      className={className}
      tools={
        metrics.length > 1 && (
          <Select
            aria-label={versionsText.metric}
            value={shown}
            onChange={({ target }) => setChosen(target.value)}
            options={inMetricOrder(metrics).map((name) => ({ value: name, label: metricOf(name).title }))}
            className="w-auto!"
          />
        )
      }
    >
      {versions.length < 2 ? (
        <p className="text-muted">{versionsText.pickMore}</p>
      ) : comparison === undefined ? (
        query.error === null ? (
          <SkeletonLines lines={6} />
        ) : (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        )
      ) : (
        <Compare comparison={comparison} metric={shown} nameOf={nameOf} fitterOf={(version) => fitters.get(version ?? '') ?? '–'} />
      )}
    </Card>
  )
}

interface CompareProps {
  readonly comparison: Comparison
  readonly metric: string | undefined
  readonly nameOf: NameOf
  readonly fitterOf: NameOf
}

function Compare({ comparison, metric: name, nameOf, fitterOf }: CompareProps): ReactNode {
  const { metrics, reference, incomparable } = comparison
  const measured = metrics.find(({ metric }) => metric === name)
  return (
    <>
      {measured && measured.versions.length > 1 && <Differences measured={measured} reference={reference} nameOf={nameOf} />}
      {metrics.length > 0 && <MetricTable comparison={comparison} nameOf={nameOf} fitterOf={fitterOf} />}
      {incomparable.map(({ version, reason }) => (
        <p key={version} className="mt-2 text-sm text-muted">
          {versionsText.incomparable(nameOf(version), reason)}
        </p>
      ))}
    </>
  )
}

interface DifferencesProps {
  readonly measured: Comparison['metrics'][number]
  readonly reference: string
  readonly nameOf: NameOf
}

function Differences({ measured, reference, nameOf }: DifferencesProps): ReactNode {
  const metric = metricOf(measured.metric)
  const others = measured.versions.filter(({ version }) => version !== reference)
  return (
    <div className="mb-4">
      <h3 className="mb-1 text-sm text-muted">{versionsText.difference(metric.title)}</h3>
      <NearViewport height={measured.versions.length * 36 + 24}>
        <DotWhisker
          label={versionsText.difference(metric.title)}
          rows={whiskerRows(measured.versions, reference, nameOf)}
          unit={metric.difference}
          zero={0}
        />
      </NearViewport>
      <ul className="mt-1 text-sm text-muted">
        {others.map((compared) => (
          <li key={compared.version}>{verdictOf(compared, metric, nameOf)}</li>
        ))}
      </ul>
    </div>
  )
}

const SIGNS = { better: '\u25b2', worse: '\u25bc', undecided: '' } as const
const TONES = { better: 'text-good', worse: 'text-bad', undecided: 'text-faint' } as const

function MetricTable({ comparison, nameOf, fitterOf }: Omit<CompareProps, 'metric'>): ReactNode {
  const { metrics, reference } = comparison
  const versions = metrics[0]?.versions.map(({ version }) => version) ?? []
  const columns = [reference, ...versions.filter((version) => version !== reference)]
  return (
    <ScrollRegion label={versionsText.side}>
      <table className="w-full text-right">
        <thead>
          <tr className="border-b border-line text-sm text-muted">
            <th scope="col" className="py-1.5 pr-3 text-left font-medium">
              {versionsText.metric}
            </th>
            {columns.map((version) => (
              <th key={version} scope="col" title={version} className="px-3 py-1.5 font-medium whitespace-nowrap">
                {nameOf(version)}
                {version === reference && <span className="block text-xs font-normal text-faint">{versionsText.reference}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr className="border-b border-line/70">
            <th scope="row" className="py-1.5 pr-3 text-left font-normal">
              {versionsText.columns.fitter}
            </th>
            {columns.map((version) => (
              <td key={version} className="px-3 py-1.5 text-sm text-muted">
                {fitterOf(version)}
              </td>
            ))}
          </tr>
          {inMetricOrder(metrics.map(({ metric }) => metric)).map((name) => {
            const measured = metrics.find(({ metric }) => metric === name)!
            const { title, meaning } = metricOf(name)
            return (
              <tr key={name} className="border-b border-line/70 last:border-0">
                <th scope="row" title={meaning} className="py-1.5 pr-3 text-left font-normal">
                  {title}
                </th>
                {columns.map((version) => (
                  <td key={version} className="px-3 py-1.5 whitespace-nowrap">
                    <Value
                      compared={measured.versions.find((one) => one.version === version)}
                      name={name}
                      isReference={version === reference}
                    />
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

interface ValueProps {
  readonly compared: Compared | undefined
  readonly name: string
  readonly isReference: boolean
}

function Value({ compared, name, isReference }: ValueProps): ReactNode {
  if (compared === undefined) return '–'
  const { unit, difference } = metricOf(name)
  const { value, low, high, decided } = compared
  return (
    <span title={formatExact(value)}>
      {unit.format(value)}
      {!isReference && (
        <span className={classNames('block text-xs', TONES[decided])} title={`${difference.format(low)} to ${difference.format(high)}`}>
          {SIGNS[decided]} {difference.format(compared.difference)} {versionsText[decided]}
        </span>
      )}
    </span>
  )
}

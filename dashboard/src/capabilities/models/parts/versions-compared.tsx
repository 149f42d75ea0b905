// The newest versions against the one in service on the same held-out rows, for the summary of a model.
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { DotWhisker } from '../../../charts/dot-whisker.tsx'
import { modelText, summaryText, versionsText } from '../../../text/models.ts'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { mainMetricOf, metricOf, type Task } from '../metrics.ts'
import { comparisonQuery, versionsQuery } from '../queries.ts'
import { useVersionNames } from '../version-names.ts'
import { comparedTable, whiskerRows } from './compared-rows.ts'
import { verdictOf } from './verdict.ts'

interface VersionsComparedProps {
  readonly model: string
  readonly task: Task
  readonly className?: string
}

/** Beside the one in service. */
const NEWEST = 4

export function VersionsCompared({ model, task, className }: VersionsComparedProps): ReactNode {
  const versions = useQuery(versionsQuery(model)).data?.items
  const compared = useMemo(() => {
    const active = versions?.find((version) => version.active)
    const others = versions?.filter((version) => !version.active).slice(0, active ? NEWEST : NEWEST + 1) ?? []
    return [...(active ? [active] : []), ...others].map(({ version }) => version)
  }, [versions])
  const nameOf = useVersionNames(model)
  const query = useQuery(comparisonQuery(model, compared))
  const measured = query.data?.metrics.find(({ metric }) => metric === mainMetricOf(task)) ?? query.data?.metrics[0]
  const metric = metricOf(measured?.metric ?? mainMetricOf(task))
  const all = (
    <TextLink to="/models/$model/versions" params={{ model }}>
      {modelText.seeVersions}
    </TextLink>
  )
  if (query.data === undefined || measured === undefined || measured.versions.length < 2) {
    const isAlone = compared.length < 2 || query.data !== undefined
    return (
      <Card title={summaryText.versionsCompared} className={className} footer={all}>
        {isAlone ? (
          <p className="text-muted">{query.data?.incomparable[0] ? versionsText.noneComparable : summaryText.onlyOne}</p>
        ) : query.error !== null ? (
          <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <SkeletonLines lines={4} />
        )}
      </Card>
    )
  }
  const { reference, rows } = query.data
  const newest = measured.versions.find(({ version }) => version !== reference)
  return (
    <ChartCard
      className={className}
      title={summaryText.versionsCompared}
      subtitle={summaryText.versionsSubtitle(versionsText.difference(metric.title), rows)}
      height={measured.versions.length * 36 + 24}
      table={() => comparedTable(measured.versions, reference, metric, nameOf)}
      footer={
        <>
          {newest && verdictOf(newest, metric, nameOf)} {all}
        </>
      }
    >
      <DotWhisker
        label={versionsText.difference(metric.title)}
        rows={whiskerRows(measured.versions, reference, nameOf)}
        unit={metric.difference}
        zero={0}
      />
    </ChartCard>
  )
}

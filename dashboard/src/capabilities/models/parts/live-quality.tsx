// How a model did on what came true, and how much it was asked, over a time one chooses.
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import type { ModelPerformance } from '../../../../../src/capabilities/monitoring/schema.ts'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { CrossHairGroup } from '../../../charts/cross-hair.tsx'
import { OverTime, overTimeTable } from '../../../charts/over-time.tsx'
import { StackedOverTime } from '../../../charts/stacked-over-time.tsx'
import { COUNT } from '../../../charts/unit.ts'
import { summaryText } from '../../../text/models.ts'
import { Card } from '../../../ui/card.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { formatDuration } from '../../../ui/format.ts'
import { formatVersion } from '../../../ui/format-time.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { Skeleton } from '../../../ui/skeleton.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { metricOf, type Task } from '../metrics.ts'
import { performanceQuery } from '../queries.ts'
import type { PerformanceWindow } from '../search.ts'

interface LiveQualityProps {
  readonly model: string
  readonly task: Task
  readonly window: PerformanceWindow
  readonly className?: string
}

const HEIGHT = 244
const COUNTS_HEIGHT = 120
/** Of both charts, so that a moment stands at one place in both. */
const SIDES = { left: 48, right: 60 }

export function LiveQuality({ model, task, window, className }: LiveQualityProps): ReactNode {
  const query = useQuery(performanceQuery(model, window))
  if (query.data === undefined) {
    return (
      <Card title={summaryText.overTime(metricOf(task === 'classification' ? 'accuracy' : 'mae').title)} className={className}>
        <Loaded query={query} skeleton={<Skeleton className="h-[244px] w-full" />}>
          {() => null}
        </Loaded>
      </Card>
    )
  }
  return <Charts performance={query.data} model={model} task={task} className={className} />
}

interface ChartsProps extends Omit<LiveQualityProps, 'window'> {
  readonly performance: ModelPerformance
}

function Charts({ performance, model, task, className }: ChartsProps): ReactNode {
  const { stepMs, total, versions } = performance
  const { title, unit } = metricOf(performance.metric)
  const points = useMemo(
    () => performance.points.map(({ at, value, low, high, outcomes }) => ({ at: Date.parse(at), value, low, high, count: outcomes })),
    [performance],
  )
  const counts = useMemo(
    () => performance.points.map(({ at, predictions, fallback }) => ({ at: Date.parse(at), values: [predictions - fallback, fallback] })),
    [performance],
  )
  const marks = useMemo(() => versions.map(({ at, version }) => ({ at: Date.parse(at), label: formatVersion(version) })), [versions])
  const level = useMemo(
    () => (total.heldOut ? { value: total.heldOut.value, label: summaryText.heldOut(unit.format(total.heldOut.value)) } : undefined),
    [total, unit],
  )
  const bin = binName(stepMs)
  return (
    <CrossHairGroup>
      <ChartCard
        className={className}
        title={summaryText.overTime(title)}
        subtitle={summaryText.overTimeSubtitle(task, bin)}
        height={HEIGHT + COUNTS_HEIGHT + 40}
        table={() => overTimeTable(title, points, unit, summaryText.outcomes)}
      >
        {points.some(({ value }) => value !== null) ? (
          <OverTime
            label={`${summaryText.overTime(title)}.`}
            name={title}
            points={points}
            unit={unit}
            stepMs={stepMs}
            marks={marks}
            level={level}
            height={HEIGHT}
            countName={summaryText.outcomes}
            sides={SIDES}
          />
        ) : (
          <Empty
            title={summaryText.overTimeEmpty}
            action={
              <TextLink to="/models/$model/code" params={{ model }} hash="outcomes">
                {summaryText.recordOutcome}
              </TextLink>
            }
          >
            {summaryText.overTimeEmptyHint}
          </Empty>
        )}
        <h3 className="mt-2 mb-1 text-sm text-muted">{summaryText.predictionsSubtitle(bin)}</h3>
        <StackedOverTime
          label={summaryText.predictionsSubtitle(bin)}
          series={SERIES}
          points={counts}
          unit={COUNT}
          stepMs={stepMs}
          height={COUNTS_HEIGHT}
          sides={SIDES}
        />
      </ChartCard>
    </CrossHairGroup>
  )
}

const SERIES = [{ name: summaryText.byModel }, { name: summaryText.byFallback, colour: 'var(--series-2)' }]

/** Bins are whole hours or days. */
function binName(stepMs: number): string {
  const hours = stepMs / 3_600_000
  return hours === 1
    ? summaryText.hour
    : hours === 24
      ? summaryText.day
      : Number.isInteger(hours)
        ? summaryText.hours(hours)
        : formatDuration(stepMs)
}

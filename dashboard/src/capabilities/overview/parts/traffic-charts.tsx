import type { UseQueryResult } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import type { TrafficView } from '../../../../../src/interfaces/client/index.ts'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { MultiLine } from '../../../charts/multi-line.tsx'
import { StackedOverTime } from '../../../charts/stacked-over-time.tsx'
import { COUNT, DURATION } from '../../../charts/unit.ts'
import { overviewCards, overviewText } from '../../../text/overview.ts'
import { formatCount, formatDuration } from '../../../ui/format.ts'
import { formatTime } from '../../../ui/format-time.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import type { Window } from '../search.ts'

interface TrafficCardProps {
  readonly window: Window
  readonly traffic: UseQueryResult<TrafficView>
}

const HEIGHT = 200
/** The names of the kinds above the bars. */
const LEGEND = 24
const QUANTILES = ['p50', 'p95', 'p99']
const KINDS = [
  { name: overviewCards.answered, colour: 'var(--series-1)' },
  { name: overviewCards.refused, colour: 'var(--series-2)' },
  { name: overviewCards.failed, colour: 'var(--series-4)' },
]

export function RequestsCard({ traffic, window }: TrafficCardProps): ReactNode {
  const { data } = traffic
  const points = useMemo(() => {
    return (data?.points ?? []).map(({ at, requests, clientErrors, serverErrors }) => {
      return { at: Date.parse(at), values: [requests - clientErrors - serverErrors, clientErrors, serverErrors] }
    })
  }, [data])
  const table = () => ({
    columns: ['UTC', ...KINDS.map(({ name }) => name)],
    rows: points.map(({ at, values }) => [formatTime(at), ...values.map(formatCount)]),
  })
  return (
    <ChartCard
      title={overviewCards.requests}
      subtitle={overviewCards.requestsHint(overviewText.steps[window])}
      table={data && table}
      height={HEIGHT + LEGEND}
      className="xl:col-span-8"
    >
      <Loaded query={traffic} skeleton={<Placeholder height={HEIGHT + LEGEND} />}>
        {({ stepMs }) => (
          <StackedOverTime label={overviewCards.requests} series={KINDS} points={points} unit={COUNT} stepMs={stepMs} height={HEIGHT} />
        )}
      </Loaded>
    </ChartCard>
  )
}

export function LatencyCard({ traffic, window }: TrafficCardProps): ReactNode {
  const { data } = traffic
  const points = useMemo(
    () => (data?.points ?? []).map(({ at, p50Ms, p95Ms, p99Ms }) => ({ at: Date.parse(at), values: [p50Ms, p95Ms, p99Ms] })),
    [data],
  )
  const table = () => ({
    columns: ['UTC', ...QUANTILES],
    rows: points.map(({ at, values }) => [formatTime(at), ...values.map(formatDuration)]),
  })
  return (
    <ChartCard
      title={overviewCards.latency}
      subtitle={overviewCards.latencyHint(overviewText.steps[window])}
      table={data && table}
      height={HEIGHT}
      className="xl:col-span-8"
    >
      <Loaded query={traffic} skeleton={<Placeholder height={HEIGHT} />}>
        {({ stepMs }) => (
          <MultiLine label={overviewCards.latency} series={QUANTILES} points={points} unit={DURATION} stepMs={stepMs} height={HEIGHT} />
        )}
      </Loaded>
    </ChartCard>
  )
}

function Placeholder({ height }: { readonly height: number }): ReactNode {
  return <div style={{ height }} />
}

import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { TrafficView } from '../../../../../src/interfaces/client/index.ts'
import { Sparkline } from '../../../charts/sparkline.tsx'
import { countsQuery } from '../../../shell/counts.ts'
import { overviewText } from '../../../text/overview.ts'
import { Fact, FactStrip } from '../../../ui/fact-strip.tsx'
import { formatCount, formatDuration, formatExact, formatRate, formatShare } from '../../../ui/format.ts'
import type { Window } from '../search.ts'

export function TrafficFacts({ traffic, window }: { readonly traffic: TrafficView | undefined; readonly window: Window }): ReactNode {
  const { data: counts } = useQuery(countsQuery(true))
  const totals = traffic?.totals
  const spark = (value: (point: TrafficView['points'][number]) => number | null, fromZero = true): ReactNode =>
    traffic && <Sparkline values={thin(traffic.points.map(value))} fromZero={fromZero} />
  const when = overviewText.inWindow[window]
  const seconds = traffic === undefined ? 1 : (Date.parse(traffic.to) - Date.parse(traffic.from)) / 1000
  const share = totals === undefined || totals.requests === 0 ? undefined : totals.serverErrors / totals.requests
  return (
    <FactStrip>
      <Fact
        label={overviewText.requests}
        value={totals && formatCount(totals.requests)}
        title={totals && `${formatExact(totals.requests)} ${when}`}
        detail={totals && overviewText.onAverage(formatRate(totals.requests, seconds))}
        spark={spark(({ requests }) => requests)}
      />
      <Fact
        label={overviewText.errors}
        value={totals && formatShare(share)}
        tone={share !== undefined && share > 0 ? 'bad' : undefined}
        detail={
          totals &&
          (share === undefined
            ? overviewText.noRequests
            : overviewText.errorsDetail(formatCount(totals.serverErrors), formatCount(totals.clientErrors)))
        }
        spark={spark(({ serverErrors }) => serverErrors)}
      />
      <Fact
        label={overviewText.latency}
        value={totals && formatDuration(totals.p95Ms)}
        detail={totals && overviewText.latencyDetail(formatDuration(totals.p50Ms), formatDuration(totals.p99Ms))}
        spark={spark(({ p95Ms }) => p95Ms, false)}
      />
      <Fact
        label={overviewText.predictions}
        value={totals && formatCount(totals.predictions)}
        title={totals && `${formatExact(totals.predictions)} ${when}`}
        detail={totals && overviewText.onAverage(formatRate(totals.predictions, seconds))}
        spark={spark(({ predictions }) => predictions)}
      />
      <Fact
        label={overviewText.jobs}
        value={counts && formatCount(counts.running)}
        tone={counts !== undefined && counts.failed24h > 0 ? 'warn' : undefined}
        detail={counts && overviewText.jobsDetail(formatCount(counts.queued), formatCount(counts.failed24h))}
      />
    </FactStrip>
  )
}

/** Points that a line so small can show; more are averaged by neighbours. */
const MOST = 36

function thin(values: readonly (number | null)[]): readonly (number | null)[] {
  const step = Math.ceil(values.length / MOST)
  if (step <= 1) return values
  return Array.from({ length: Math.ceil(values.length / step) }, (_, index) => {
    const known = values.slice(index * step, (index + 1) * step).filter((value) => value !== null)
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
  })
}

import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Pause, Play } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useLiveRows } from '../../../live.ts'
import { overviewCards } from '../../../text/overview.ts'
import { IconButton } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { formatCount, formatNumber, formatShare } from '../../../ui/format.ts'
import { formatClock, formatTimeExact } from '../../../ui/format-time.ts'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { latestPredictionsQuery } from '../queries.ts'

interface Row {
  readonly id: string
  readonly model: string
  readonly value: string | number
  readonly confidence: number
  readonly at: string
  readonly source: 'model' | 'fallback'
}

const SHOWN = 8

/** The last predictions, and each new one as it is made. */
export function LivePredictions(): ReactNode {
  const [active, setActive] = useState(true)
  const { data, error, refetch } = useQuery(latestPredictionsQuery)
  const live = useLiveRows('prediction.logged', active)
  const rows = latest(
    live,
    (data?.items ?? []).map(({ predictionId, ...rest }) => ({ id: predictionId, ...rest })),
  )
  const skipped = live.reduce((sum, row) => sum + (row.skipped ?? 0), 0)
  return (
    <Card
      title={overviewCards.live}
      subtitle={overviewCards.liveHint}
      className="xl:col-span-4"
      tools={
        <IconButton
          icon={active ? Pause : Play}
          size="small"
          label={active ? overviewCards.pause : overviewCards.resume}
          onClick={() => setActive(!active)}
        />
      }
      footer={
        <span className="flex flex-wrap justify-between gap-x-4">
          <TextLink to="/predictions">{overviewCards.allPredictions}</TextLink>
          {skipped > 0 && <span className="text-faint">{overviewCards.sampled(formatCount(skipped))}</span>}
        </span>
      }
    >
      <div className="h-[200px] overflow-hidden">
        {error !== null && rows.length === 0 && <ErrorPanel error={error} onRetry={() => void refetch()} />}
        {error === null && data === undefined && rows.length === 0 && <SkeletonLines lines={6} />}
        {data !== undefined && rows.length === 0 && (
          <div className="py-6 text-center">
            <p className="font-medium">{overviewCards.noPredictions}</p>
            <p className="mt-1 text-muted">{overviewCards.noPredictionsHint}</p>
          </div>
        )}
        <ul>
          {rows.map(({ id, at, model, value, confidence, source }) => (
            <li key={id} className="relative -mx-2 flex h-[25px] items-center gap-3 rounded-sm px-2 text-sm hover:bg-sunken">
              <time dateTime={at} title={formatTimeExact(at)} className="shrink-0 text-faint">
                {formatClock(at)}
              </time>
              <Link
                to="/predictions"
                search={{ open: id }}
                className="min-w-0 flex-1 truncate text-muted outline-none after:absolute after:inset-0 after:rounded-sm focus-visible:after:outline-2 focus-visible:after:outline-accent"
              >
                {model}
              </Link>
              <span className="max-w-[45%] truncate font-medium">{typeof value === 'number' ? formatNumber(value) : value}</span>
              <span className="w-14 shrink-0 text-right text-muted" title={source}>
                {formatShare(confidence, 0)}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}

function latest(live: readonly Row[], stored: readonly Row[]): readonly Row[] {
  const rows = live.slice(0, SHOWN)
  const known = new Set(rows.map(({ id }) => id))
  return [...rows, ...stored.filter(({ id }) => !known.has(id))].slice(0, SHOWN)
}

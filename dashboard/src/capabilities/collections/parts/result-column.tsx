// What one kind of search found, with the time it took.
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Collection } from '../../../../../src/capabilities/search/schema.ts'
import { playgroundText as words } from '../../../text/collections.ts'
import { Banner } from '../../../ui/banner.tsx'
import { Card } from '../../../ui/card.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { LoadingBar, SkeletonLines } from '../../../ui/skeleton.tsx'
import type { TimedAnswer } from '../queries.ts'
import type { Mode, PlaygroundSearch } from '../search.ts'
import { HitCard } from './hit-card.tsx'
import type { LinkedHit } from './linked-hits.ts'

export interface ResultColumnProps {
  readonly collection: Collection
  readonly search: PlaygroundSearch
  readonly mode: Mode
  readonly query: UseQueryResult<TimedAnswer>
  readonly links: ReadonlyMap<string, LinkedHit>
  readonly pointed: string | undefined
  readonly onPoint: (id: string | undefined) => void
}

export function ResultColumn({ mode, query, ...rest }: ResultColumnProps): ReactNode {
  const { data, error, isFetching, refetch } = query
  const { title, hint } = words.columns[mode]
  return (
    <Card
      title={title}
      subtitle={
        data === undefined ? (
          hint
        ) : (
          <span title={words.roundTrip(data.roundTripMs)}>
            {hint} · {words.took(data.answer.tookMs, data.answer.cached)}
          </span>
        )
      }
      flush
    >
      <LoadingBar active={isFetching} />
      {error !== null ? (
        <ErrorPanel error={error} onRetry={() => void refetch()} retrying={isFetching} />
      ) : data === undefined ? (
        <div className="px-4 pb-4">
          <SkeletonLines lines={6} />
        </div>
      ) : (
        <Hits mode={mode} data={data} {...rest} />
      )}
    </Card>
  )
}

type HitsProps = Omit<ResultColumnProps, 'query'> & { readonly data: TimedAnswer }

function Hits({ collection, search, mode, data: { answer }, links, pointed, onPoint }: HitsProps): ReactNode {
  return (
    <>
      {answer.degraded !== undefined && (
        <div className="px-3 pb-2">
          <Banner tone="warn" title={answer.degraded} />
        </div>
      )}
      {answer.hits.length === 0 ? (
        <Empty title={words.nothing}>{words.nothingHints[mode]}</Empty>
      ) : (
        <ol aria-label={words.columns[mode].title}>
          {answer.hits.map((hit, index) => (
            <HitCard
              key={hit.id}
              {...{ collection, search, mode, hit, onPoint }}
              place={index + 1}
              link={links.get(hit.id)}
              isPointed={pointed === hit.id}
            />
          ))}
        </ol>
      )}
    </>
  )
}

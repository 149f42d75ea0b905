import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ErrorPanel } from './error-panel.tsx'
import { LoadingBar, SkeletonLines } from './skeleton.tsx'

export interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data>
  /** Of the final size. */
  readonly skeleton?: ReactNode
  readonly children: (data: Data) => ReactNode
}

/** What a query gave: a skeleton first, then its data, which stays while it is asked for again; an error inside its card. */
export function Loaded<Data>({ query, skeleton, children }: LoadedProps<Data>): ReactNode {
  const { data, error, isFetching, refetch } = query
  if (data === undefined) {
    if (error !== null) return <ErrorPanel error={error} onRetry={() => void refetch()} retrying={isFetching} />
    return skeleton ?? <SkeletonLines />
  }
  return (
    <>
      <LoadingBar active={isFetching && query.isRefetching && query.isStale} />
      {children(data)}
    </>
  )
}

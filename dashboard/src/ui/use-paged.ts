// Cursor pages as one list of rows, for DataTable.
import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Page } from '../../../src/tandem.ts'
import type { DataTableProps } from './data-table.tsx'

export interface PagedOptions<Row> {
  readonly queryKey: QueryKey
  readonly load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Row>>
  readonly enabled?: boolean
}

type Paged<Row> = Pick<DataTableProps<Row>, 'rows' | 'error' | 'onRetry' | 'isRefetching' | 'hasMore' | 'isLoadingMore' | 'onMore'>

/** Spread it into a DataTable. */
export function usePaged<Row>({ queryKey, load, enabled }: PagedOptions<Row>): Paged<Row> {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }: Page<Row>) => nextCursor,
    enabled,
    // Comparing all rows loaded so far with themselves at each further page would cost frames.
    structuralSharing: false,
  })
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items), [query.data])
  return {
    rows,
    error: query.error ?? undefined,
    onRetry: () => void query.refetch(),
    isRefetching: query.isFetching,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    onMore: () => void query.fetchNextPage(),
  }
}

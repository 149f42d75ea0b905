// What "Train from a file" asks the server.
import { queryOptions } from '@tanstack/react-query'
import { client } from '../../client.ts'
import type { TrainSearch } from './search.ts'

export const tablesQuery = queryOptions({ queryKey: ['tables', 'list'], queryFn: ({ signal }) => client.tables.list({ signal }) })

/** An uploaded table never changes: what is in it is asked for once for each way of reading it. */
export const tableQuery = (id: string, { delimiter, encoding, header, decimal, target }: TrainSearch) =>
  queryOptions({
    queryKey: ['tables', 'one', id, { delimiter, encoding, header, decimal, target }],
    queryFn: ({ signal }) =>
      client.tables.get(id, { delimiter, encoding, header, decimal, ...(target === undefined ? {} : { target }), signal }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    // The old columns stay while a target is looked at.
    placeholderData: (previous) => (previous?.table.id === id ? previous : undefined),
  })

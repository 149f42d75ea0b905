import { queryOptions } from '@tanstack/react-query'
import { client } from '../../client.ts'

export const doctorQuery = queryOptions({
  queryKey: ['doctor'],
  queryFn: ({ signal }) => client.server.doctor({ signal }),
  staleTime: 60_000,
})

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => client.server.settings({ signal }),
})

import { queryOptions } from '@tanstack/react-query'
import { client } from '../../client.ts'
import type { Window } from './search.ts'

/** Jobs that a card has room for. */
const SHOWN = 5

export const trafficQuery = (window: Window) =>
  queryOptions({ queryKey: ['traffic', window], queryFn: ({ signal }) => client.server.traffic({ window, signal }) })

export const performanceQuery = queryOptions({
  queryKey: ['performance', '7d'],
  queryFn: ({ signal }) => client.performance({ window: '7d', signal }),
})

/** What runs, then the newest of the rest. */
export const jobsQuery = queryOptions({
  queryKey: ['jobs', 'latest'],
  queryFn: async ({ signal }) => {
    const [running, newest] = await Promise.all([
      client.jobs.list({ status: 'running', limit: SHOWN, signal }),
      client.jobs.list({ limit: SHOWN, signal }),
    ])
    return [...running.items, ...newest.items.filter(({ status }) => status !== 'running')].slice(0, SHOWN)
  },
})

export const latestPredictionsQuery = queryOptions({
  queryKey: ['predictions', 'latest'],
  queryFn: ({ signal }) => client.predictions.list({ limit: 8, signal }),
})

export const attentionQuery = queryOptions({ queryKey: ['attention'], queryFn: ({ signal }) => client.server.attention({ signal }) })

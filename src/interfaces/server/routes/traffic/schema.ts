// The history of requests over HTTP.
import { z } from 'zod'
import { endpoint } from '../../../../endpoint.ts'

const count = z.int().min(0)
const latency = z.number().nullable()
const Sums = {
  requests: count,
  clientErrors: count.describe('Answered with 4xx, or left by the client'),
  serverErrors: count.describe('Answered with 5xx'),
  p50Ms: latency.describe('Median; null without a timed request. At most 2.5 % away from the exact quantile'),
  p95Ms: latency,
  p99Ms: latency,
}
const predictions = count.describe('Rows predicted, over HTTP and in process')

export const TrafficPointSchema = z
  .object({ at: z.iso.datetime().describe('Start of the bin'), predictions, ...Sums })
  .meta({ id: 'TrafficPoint' })

export const TrafficSchema = z
  .object({
    window: z.enum(['1h', '24h', '7d', '30d']),
    from: z.iso.datetime(),
    to: z.iso.datetime().describe('End of the last bin, which is still being filled'),
    stepMs: count,
    points: z.array(TrafficPointSchema),
    totals: z.object({ predictions, ...Sums }),
    routes: z.array(z.object({ method: z.string(), path: z.string(), ...Sums })),
  })
  .meta({ id: 'Traffic' })

export const getTraffic = endpoint({
  method: 'GET',
  path: '/v1/traffic',
  scope: 'read',
  summary: 'Requests, errors, latencies and predictions over time',
  description:
    'Summed over all servers of the database, in equal bins cut in UTC, empty ones included; minutes are kept two days and hours ninety unless set otherwise. Another server shows with up to a minute of delay; a server that is killed loses the minute it was in. Health checks and /metrics are left out; streams count as requests without a latency.',
  query: z.strictObject({ window: z.enum(['1h', '24h', '7d', '30d']).default('1h') }),
  output: TrafficSchema,
})

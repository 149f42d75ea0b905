// The history of requests over HTTP.
import { implement, type Route } from '../../../../endpoint.ts'
import type { Traffic } from '../../../../platform/telemetry/traffic.ts'
import { getTraffic } from './schema.ts'

export function trafficRoutes(traffic: Pick<Traffic, 'read'>): readonly Route[] {
  return [
    implement(getTraffic)(async ({ query }) => {
      const { points, routes, ...view } = await traffic.read(query.window)
      return { ...view, points: [...points], routes: [...routes] }
    }),
  ]
}

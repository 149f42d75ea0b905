// The endpoints of monitoring, bound to the capability.
import { implement, type Route } from '../../endpoint.ts'
import { type AttentionParts, gatherAttention } from './attention.ts'
import type { Monitoring } from './monitoring.ts'
import * as endpoints from './schema.ts'

export function monitoringRoutes(monitoring: Monitoring, attention: AttentionParts): Route[] {
  return [
    implement(endpoints.getModelPerformance)(({ params, query }) => monitoring.modelPerformance(params.model, query.window)),
    implement(endpoints.getAttention)(async () => ({ items: await gatherAttention(attention) })),
    implement(endpoints.getPerformance)(({ query }) => monitoring.performance(query.window)),
  ]
}

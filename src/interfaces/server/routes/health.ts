// Whether the server lives, whether it can work, and what it has counted.
import { implement, type Route, respond } from '../../../endpoint.ts'
import type { Readiness } from '../readiness.ts'
import type { ServerParts } from '../server-parts.ts'
import { live, metrics, ready } from './schema.ts'

export interface HealthParts extends Pick<ServerParts, 'readiness' | 'metrics' | 'settings'> {
  readonly isDraining: () => boolean
}

export function healthRoutes(parts: HealthParts): readonly Route[] {
  return [
    implement(live)(() => ({ live: true as const })),
    implement(ready)(async () => {
      const state = await readinessOf(parts)
      return state.ready ? state : respond(503, state)
    }),
    implement(metrics(parts.settings.metricsPublic ? 'public' : 'read'))(async () => (await parts.metrics.render()).text),
  ]
}

/** The state of the server, in which draining and a check that throws are not ready. */
export async function readinessOf({ readiness, isDraining }: Pick<HealthParts, 'readiness' | 'isDraining'>): Promise<Readiness> {
  if (isDraining()) return { ready: false, checks: { server: { ok: false, message: 'The server stops.' } } }
  try {
    return await readiness()
  } catch (error) {
    return { ready: false, checks: { server: { ok: false, message: error instanceof Error ? error.message : 'The check failed.' } } }
  }
}

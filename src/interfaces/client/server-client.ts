// The server itself over HTTP: whether it lives, whether it can work, what it has counted.
import type { z } from 'zod'
import type { Attention, AttentionItem } from '../../capabilities/monitoring/schema.ts'
import type { CallOptions } from '../../tandem.ts'
import type { DoctorSchema, SettingsSchema } from '../server/routes/operations/schema.ts'
import type { ReadinessSchema } from '../server/routes/schema.ts'
import type { TrafficSchema } from '../server/routes/traffic/schema.ts'
import { get } from './request.ts'
import type { Transport } from './transport.ts'

/** Whether the server can do its work, and what each part says. */
export type Readiness = z.infer<typeof ReadinessSchema>

/** Requests over a window of time, in equal bins. */
export type TrafficView = z.infer<typeof TrafficSchema>

export type DoctorView = z.infer<typeof DoctorSchema>
export type SettingsView = z.infer<typeof SettingsSchema>
export type { AttentionItem }

export interface ServerClient {
  /** Whether the process answers at all. */
  live(options?: CallOptions): Promise<{ readonly live: true }>
  /** Requests, errors, latencies and predictions over time, of all servers. Default: the last hour. */
  traffic(options?: CallOptions & { readonly window?: TrafficView['window'] }): Promise<TrafficView>
  /** What somebody should look at now, worst first; nothing when all is well. */
  attention(options?: CallOptions): Promise<readonly AttentionItem[]>
  /** What `tandem doctor` says of the server; needs the scope `admin`. */
  doctor(options?: CallOptions): Promise<DoctorView>
  /** The settings in force, without secrets; needs the scope `admin`. */
  settings(options?: CallOptions): Promise<SettingsView>
  /** In the text format of Prometheus. */
  metrics(options?: CallOptions): Promise<string>
}

export function createServerClient(transport: Transport): ServerClient {
  return {
    live: (options) => transport.json(get('/health/live', options)),
    attention: async (options) => (await transport.json<Attention>(get('/v1/attention', options))).items,
    doctor: (options) => transport.json(get('/v1/doctor', options)),
    settings: (options) => transport.json(get('/v1/settings', options)),
    traffic: (options) => transport.json(get('/v1/traffic', options)),
    metrics: (options) => transport.text({ ...get('/metrics', options), accept: 'text/plain' }),
  }
}

export function askReadiness(transport: Transport, options?: CallOptions): Promise<Readiness> {
  return transport.json({ ...get('/health/ready', options), alsoAnswers: [503] })
}

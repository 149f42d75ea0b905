// Typed events inside a server and, on PostgreSQL, between servers (LISTEN/NOTIFY).

import type { TrafficPoint } from '../telemetry/traffic-view.ts'

/** What can happen. Capabilities add their members here; payloads are small and JSON-safe. */
export interface EventMap {
  'job.updated': {
    readonly id: string
    readonly kind: string
    readonly status: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled'
    readonly progress: number
    readonly message: string | null
  }
  /** Asks the server that runs the job to abort it; the row already says so. */
  'job.cancel': { readonly id: string }
  'model.updated': { readonly model: string }
  'model.activated': { readonly model: string; readonly version: string; readonly previous: string | null; readonly action: string }
  'model.trained': { readonly model: string; readonly version: string; readonly activated: boolean; readonly reason: string }
  /** On demand only, of this server, at most 200 a second. */
  'prediction.logged': PredictionSummary
  /** On demand only: the minute so far, of this server, every 5 seconds. */
  'traffic.updated': { readonly point: TrafficPoint }
  'outcome.recorded': { readonly model: string; readonly count: number }
  /** A document was written or deleted, and the indexes of the server that did it hold it. */
  'collection.changed': { readonly collection: string; readonly sequence: number }
  /** Vectors of a collection were made, by this server. */
  'collection.embedded': { readonly collection: string; readonly server: string }
  /** A collection was made, defined anew or deleted. */
  'collection.defined': { readonly collection: string }
  /** A worker of a runtime came up, went down or was stopped, on this server. */
  'runtime.changed': {
    readonly runtime: string
    readonly worker: string
    readonly state: 'disabled' | 'stopped' | 'starting' | 'ready' | 'degraded' | 'down'
    readonly reason: string | null
    readonly previous: string
  }
  /** A model moves from one runtime to another: a step was taken, or all went back. */
  'rollout.changed': { readonly model: string; readonly status: string; readonly share: number; readonly reason: string }
  /** What computes a model changed by itself, on this server. */
  'runtime.switched': { readonly model: string; readonly from: string; readonly to: string; readonly reason: string }
  /** Another version of a fine-tuned embedding model is in service; null: its base. */
  'embedding.activated': {
    readonly model: string
    readonly version: string | null
    readonly previous: string | null
    /** Whose vectors it makes. */
    readonly collection: string | null
    readonly action: 'train' | 'activate' | 'rollback' | 'delete'
  }
  'embedding.trained': { readonly model: string; readonly version: string; readonly activated: boolean; readonly reason: string }
  /** Documents that were written came to match a saved query; the first 20 of them, best first. */
  'collection.matched': {
    readonly collection: string
    readonly savedQuery: string
    readonly name: string
    readonly count: number
    readonly documents: readonly { readonly id: string; readonly score: number | null }[]
  }
  /** A saved query was made or deleted. */
  'collection.queries': { readonly collection: string }
  'key.revoked': { readonly id: string }
  /** Signed out: one session, or with null every one of the key. Closes its sockets; told to nobody outside. */
  'session.ended': { readonly keyId: string; readonly session: string | null }
}

/** One prediction as it is shown while it happens; its features are read from the log. */
export interface PredictionSummary {
  readonly id: string
  readonly model: string
  readonly version: string | null
  readonly value: string | number
  readonly confidence: number
  readonly source: 'model' | 'fallback'
  readonly latencyMs: number
  /** ISO 8601. */
  readonly at: string
  /** Predictions that were logged and not told since the last one told, because there were too many. */
  readonly skipped?: number
}

export type EventName = keyof EventMap

export type TandemEvent = { [Name in EventName]: { readonly type: Name; readonly at: number; readonly data: EventMap[Name] } }[EventName]

export interface Events {
  /** Tells every listener here and on the other servers; never throws, never waits. */
  emit<Name extends EventName>(type: Name, data: EventMap[Name]): void
  /** Calls `listener` for each event of this type, also those of other servers. Returns the function that stops it. */
  on<Name extends EventName>(type: Name, listener: (data: EventMap[Name]) => void): () => void
  /** Every event, for WebSocket and SSE. */
  onAny(listener: (event: TandemEvent) => void): () => void
  /** As `emit`, but to the listeners of this process only: for what is too frequent to be sent between servers. */
  tell<Name extends EventName>(type: Name, data: EventMap[Name]): void
  /** Says that somebody outside asks for this type; the returned function takes it back. */
  want(type: EventName): () => void
  /** Whether somebody does: what is costly to make is not made for nobody. */
  isWanted(type: EventName): boolean
  close(): Promise<void>
}

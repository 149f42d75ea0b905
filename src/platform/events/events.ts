// Typed events inside a server and, on PostgreSQL, between servers (LISTEN/NOTIFY).

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
  'key.revoked': { readonly id: string }
  /** Signed out: one session, or with null every one of the key. Closes its sockets; told to nobody outside. */
  'session.ended': { readonly keyId: string; readonly session: string | null }
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
  close(): Promise<void>
}

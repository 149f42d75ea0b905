// Whether what is shown is live: one small store, written by the socket, read by the banner and the foot of the navigation.
import { useSyncExternalStore } from 'react'

export interface Connection {
  /** `off`: not asked for. `polling`: the server answers, but no socket gets through. `gone`: it does not answer. */
  readonly state: 'off' | 'connecting' | 'live' | 'polling' | 'gone'
  /** Milliseconds since 1970, when this state began. */
  readonly since: number
  /** When the last word came from the server, and when the next try is made. */
  readonly heardAt: number | undefined
  readonly retryAt: number | undefined
}

let connection: Connection = { state: 'off', since: Date.now(), heardAt: undefined, retryAt: undefined }
const listeners = new Set<() => void>()

export function setConnection(change: Partial<Omit<Connection, 'since'>>): void {
  const since = change.state === undefined || change.state === connection.state ? connection.since : Date.now()
  connection = { ...connection, ...change, since }
  for (const listener of listeners) listener()
}

export function getConnection(): Connection {
  return connection
}

export function useConnection(): Connection {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, getConnection)
}

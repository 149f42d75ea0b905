// Stops an HTTP server without failing a request it has accepted. Node's own close cuts idle keep-alive connections at
// once, and a client that has just sent its next request on one of them sees a reset; so listening stops first, every
// further answer says `connection: close`, and only connections that stay silent are cut.
import type { Server as HttpServer } from 'node:http'
import { Server as NetServer } from 'node:net'

export interface DrainOptions {
  readonly drainMs: number
  /** Requests still open. */
  readonly open: () => number
  /** How long a silent connection gets to send one more request. Default 250. */
  readonly silentMs?: number
}

/** Resolves when no request is open and no connection is left, or when `drainMs` have passed. */
export async function drain(server: HttpServer, { drainMs, open, silentMs = 250 }: DrainOptions): Promise<void> {
  const deadline = performance.now() + drainMs
  const silentUntil = performance.now() + Math.min(silentMs, drainMs)
  if (server.listening) NetServer.prototype.close.call(server)
  while (performance.now() < deadline) {
    if (performance.now() >= silentUntil) server.closeIdleConnections()
    const connections = await connectionsOf(server)
    if (connections === 0 || (open() === 0 && performance.now() >= silentUntil + 50)) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function connectionsOf(server: HttpServer): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)))
}

// Stops an HTTP server without failing a request it has accepted. Node's own close cuts idle keep-alive connections at
// once, and a client that has just sent its next request on one of them sees a reset; so listening stops first, every
// further answer says `connection: close`, and only connections that stay silent are cut.
import type { Server as HttpServer } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

export interface DrainOptions {
  readonly drainMs: number
  /** Requests still open. */
  readonly open: () => number
  /** Cuts the silent connections that the server does not know. */
  readonly closeIdle?: () => void
  /** How long a silent connection gets to send one more request. Default 250. */
  readonly silentMs?: number
}

const TURN_MS = 10
/** Node's backlog: no more can have connected without being accepted. Those after them may come for ever. */
const MOST_WAITING = 511

/** Resolves when no request is open and no connection is left, or when `drainMs` have passed. */
export async function drain(server: HttpServer, { drainMs, open, closeIdle, silentMs = 250 }: DrainOptions): Promise<void> {
  const deadline = performance.now() + drainMs
  // Counted in turns of the event loop: on a machine that has no time for us, a request that was sent is read late too.
  let turnsLeft = Math.min(silentMs, drainMs) / TURN_MS
  await acceptWaiting(server, deadline)
  if (server.listening) NetServer.prototype.close.call(server)
  for (; performance.now() < deadline; turnsLeft--) {
    if (turnsLeft <= 0) {
      server.closeIdleConnections()
      closeIdle?.()
    }
    const connections = await connectionsOf(server)
    if (connections === 0 || (open() === 0 && turnsLeft <= -5)) return
    await sleep(TURN_MS)
    // Timers come first in a turn; what has arrived is read before the next look.
    await nextTurn()
  }
}

/** Clients that have connected are accepted one a turn, and those that were not would be reset with the listening socket. */
async function acceptWaiting(server: HttpServer, deadline: number): Promise<void> {
  let accepted = true
  const onConnection = (): void => {
    accepted = true
  }
  server.on('connection', onConnection)
  // The rest of the turn in which the stop began accepts nobody any more.
  await nextTurn()
  // Counted in turns as well: a busy machine takes its time for each.
  for (let turn = 0; accepted && turn <= MOST_WAITING && performance.now() < deadline; turn++) {
    accepted = false
    await nextTurn()
  }
  server.off('connection', onConnection)
}

function connectionsOf(server: HttpServer): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)))
}

// The one way to the server: the typed client, of this origin, with the session cookie the browser sends by itself.
// No key is ever held by the page.
import type { Scope } from '../../src/endpoint.ts'
import { createClient, TandemError } from '../../src/interfaces/client/index.ts'
import { createTransport, type Transport } from '../../src/interfaces/client/transport.ts'

/** One further try: whoever looks at the page is told soon, and can ask again. */
const OPTIONS = { url: globalThis.location?.origin ?? 'http://127.0.0.1', timeoutMs: 30_000, retries: 1 }

export const client = createClient(OPTIONS)

const transport: Transport = createTransport(OPTIONS)

/** Who the server takes this browser for. */
export interface Session {
  readonly signedIn: boolean
  readonly name: string | null
  readonly keyId: string | null
  readonly scopes: readonly Scope[]
  readonly expiresAt: string | null
  /** Signed in without a key, because the server trusts this machine. */
  readonly loopback: boolean
  readonly version: string
  readonly requestLimitPerMinute?: number
  /** How to come by a key on this server. */
  readonly signInHint: string
}

export const session = {
  get: (signal?: AbortSignal): Promise<Session> => transport.json({ method: 'GET', path: '/v1/session', signal }),
  signIn: (key: string): Promise<Session> => transport.json({ method: 'POST', path: '/v1/session', json: { key } }),
  signOut: (everywhere: boolean): Promise<{ readonly signedOut: number }> =>
    transport.json({ method: 'DELETE', path: '/v1/session', query: { everywhere } }),
}

/** Whether the server answers at all, asked once and without patience. */
export async function isServerThere(): Promise<boolean> {
  try {
    await createTransport({ ...OPTIONS, retries: 0, timeoutMs: 3_000 }).json({ method: 'GET', path: '/health/live' })
    return true
  } catch (error) {
    // An answer that refuses is an answer.
    return TandemError.is(error) && error.code !== 'network' && error.code !== 'timeout' && error.details.status !== 502
  }
}

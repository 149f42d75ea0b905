// Signing in and out of a browser session over HTTP. The cookie is the browser's own: no script sees it.
import type { z } from 'zod'
import type { CallOptions } from '../../tandem.ts'
import type { SessionSchema } from '../server/routes/session/schema.ts'
import type { Transport } from './transport.ts'

/** Who is signed in, and what they may do. */
export type SessionView = z.infer<typeof SessionSchema>

export interface SessionClient {
  /** Answers also when nobody is signed in. */
  get(options?: CallOptions): Promise<SessionView>
  /** @throws `unauthorized` for a wrong key, `rate_limited` after too many of them. */
  signIn(key: string, options?: CallOptions): Promise<SessionView>
  /** `everywhere`: ends every session of the key, on every device. */
  signOut(options?: CallOptions & { readonly everywhere?: boolean }): Promise<{ readonly signedOut: number }>
  /** A link, good once and for ten minutes, that signs a browser in with this client's key. */
  createLink(options?: CallOptions): Promise<{ readonly url: string; readonly expiresAt: string }>
}

const PATH = '/v1/session'

export function createSessionClient(transport: Transport): SessionClient {
  return {
    get: ({ signal } = {}) => transport.json({ method: 'GET', path: PATH, signal }),
    signIn: (key, { signal } = {}) => transport.json({ method: 'POST', path: PATH, json: { key }, signal }),
    signOut: ({ signal, everywhere } = {}) => transport.json({ method: 'DELETE', path: PATH, query: { everywhere }, signal }),
    async createLink({ signal } = {}) {
      const { path, expiresAt } = await transport.json<{ path: string; expiresAt: string }>({
        method: 'POST',
        path: `${PATH}/links`,
        signal,
      })
      return { url: transport.url + path, expiresAt }
    },
  }
}

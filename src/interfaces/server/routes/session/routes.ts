// Signing in and out over HTTP. These routes concern the connection itself, so they look at the request behind the call.
import type { z } from 'zod'
import { implement, type Principal, type Route, respond } from '../../../../endpoint.ts'
import { TandemError } from '../../../../errors.ts'
import { type Authenticator, isLoopback, isSameOrigin, limitOf } from '../../authenticate.ts'
import { requestOf } from '../../server-call.ts'
import type { ServerParts } from '../../server-parts.ts'
import { clearedCookie, sessionCookie, sessionToken } from '../../session-cookie.ts'
import { createSignInLink, getSession, type SessionSchema, signIn, signOut } from './schema.ts'

type SessionView = z.input<typeof SessionSchema>

export interface SessionParts extends Pick<ServerParts, 'sessions' | 'about' | 'settings'> {
  readonly authenticator: Authenticator
}

const HINT =
  'Open the link that the server printed when it started, run `tandem keys link` for a new one, or paste an API key. The first key is printed at the first start and stands in the file `admin-key` of the data folder.'

export function sessionRoutes({ sessions, about, settings, authenticator }: SessionParts): readonly Route[] {
  const view = (principal: Principal | undefined, expiresAt: number | undefined): SessionView => ({
    signedIn: principal !== undefined,
    name: principal?.name ?? null,
    keyId: principal?.keyId ?? null,
    scopes: (principal?.scopes ?? []) as SessionView['scopes'],
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    loopback: principal !== undefined && isLoopback(principal),
    version: about.version,
    ...(principal === undefined ? {} : { requestLimitPerMinute: limitOf(principal, settings.rateLimitPerMinute) }),
    signInHint: HINT,
  })
  return [
    implement(getSession)(async (call) => {
      const request = requestOf(call)
      const principal = await whoCalls(() => authenticator.identify(request.raw))
      const token = sessionToken(request.headers.cookie)
      const session = token === undefined ? undefined : await sessions.peekSession(token)
      if (token === undefined || session === undefined || session.principal.keyId !== principal?.keyId) return view(principal, undefined)
      // Use may have prolonged it; the browser must keep the cookie as long.
      return respond(200, view(principal, session.expiresAt), { 'set-cookie': sessionCookie({ token, ...session }, request) })
    }),
    implement(signIn)(async (call) => {
      const request = requestOf(call)
      if (isSameOrigin(request.raw) === false) {
        throw new TandemError('forbidden', 'A page of another site tried to sign in. Open the dashboard itself and sign in there.')
      }
      const { keyId } = await authenticator.verifyKey(call.input.key, request.raw.socket.remoteAddress ?? '')
      // Always there for a key; a session belongs to one.
      const session = await sessions.createSession(keyId ?? '')
      const old = sessionToken(request.headers.cookie)
      if (old !== undefined) await sessions.revokeSession(old)
      return respond(200, view(session.principal, session.expiresAt), { 'set-cookie': sessionCookie(session, request) })
    }),
    implement(signOut)(async (call) => {
      const request = requestOf(call)
      // Refuses pages of other sites, which could otherwise sign their visitor out.
      const principal = await authenticator.identify(request.raw)
      const token = sessionToken(request.headers.cookie)
      let signedOut = token === undefined ? 0 : await sessions.revokeSession(token)
      if (call.query.everywhere && principal?.keyId !== undefined) signedOut += await sessions.revokeAllSessions(principal.keyId)
      return respond(200, { signedOut }, { 'set-cookie': clearedCookie(request) })
    }),
    implement(createSignInLink)(async ({ principal }) => {
      if (principal.keyId === undefined) {
        throw new TandemError('conflict', 'A link signs in with a key, and this call was made without one. Call with an API key.')
      }
      const { token, expiresAt } = await sessions.createLink(principal.keyId)
      return respond(201, { path: `/?token=${token}`, expiresAt: new Date(expiresAt).toISOString() }, { 'cache-control': 'no-store' })
    }),
  ]
}

/** A key or a cookie that is not valid is nobody's: asking who one is never fails for that. */
async function whoCalls(identify: () => ReturnType<Authenticator['identify']>): Promise<Principal | undefined> {
  try {
    return await identify()
  } catch (error) {
    if (TandemError.is(error) && (error.code === 'unauthorized' || error.code === 'forbidden')) return undefined
    throw error
  }
}

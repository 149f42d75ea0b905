// Who is calling: an API key in a header, the session cookie of a browser, or (by explicit setting) anyone on this machine.
// Keys in the address are never read: addresses end up in logs and histories.
import type { Principal, Scope } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import type { KeyPrincipal } from '../../platform/auth/api-keys.ts'
import { hasScope } from '../../platform/auth/scopes.ts'
import type { RawRequest } from './http-exchange.ts'
import type { ServerParts } from './server-parts.ts'
import { sessionToken } from './session-cookie.ts'

const LOOPBACK_PRINCIPAL: Principal = { keyId: undefined, name: 'loopback', scopes: ['admin'] }
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Not a promise where nothing has to be looked up: a promise costs every request of a loopback caller. */
export type Identified = Principal | undefined

export interface Authenticator {
  /** Undefined when nothing was sent. Throws `unauthorized` for a wrong key, `forbidden` for a request of another site. */
  identify(request: RawRequest): Identified | Promise<Identified>
  /** As `identify`, for a key that came in a message. */
  verifyKey(key: string, address: string): Promise<Principal>
}

export function createAuthenticator(parts: Pick<ServerParts, 'keys' | 'sessions' | 'failureLimiter' | 'settings'>): Authenticator {
  const { keys, sessions, failureLimiter, settings } = parts
  const verifyKey = async (key: string, address: string): Promise<Principal> => {
    const principal = await keys.verify(key)
    if (principal !== undefined) return principal
    // Asked only after a failure: callers with good keys behind the same proxy are never locked out.
    const tries = await failureLimiter?.check(address)
    if (tries?.allowed === false) throw tooManyFailures(tries.retryAfterSeconds)
    await failureLimiter?.failed(address)
    throw new TandemError('unauthorized', 'The API key is unknown, expired or revoked. Create one with `tandem keys create`.')
  }
  return {
    verifyKey,
    identify(request) {
      const { headers } = request
      const key = keyOf(headers.authorization, headers['x-api-key'])
      if (key !== undefined) return keys.known(key) ?? verifyKey(key, request.socket.remoteAddress ?? '')
      const token = sessionToken(headers.cookie)
      if (token === undefined) return withoutKey(request, settings)
      return sessions
        .verifySession(token)
        .then((session) => (session === undefined ? withoutKey(request, settings) : fromThisSite(request, session)))
    },
  }
}

function withoutKey(request: RawRequest, { allowLoopbackWithoutKey }: ServerParts['settings']): Identified {
  return allowLoopbackWithoutKey && isDirectLoopback(request) ? fromThisSite(request, LOOPBACK_PRINCIPAL) : undefined
}

/** Throws `unauthorized` without a caller, `forbidden` without the scope. */
export function requireScope(principal: Principal | undefined, scope: Scope): asserts principal is Principal {
  if (principal === undefined) {
    throw new TandemError('unauthorized', 'This needs an API key. Send it as "Authorization: Bearer tdm_..." or "X-API-Key: tdm_...".')
  }
  if (hasScope(principal, scope)) return
  throw new TandemError(
    'forbidden',
    `This needs the scope "${scope}"; the key "${principal.name}" has ${principal.scopes.join(', ') || 'none'}. Use a key with that scope, or create one.`,
    { details: { needed: scope, granted: principal.scopes } },
  )
}

/** The limit of a caller, requests per minute. */
export function limitOf(principal: Principal, fallback: number): number {
  return (principal as Partial<KeyPrincipal>).rateLimitPerMinute ?? fallback
}

/** Whether this is the caller that the setting lets in without a key. */
export function isLoopback(principal: Principal): boolean {
  return principal === LOOPBACK_PRINCIPAL
}

/** Whether a browser says that the page that sent this is ours. Undefined: no browser said anything. */
export function isSameOrigin(request: RawRequest): boolean | undefined {
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  if (origin !== undefined) {
    const at = URL.canParse(origin) ? new URL(origin).host : undefined
    return at !== undefined && at === host?.toLowerCase()
  }
  return site === undefined ? undefined : true
}

function keyOf(authorization: string | undefined, apiKey: string | string[] | undefined): string | undefined {
  if (authorization !== undefined) {
    if (authorization.length > 7 && authorization.slice(0, 7).toLowerCase() === 'bearer ') return authorization.slice(7).trim()
    throw new TandemError('unauthorized', 'The Authorization header is not of the form "Bearer tdm_...".')
  }
  return typeof apiKey === 'string' ? apiKey.trim() : undefined
}

/** A cookie, or the machine itself, is something another site's page could borrow: unsafe requests must come from our own. */
function fromThisSite(request: RawRequest, principal: Principal): Principal {
  const same = isSameOrigin(request)
  const unsafe = !SAFE_METHODS.has(request.method ?? 'GET') || request.headers.upgrade !== undefined
  // Programs on this machine send neither header; a browser with a cookie always sends one with an unsafe request.
  const refused = principal === LOOPBACK_PRINCIPAL ? same === false : unsafe && same !== true
  if (!refused) return principal
  throw new TandemError('forbidden', 'This request came from a page of another site. Use an API key instead of the browser session.')
}

const LOOPBACK_HOST = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i

/** From this machine itself, not through a proxy on it, and not by a name that someone else's DNS points here. */
function isDirectLoopback(request: RawRequest): boolean {
  const address = request.socket.remoteAddress ?? ''
  const local = address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')
  const { forwarded, host, 'x-forwarded-for': forwardedFor } = request.headers
  return local && forwarded === undefined && forwardedFor === undefined && LOOPBACK_HOST.test(host ?? '')
}

function tooManyFailures(retryAfterSeconds: number): TandemError {
  return new TandemError('rate_limited', `Too many wrong API keys came from this address. Try again in ${retryAfterSeconds} s.`, {
    details: { retryAfterSeconds },
  })
}

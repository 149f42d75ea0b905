// The cookie of a browser session: no script reads it, no other site's page sends it.
import type { IncomingHttpHeaders } from 'node:http'
import type { HttpRequest } from './http-exchange.ts'

export const SESSION_COOKIE = 'tandem_session'

export function sessionCookie({ token, expiresAt }: { token: string; expiresAt: number }, request: HttpRequest): string {
  const secure = 'encrypted' in request.raw.socket || request.headers['x-forwarded-proto'] === 'https'
  const parts = [`${SESSION_COOKIE}=${token}`, 'Path=/', 'HttpOnly', 'SameSite=Strict', `Expires=${new Date(expiresAt).toUTCString()}`]
  return [...parts, ...(secure ? ['Secure'] : [])].join('; ')
}

/** Makes the browser forget it. */
export function clearedCookie(request: HttpRequest): string {
  return sessionCookie({ token: '', expiresAt: 0 }, request)
}

/** The token of the request's session cookie; undefined without one. */
export function sessionToken(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const equals = part.indexOf('=')
    if (equals !== -1 && part.slice(0, equals).trim() === SESSION_COOKIE) return part.slice(equals + 1).trim()
  }
  return undefined
}

/** Whether the cookie decided who is calling: a key in a header comes before it. */
export function cookieLetIn(headers: IncomingHttpHeaders): boolean {
  return headers.authorization === undefined && headers['x-api-key'] === undefined
}

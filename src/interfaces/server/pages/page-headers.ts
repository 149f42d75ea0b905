// What every page a browser sees is sent with: nothing from elsewhere, in no frame, no address told to others.
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The pages written by the server itself. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** The dashboard, which brings its own fonts. */
export const DASHBOARD_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Not stored anywhere unless the caller says otherwise. */
export function setPageHeaders(request: FastifyRequest, reply: FastifyReply, policy: string = PAGE_POLICY): void {
  reply
    .header('x-request-id', request.id)
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', policy)
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('x-frame-options', 'DENY')
    .header('cache-control', 'no-store')
}

/** Whether the browser has what this tag stands for (RFC 9110, section 13.1.2: compared weakly). */
export function hasTag(request: FastifyRequest, tag: string): boolean {
  const header = request.headers['if-none-match']
  if (header === undefined) return false
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag)
}

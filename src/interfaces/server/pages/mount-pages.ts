// The pages a browser sees: the root (and the sign-in link that leads to it), the API reference, the list of errors.
// The root is the dashboard where one is built.
// Everything they need is served from here; the policy forbids anything else.
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sendProblem } from '../respond.ts'
import type { ServerParts } from '../server-parts.ts'
import { sessionCookie } from '../session-cookie.ts'
import type { Dashboard } from './dashboard.ts'
import { renderDocs } from './docs-page.ts'
import { DOCS_SCRIPT } from './docs-script.ts'
import { renderErrors } from './errors-page.ts'
import { renderLanding, renderSignInFailed } from './landing-page.ts'
import { hasTag, setPageHeaders } from './page-headers.ts'
import { STYLE } from './style.ts'

export const PAGE_PATHS = ['/', '/docs', '/docs/errors', '/docs/docs.js', '/docs/style.css', '/openapi.json', '/favicon.ico'] as const

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3056d3"/><circle cx="11" cy="20" r="5" fill="none" stroke="#fff" stroke-width="2.5"/><circle cx="22" cy="20" r="5" fill="none" stroke="#fff" stroke-width="2.5"/><path d="M11 20l4-9h7m-8 0l8 9" fill="none" stroke="#fff" stroke-width="2"/></svg>'

export interface PageParts extends Pick<ServerParts, 'sessions' | 'log' | 'about'> {
  /** Built when it is asked for: an idle server has no use for it. */
  readonly openapi: () => Readonly<Record<string, unknown>>
  readonly dashboard: Dashboard | undefined
}

export function mountPages(app: FastifyInstance, parts: PageParts): void {
  const { openapi, about, log, sessions, dashboard } = parts
  serve(app, '/docs', 'text/html; charset=utf-8', () => renderDocs(openapi()))
  serve(app, '/docs/errors', 'text/html; charset=utf-8', renderErrors)
  serve(app, '/docs/docs.js', 'text/javascript; charset=utf-8', () => DOCS_SCRIPT)
  serve(app, '/docs/style.css', 'text/css; charset=utf-8', () => STYLE)
  serve(app, '/openapi.json', 'application/json; charset=utf-8', () => JSON.stringify(openapi()))
  serve(app, '/favicon.ico', 'image/svg+xml', () => ICON)
  app.route({
    method: 'GET',
    url: '/',
    async handler(request, reply) {
      const { token } = request.query as { token?: unknown }
      if (token === undefined && (await dashboard?.sendIndex(request, reply))) return reply
      setPageHeaders(request, reply)
      if (token === undefined) return reply.type('text/html; charset=utf-8').send(renderLanding(about))
      // A look ahead (HEAD, a link preview that asks before it opens) must not use the link up.
      if (request.method === 'HEAD') return reply.send('')
      try {
        const session = typeof token === 'string' ? await sessions.exchangeLink(token) : undefined
        if (session === undefined) return reply.code(401).type('text/html; charset=utf-8').send(renderSignInFailed())
        return reply.header('set-cookie', sessionCookie(session, request)).redirect('/', 303)
      } catch (error) {
        sendProblem(error, request, reply, log)
        return reply
      }
    },
  })
}

/** Rendered at the first request, kept, and revalidated by its hash. */
function serve(app: FastifyInstance, path: string, type: string, render: () => string): void {
  let made: { readonly body: string; readonly etag: string } | undefined
  app.route({
    method: 'GET',
    url: path,
    handler(request, reply) {
      if (made === undefined) {
        const body = render()
        made = { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
      }
      setPageHeaders(request, reply)
      reply.header('cache-control', 'no-cache').header('etag', made.etag)
      if (hasTag(request, made.etag)) reply.code(304).send()
      else reply.header('content-type', type).send(made.body)
    },
  })
}

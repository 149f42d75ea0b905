// Which routes may be answered past Fastify, and which of them an address means: those that take one JSON value, are not made to be
// repeated (`idempotent: false`), and whose address no other route of their method could mean.
import type { MountedRoute } from './server-call.ts'

export interface DirectRoute {
  readonly mounted: MountedRoute
  readonly params: Readonly<Record<string, string>>
}

/** The route that a POST to this address means; undefined leaves the request to Fastify. */
export type FindDirectRoute = (url: string) => DirectRoute | undefined

interface Pattern {
  readonly mounted: MountedRoute
  /** What stands before and behind the one parameter; the whole path and undefined when it has none. */
  readonly before: string
  readonly behind: string | undefined
  readonly parameter: string
}

/** Larger bodies gain nothing on a short way. */
const DIRECT_BODY_BYTES = 64 * 1024
/** Characters that no decoding changes. */
const PLAIN_SEGMENT = /^[\w.~-]{1,128}$/
const NO_PARAMETERS: Readonly<Record<string, string>> = Object.freeze({})

export function createDirectRoutes(routes: readonly MountedRoute[]): FindDirectRoute {
  const patterns = patternsOf(routes)
  return (url) => {
    for (const { mounted, before, behind, parameter } of patterns) {
      if (behind === undefined) {
        if (url === before) return { mounted, params: NO_PARAMETERS }
        continue
      }
      if (!url.startsWith(before) || !url.endsWith(behind)) continue
      const value = url.slice(before.length, url.length - behind.length)
      if (PLAIN_SEGMENT.test(value)) return { mounted, params: { [parameter]: value } }
    }
    return undefined
  }
}

/** Whether a body of this length may go the short way to this route; a larger one is refused, or read, by Fastify. */
export function isShort(lengthBytes: number, { endpoint }: MountedRoute, bodyLimitBytes: number): boolean {
  return lengthBytes > 0 && lengthBytes <= Math.min(DIRECT_BODY_BYTES, endpoint.bodyLimitBytes ?? bodyLimitBytes)
}

function patternsOf(routes: readonly MountedRoute[]): Pattern[] {
  const posts = routes.filter(({ endpoint }) => endpoint.method === 'POST')
  const isAlone = ({ endpoint }: MountedRoute): boolean => posts.filter((other) => overlap(other.endpoint.path, endpoint.path)).length === 1
  return posts.filter(isAlone).flatMap((mounted): Pattern[] => {
    const { kind, idempotent, input, streams, path } = mounted.endpoint
    if (kind !== 'json' || idempotent || input === undefined || streams !== undefined) return []
    const [before = '', behind, ...more] = path.split(/:\w+/)
    if (more.length > 0) return []
    return [{ mounted, before, behind, parameter: /:(\w+)/.exec(path)?.[1] ?? '' }]
  })
}

function overlap(left: string, right: string): boolean {
  const [one, other] = [left.split('/'), right.split('/')]
  return one.length === other.length && one.every((part, i) => part === other[i] || part.startsWith(':') || other[i]?.startsWith(':'))
}

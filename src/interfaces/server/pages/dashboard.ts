// Serves the built dashboard: its files, and its index.html for every address of it that a browser opens, because the
// dashboard itself reads the rest of the address. What belongs to the API is never taken.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pathOf } from '../respond.ts'
import { createDashboardFiles, type DashboardFile, type Encoding } from './dashboard-files.ts'
import { DASHBOARD_POLICY, hasTag, setPageHeaders } from './page-headers.ts'

export interface Dashboard {
  /** Answers with index.html. False when no dashboard is built: nothing was sent. */
  sendIndex(request: FastifyRequest, reply: FastifyReply): Promise<boolean>
  /** Answers a request that no route took, if it is one for the dashboard. */
  send(request: FastifyRequest, reply: FastifyReply): Promise<boolean>
}

const YEAR_SECONDS = 31_536_000

/** @param apiPaths  patterns of the routes; whatever begins like one of them is not the dashboard's. */
export function createDashboard(folder: string, apiPaths: readonly string[]): Dashboard {
  const files = createDashboardFiles(folder)
  const taken = new Set(['v1', 'v2', ...apiPaths.map(firstPart)].filter((part) => part !== ''))
  const sendIndex = async (request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
    const index = await files.find('index.html')
    return index !== undefined && sendFile(request, reply, index)
  }
  return {
    sendIndex,
    async send(request, reply) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false
      const path = pathOf(request.url)
      if (taken.has(firstPart(path))) return false
      const file = await files.find(path.slice(1))
      if (file !== undefined) return sendFile(request, reply, file)
      // An asset of a build that is gone is told apart from a page: the dashboard then offers to load the new build.
      if (path.startsWith('/assets/')) return false
      return wantsPage(request) && sendIndex(request, reply)
    },
  }
}

const firstPart = (path: string): string => path.split('/', 2)[1] ?? ''

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: DashboardFile): Promise<boolean> {
  const encoding = file.compressible ? encodingFor(request.headers['accept-encoding']) : 'identity'
  const read = await file.read(encoding)
  if (read === undefined) return false
  const { body, tag } = read
  setPageHeaders(request, reply, DASHBOARD_POLICY)
  reply
    .header('cross-origin-resource-policy', 'same-origin')
    .header('cache-control', file.immutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache')
    .header('etag', tag)
  if (file.compressible) reply.header('vary', 'accept-encoding')
  if (hasTag(request, tag)) {
    reply.code(304).send()
    return true
  }
  if (tag.endsWith(`-${encoding}"`)) reply.header('content-encoding', encoding)
  reply.code(200).header('content-type', file.type).send(body)
  return true
}

function wantsPage({ headers: { accept } }: FastifyRequest): boolean {
  return accept?.toLowerCase().includes('text/html') ?? false
}

/** The best the browser takes (RFC 9110, section 12.5.3). */
function encodingFor(header: string | undefined): Encoding {
  const weights = new Map<string, number>()
  for (const part of (header ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim())
    const weight = parameters.find((text) => text.startsWith('q='))
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)) || 0)
  }
  const weightOf = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0
  const [br, gzip] = [weightOf('br'), weightOf('gzip')]
  if (br === 0 && gzip === 0) return 'identity'
  return br >= gzip ? 'br' : 'gzip'
}

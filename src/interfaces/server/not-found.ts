// Addresses that are not there, and addresses that are but not for this method: told apart from the table of routes.
import type { FastifyRequest } from 'fastify'
import { TandemError } from '../../errors.ts'
import { pathOf } from './respond.ts'

export interface RouteTable {
  /** Methods of the address, HEAD beside GET; empty when there is nothing. */
  methodsAt(path: string): readonly string[]
}

export function createRouteTable(routes: readonly { readonly method: string; readonly path: string }[]): RouteTable {
  const byPath = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>()
  for (const { method, path } of routes) {
    const known = byPath.get(path) ?? { pattern: patternOf(path), methods: new Set<string>() }
    known.methods.add(method)
    if (method === 'GET') known.methods.add('HEAD')
    byPath.set(path, known)
  }
  const table = [...byPath.values()]
  return {
    methodsAt(path) {
      const at = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
      const found = new Set(table.filter(({ pattern }) => pattern.test(at)).flatMap(({ methods }) => [...methods]))
      return [...found].sort()
    },
  }
}

/** The error for a request no route took. */
export function missing(request: FastifyRequest, table: RouteTable): TandemError {
  const path = pathOf(request.url)
  const allow = table.methodsAt(path)
  if (allow.length === 0) {
    return new TandemError('not_found', `There is nothing at ${path.slice(0, 200)}. The addresses are listed at /docs.`)
  }
  return new TandemError('method_not_allowed', `${path.slice(0, 200)} does not take ${request.method}; it takes ${allow.join(', ')}.`, {
    details: { allow },
  })
}

function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
  return new RegExp(`^${parts.join('/')}$`)
}

// Which socket an address means.
import type { SocketRoute } from '../../../socket.ts'

export interface FoundSocket {
  readonly route: SocketRoute
  readonly params: Readonly<Record<string, string>>
}

export function createSocketTable(routes: readonly SocketRoute[]): (path: string) => FoundSocket | undefined {
  const table = routes.map((route) => ({ route, parts: route.endpoint.path.split('/') }))
  return (path) => {
    const given = (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path).split('/')
    for (const { route, parts } of table) {
      const params = paramsOf(parts, given)
      if (params !== undefined) return { route, params }
    }
    return undefined
  }
}

function paramsOf(parts: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (parts.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [place, part] of parts.entries()) {
    const value = given[place]!
    if (!part.startsWith(':')) {
      if (part !== value) return undefined
      continue
    }
    const decoded = decode(value)
    if (decoded === undefined || decoded === '') return undefined
    params[part.slice(1)] = decoded
  }
  return params
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}

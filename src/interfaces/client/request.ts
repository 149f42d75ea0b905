// The few forms a request takes, so that a method of a group is one line.
import type { CallOptions } from '../../tandem.ts'
import type { QueryValue, Request } from './transport.ts'

/** A path whose values are encoded: address`/v1/models/${name}`. */
export function address(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((path, part, index) => `${path}${encodeURIComponent(values[index - 1] ?? '')}${part}`)
}

/** Reads. Whatever the options hold beside the signal goes into the query. */
export function get<Options extends CallOptions & { readonly [Name in keyof Options]: QueryValue | AbortSignal }>(
  path: string,
  options?: Options,
): Request {
  const { signal, ...query } = options ?? ({} as Options)
  return { method: 'GET', path, query: query as Request['query'], signal }
}

export function put(path: string, json: unknown, { signal }: CallOptions = {}): Request {
  return { method: 'PUT', path, json, signal }
}

/** Changes something once, however often it is sent: under an Idempotency-Key. Without `json` there is no body. */
export function post(path: string, json: object | undefined, { signal }: CallOptions = {}): Request {
  return { method: 'POST', path, json, repeatable: 'with-key', signal }
}

export function remove(path: string, { signal }: CallOptions = {}): Request {
  return { method: 'DELETE', path, signal }
}

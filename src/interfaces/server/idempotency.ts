// Idempotency-Key (IETF draft): the first answer to a key is stored and replayed, so that a client may repeat a POST
// whose answer it never saw. Costs nothing unless the header is sent.
import { createHash } from 'node:crypto'
import { TandemError } from '../../errors.ts'
import type { ServerCall } from './server-call.ts'

export interface StoredAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type IdempotencyState =
  | { readonly state: 'started' }
  | { readonly state: 'running' }
  | { readonly state: 'conflict' }
  | { readonly state: 'done'; readonly answer: StoredAnswer }

/** The port. Adapter: idempotency-sql.ts. */
export interface IdempotencyStore {
  /** Claims the key, or tells what became of it. Of two at the same time exactly one is `started`. */
  begin(key: string, fingerprint: string): Promise<IdempotencyState>
  finish(key: string, answer: StoredAnswer): Promise<void>
  /** Forgets a claim whose request failed, so that it can be tried again. */
  release(key: string): Promise<void>
}

/** Answers larger than this are not kept: the key is forgotten instead. */
export const MAX_STORED_ANSWER_CHARS = 1_000_000

/** Statuses that say "later": the next try must run again. */
export function isWorthStoring(status: number): boolean {
  return status < 500 && status !== 409 && status !== 429 && status !== 408
}

/** Claims the call's key. Returns the stored answer to replay, or the claim to finish. */
export async function claim(
  store: IdempotencyStore,
  call: ServerCall,
  header: string,
): Promise<{ readonly replay: StoredAnswer } | { readonly key: string }> {
  if (!/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new TandemError(
      'invalid_input',
      `An Idempotency-Key has 1 to 255 printable characters without spaces; this one has ${header.length}.`,
    )
  }
  const { request } = call
  const key = sha256([call.principal.keyId ?? call.principal.name, request.method, call.mounted.endpoint.path, header])
  const found = await store.begin(key, fingerprintOf(call))
  if (found.state === 'started') return { key }
  if (found.state === 'done') return { replay: found.answer }
  if (found.state === 'conflict') {
    throw new TandemError(
      'idempotency_conflict',
      `The Idempotency-Key "${header}" was used with another request. Take a new key for a new request.`,
    )
  }
  throw new TandemError(
    'idempotency_in_progress',
    `The first request with the Idempotency-Key "${header}" is still running. Repeat this one when it has finished.`,
    { details: { retryAfterSeconds: 1 } },
  )
}

/** A stream cannot be hashed before it is read: its type and length stand for it. */
function fingerprintOf(call: ServerCall): string {
  const { headers, url } = call.request
  return sha256([url, call.stream === undefined ? '' : `${call.stream.contentType} ${headers['content-length'] ?? ''}`, call.body ?? ''])
}

function sha256(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}

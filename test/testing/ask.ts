// Requests over kept connections, as a program would make them: `fetch` of Node opens too many and hides socket errors.
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import type { Readable } from 'node:stream'
import type { JobView } from '../../src/platform/jobs/schema.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
export type Json = any

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The parsed body; undefined when it is not JSON. */
  readonly body: Json
}

export interface AskOptions {
  readonly method?: string
  readonly json?: unknown
  /** Sent as it is. */
  readonly raw?: string | Buffer | Readable
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of the admin's; null sends none. */
  readonly key?: string | null
}

export interface Asker {
  readonly url: string
  readonly key: string
  /** Rejects only when the connection broke. */
  ask(path: string, options?: AskOptions): Promise<Answer>
  /** As `ask`, and rejects when the status is 400 or more. */
  good(path: string, options?: AskOptions): Promise<Json>
  /** The job when it has finished. */
  finished(id: string): Promise<JobView>
  /** Repeats until `done` says so. */
  until<Value>(look: () => Promise<Value>, done: (value: Value) => boolean, what: string): Promise<Value>
}

const DEADLINE_MS = 100_000

export function createAsker(url: string, key: string): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const ask: Asker['ask'] = (path, { method, json, raw, type, headers = {}, key: own = key } = {}) =>
    new Promise((resolve, reject) => {
      const body = raw ?? (json === undefined ? undefined : JSON.stringify(json))
      const sent = request(`${url}${path}`, {
        agent,
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(own === null ? {} : { authorization: `Bearer ${own}` }),
          ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
          ...(typeof body === 'string' || Buffer.isBuffer(body) ? { 'content-length': Buffer.byteLength(body) } : {}),
          ...headers,
        },
      })
      let answered = false
      sent.on('response', (response) => {
        answered = true
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) }))
        response.on('error', reject)
      })
      sent.on('error', (error) => {
        // A server that refuses an upload answers before it has all and closes: the answer counts, not the broken pipe.
        if (!answered) reject(error)
      })
      if (typeof body === 'string' || Buffer.isBuffer(body) || body === undefined) sent.end(body)
      else {
        body.on('error', () => sent.destroy())
        sent.on('close', () => body.destroy())
        body.pipe(sent)
      }
    })
  const good: Asker['good'] = async (path, options) => {
    const { status, body, text } = await ask(path, options)
    if (status >= 400) throw new Error(`${options?.method ?? ''} ${path} answered ${status}: ${text}`)
    return body
  }
  const until: Asker['until'] = async (look, done, what) => {
    const deadline = Date.now() + DEADLINE_MS
    for (;;) {
      const value = await look()
      if (done(value)) return value
      if (Date.now() > deadline) throw new Error(`${what} did not happen within ${DEADLINE_MS} ms; last seen: ${JSON.stringify(value)}`)
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
  }
  const finished: Asker['finished'] = (id) =>
    until<JobView>(
      () => good(`/v1/jobs/${id}`),
      ({ status }) => status !== 'queued' && status !== 'running',
      `the end of job ${id}`,
    )
  return { url, key, ask, good, finished, until }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

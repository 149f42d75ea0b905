// A real HTTP server on a free port that answers what a test says, and remembers what it was asked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly text: string
  readonly json: unknown
}

export type Answer = (asked: Asked, response: ServerResponse) => void | Promise<void>

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string
  readonly asked: Asked[]
  /** Answers of the next requests in order; the last one also answers all further ones. */
  script(...answers: Answer[]): void
}

export async function startScriptedServer(...first: Answer[]): Promise<ScriptedServer> {
  let answers = first
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const url = new URL(request.url ?? '/', 'http://x')
    const isJson = request.headers['content-type'] === 'application/json'
    const entry: Asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    }
    asked.push(entry)
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    await answer?.(entry, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    script: (...next) => {
      answers = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers })
    response.end(JSON.stringify(body))
  }
}

/** Cuts the connection without an answer. */
export const hangUp: Answer = (_, response) => {
  response.socket?.destroy()
}

/** Never answers. */
export const silence: Answer = () => {}

/** Sends the pieces one by one as an event stream, then ends it; `open` leaves it open. */
export function events(pieces: readonly (string | Uint8Array)[], { open = false } = {}): Answer {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const piece of pieces) {
      response.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    if (!open) response.end()
  }
}

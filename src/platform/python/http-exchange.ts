// One HTTP/1.1 request to a worker over a Unix socket or TCP: bounded in time and size, never redirected, and whole or an error.
import { Agent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps, Agent as TlsAgent } from 'node:https'
import { failureReason, messageOf, workerFailure } from './failure.ts'

export interface WorkerAddress {
  /** Base address; its path is put before every path. */
  readonly url: string
  /** A Unix socket, in place of the url's host and port. */
  readonly socketPath?: string
  readonly token?: string
}

export interface Exchange {
  readonly method: 'GET' | 'POST'
  /** Begins with a slash; parts of it are encoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** Of the whole exchange, to the last byte of the answer. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface ExchangeAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface HttpExchanger {
  ask(exchange: Exchange): Promise<ExchangeAnswer>
  /** The answer's head and its body as it comes; without a time limit, the signal ends it. */
  open(exchange: Omit<Exchange, 'timeoutMs'>): Promise<IncomingMessage>
  /** Ends connections; what waits fails. */
  close(): void
}

class StaleConnection {
  readonly error: Error
  constructor(error: Error) {
    this.error = error
  }
}

/** An answer is never larger: 100,000 vectors of 1,024 dimensions are a tenth of what a worker could send by mistake. */
export const MOST_ANSWER_BYTES = 64 * 1024 * 1024

export function createHttpExchanger(address: WorkerAddress, mostBytes: number = MOST_ANSWER_BYTES): HttpExchanger {
  const base = new URL(address.url)
  const isTls = base.protocol === 'https:'
  const send = isTls ? requestHttps : requestHttp
  const agent = new (isTls ? TlsAgent : Agent)({ keepAlive: true, maxSockets: 64, maxFreeSockets: 8, scheduling: 'fifo' })
  const prefix = base.pathname.replace(/\/+$/, '')
  const place = address.socketPath === undefined ? base.host : 'its socket'

  const optionsOf = ({ method, path, headers, body }: Omit<Exchange, 'timeoutMs'>): RequestOptions => ({
    ...(address.socketPath === undefined
      ? { hostname: base.hostname.replace(/^\[|\]$/g, ''), port: base.port }
      : { socketPath: address.socketPath }),
    ...{ agent, method, path: `${prefix}${path}` },
    headers: {
      ...(address.token === undefined ? {} : { authorization: `Bearer ${address.token}` }),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
  })

  const askOnce = (exchange: Exchange): Promise<ExchangeAnswer | StaleConnection> =>
    new Promise((resolve, reject) => {
      const { body, timeoutMs, signal } = exchange
      const request = send(optionsOf(exchange))
      const end = (error: Error): void => {
        reject(error)
        request.destroy()
      }
      let immediate: NodeJS.Immediate | undefined
      const timer = setTimeout(
        () => {
          // When this process itself was busy, the answer may be here already: it is read before time is called.
          immediate = setImmediate(() =>
            end(workerFailure('timeout', `The worker at ${place} did not answer within ${Math.round(timeoutMs)} ms.`)),
          )
        },
        Math.max(0, timeoutMs),
      )
      const abort = (): void => end(signal?.reason as Error)
      signal?.addEventListener('abort', abort, { once: true })
      request.on('close', () => {
        clearTimeout(timer)
        clearImmediate(immediate)
        signal?.removeEventListener('abort', abort)
      })
      request.on('error', (error: NodeJS.ErrnoException) => {
        const lost = lostConnection(place, error)
        if (request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) resolve(new StaleConnection(lost))
        else reject(lost)
      })
      request.on('response', (response) => {
        collect(response, mostBytes).then((received) => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received })
        }, end)
      })
      request.end(body)
    })

  return {
    async ask(exchange) {
      exchange.signal?.throwIfAborted()
      const startedAt = performance.now()
      const first = await askOnce(exchange)
      if (!(first instanceof StaleConnection)) return first
      // Perhaps the worker had closed a kept connection that was idle; on a new one it answers. Otherwise the request ended the worker.
      const second = await askOnce({ ...exchange, timeoutMs: exchange.timeoutMs - (performance.now() - startedAt) }).catch(
        (error: unknown) => {
          throw failureReason(error) === 'unreachable' ? first.error : error
        },
      )
      if (second instanceof StaleConnection) throw second.error
      return second
    },
    open: (exchange) =>
      new Promise((resolve, reject) => {
        const request = send({ ...optionsOf(exchange), ...(exchange.signal && { signal: exchange.signal }) })
        request.on('error', (error: NodeJS.ErrnoException) => reject(lostConnection(place, error)))
        request.on('response', resolve)
        request.end(exchange.body)
      }),
    close: () => agent.destroy(),
  }
}

async function collect(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const announced = Number(response.headers['content-length'] ?? 0)
  const tooLarge = (size: number): Error =>
    workerFailure('bad_answer', `The worker's answer has ${size} bytes or more; ${mostBytes} are the most that is read.`)
  if (announced > mostBytes) throw tooLarge(announced)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > mostBytes) throw tooLarge(size)
      chunks.push(chunk)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
    throw workerFailure('exited', `The worker's answer ended after ${size} of ${announced || 'an unknown number of'} bytes.`, error)
  }
  if (!response.complete) throw workerFailure('exited', `The worker's answer ended after ${size} bytes, before it was whole.`)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

function lostConnection(place: string, error: NodeJS.ErrnoException): Error {
  const refused = error.code === 'ECONNREFUSED' || error.code === 'ENOENT' || error.code === 'ENOTFOUND' || error.code === 'EHOSTUNREACH'
  if (error.code?.startsWith('HPE_')) {
    return workerFailure('bad_answer', `The worker at ${place} answered something that is not HTTP (${messageOf(error)}).`, error)
  }
  const what = refused ? 'cannot be reached' : 'ended the connection'
  return workerFailure(refused ? 'unreachable' : 'exited', `The worker at ${place} ${what} (${error.code ?? messageOf(error)}).`, error)
}

// Load and single calls for benchmarks.
import { Agent, request } from 'node:http'
import autocannon from 'autocannon'
import { simulate } from '../../apps/matching/simulate.ts'
import type { RunningServer } from './servers.ts'

/** One match as a client sends it. */
export const MATCH = simulate({ rows: 1, seed: 99 })[0]!.features

export interface LoadResult {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Requests that failed or answered other than 2xx. */
  readonly failed: number
  readonly sent: number
}

/** Posts one JSON body over `connections` at full speed, for a time or a number of requests. */
export async function load(
  server: RunningServer,
  path: string,
  body: unknown,
  options: { readonly connections: number; readonly seconds?: number; readonly requests?: number },
): Promise<LoadResult> {
  const result = await autocannon({
    url: `${server.url}${path}`,
    method: 'POST',
    headers: headersOf(server),
    body: JSON.stringify(body),
    connections: options.connections,
    ...(options.requests === undefined ? { duration: options.seconds ?? 4 } : { amount: options.requests }),
  })
  return {
    perSecond: result.requests.total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failed: result.errors + result.non2xx,
    sent: result.requests.sent,
  }
}

/** Calls one after the other over one connection; the time of each in ms, finer than autocannon's. */
export async function serialLatencies(server: RunningServer, path: string, body: unknown, seconds: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const text = JSON.stringify(body)
  const latencies: number[] = []
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    const startedAt = performance.now()
    await new Promise<void>((resolve, reject) => {
      const call = request(`${server.url}${path}`, { method: 'POST', agent, headers: headersOf(server) }, (answer) => {
        answer.resume()
        answer.once('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${path} answered ${answer.statusCode}`))))
      })
      call.once('error', reject)
      call.end(text)
    })
    latencies.push(performance.now() - startedAt)
  }
  agent.destroy()
  return latencies
}

/** One call; rejects with the answer's text unless it is 2xx. */
export async function call(server: RunningServer, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: headersOf(server),
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 500)}`)
  return JSON.parse(text)
}

/** Simulated training rows of the matching app. */
export function trainingRows(rows: number, seed: number): Record<string, number | string>[] {
  return simulate({ rows, seed }).map(({ features, success }) => ({ ...features, success: success ? 'yes' : 'no' }))
}

/** Waits until the app has trained its first version. */
export async function untilSeeded(server: RunningServer): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const health = (await call(server, 'GET', '/matching/health')) as { readonly modelLoaded: boolean }
    if (health.modelLoaded) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('The matching app had no trained version after 60 s')
}

function headersOf(server: RunningServer): Record<string, string> {
  return { ...(server.key === '' ? {} : { authorization: `Bearer ${server.key}` }), 'content-type': 'application/json' }
}

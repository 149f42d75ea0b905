// What an event changes in the cache: progress in place, everything else by asking again, once for a burst.
import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { TandemEvent } from '../../src/platform/events/events.ts'
import type { JobView } from '../../src/platform/jobs/schema.ts'
import { applyEvent } from './live-topics.ts'

const job = (id: string, more: Partial<JobView> = {}): JobView => ({
  id,
  kind: 'train',
  status: 'running',
  progress: 0.5,
  message: 'Fitting',
  attempts: 1,
  maxAttempts: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: null,
  subject: 'match',
  stage: null,
  ...more,
})

const told = (id: string, status: JobView['status'], progress: number, message: string | null = null): TandemEvent => ({
  type: 'job.updated',
  at: Date.parse('2026-01-01T00:00:05Z'),
  data: { id, kind: 'train', status, progress, message },
})

let client: QueryClient
let next = 0
/** Ids of their own: which jobs were told is remembered beyond a test. */
const freshId = (): string => `job-${next++}`

beforeEach(() => {
  vi.useFakeTimers()
  client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } } })
})

afterEach(() => {
  vi.runOnlyPendingTimers()
  client.clear()
  vi.useRealTimers()
})

/** Counts how often a query on screen is asked. */
function watch(queryKey: readonly string[], data: unknown): () => number {
  let asked = 0
  client.setQueryData(queryKey, data)
  const observer = new QueryObserver(client, {
    queryKey,
    queryFn: () => {
      asked += 1
      return data
    },
  })
  observer.subscribe(() => undefined)
  return () => asked
}

describe('an event of a job', () => {
  test('moves its bar in the list and on its page, and never back', () => {
    const [id, other] = [freshId(), freshId()]
    client.setQueryData(['jobs', 'one', id], job(id))
    client.setQueryData(['jobs', 'list', {}], { pages: [{ items: [job(other), job(id)] }], pageParams: [undefined] })
    applyEvent(client, told(id, 'running', 0.7, 'Judging'))
    applyEvent(client, told(id, 'running', 0.6, 'told late'))
    expect(client.getQueryData(['jobs', 'one', id])).toMatchObject({ progress: 0.7, message: 'told late' })
    const list = client.getQueryData<{ pages: { items: JobView[] }[] }>(['jobs', 'list', {}])
    expect(list?.pages[0]?.items.map(({ progress }) => progress)).toEqual([0.5, 0.7])
  })

  test('adds a line to its log when it says something new', () => {
    const id = freshId()
    client.setQueryData(['jobs', 'log', id], [{ at: '2026-01-01T00:00:00.000Z', progress: 0.1, message: 'Reading' }])
    applyEvent(client, told(id, 'running', 0.2, 'Reading'))
    applyEvent(client, told(id, 'running', 0.3, 'Fitting'))
    expect(client.getQueryData(['jobs', 'log', id])).toEqual([
      { at: '2026-01-01T00:00:00.000Z', progress: 0.1, message: 'Reading' },
      { at: '2026-01-01T00:00:05.000Z', progress: 0.3, message: 'Fitting' },
    ])
  })

  test('asks for the jobs again when it turns, once for all that turn together, and not for progress', async () => {
    const asked = watch(['jobs', 'counts'], { running: 1 })
    const ids = Array.from({ length: 20 }, freshId)
    for (const id of ids) applyEvent(client, told(id, 'running', 0.1))
    await vi.advanceTimersByTimeAsync(300)
    expect(asked()).toBe(1)
    for (const id of ids) applyEvent(client, told(id, 'running', 0.9))
    await vi.advanceTimersByTimeAsync(300)
    expect(asked()).toBe(1)
    applyEvent(client, told(ids[0]!, 'failed', 0.9))
    await vi.advanceTimersByTimeAsync(300)
    expect(asked()).toBe(2)
  })
})

describe('an event of the traffic', () => {
  const point = (at: string, requests: number) => ({
    at,
    requests,
    clientErrors: 0,
    serverErrors: 0,
    predictions: requests,
    p50Ms: 1,
    p95Ms: 2,
    p99Ms: 3,
  })
  const send = (at: string, requests: number): void =>
    applyEvent(client, { type: 'traffic.updated', at: 0, data: { point: point(at, requests) } })

  test('fills the minute that runs, adds to the sums, and never takes away what other servers counted', () => {
    const [first, second] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z']
    const totals = { ...point('', 30), at: undefined }
    client.setQueryData(['traffic', '1h'], { window: '1h', points: [point(first, 10), point(second, 20)], totals, routes: [] })
    send(second, 25)
    send(second, 24)
    const traffic = client.getQueryData<{ points: { requests: number }[]; totals: { requests: number } }>(['traffic', '1h'])
    expect(traffic?.points.map(({ requests }) => requests)).toEqual([10, 25])
    expect(traffic?.totals.requests).toBe(35)
  })
})

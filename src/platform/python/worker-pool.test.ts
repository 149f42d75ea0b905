// Requests among workers, where only the order of what happens counts. Real workers: faults-serve.test.ts.
import { expect, test } from 'vitest'
import { workerFailure } from './failure.ts'
import type { LiveWorker } from './live-worker.ts'
import { createWorkerPool } from './worker-pool.ts'
import type { WorkerSlot } from './worker-slot.ts'

const LIMITS = { inFlightPerWorker: 4, waiting: 10 }

/** A place whose worker is exchanged by hand. */
function place(first: LiveWorker) {
  const slot = {
    id: 'python-1',
    state: 'ready',
    locality: 'machine',
    inFlight: 0,
    worker: first as LiveWorker | undefined,
    noteOutcome() {},
  }
  return { slot, pool: createWorkerPool([slot as unknown as WorkerSlot], LIMITS) }
}
const named = (name: string): LiveWorker => ({ origin: name }) as unknown as LiveWorker

test('a request that ends with the worker that was replaced meanwhile is asked of the new one', async () => {
  const { slot, pool } = place(named('old'))
  const asked: string[] = []
  const answer = await pool.run(
    async (worker) => {
      asked.push(worker.origin)
      if (worker.origin === ('new' as string)) return 'answered'
      slot.worker = named('new')
      throw workerFailure('exited', "The worker's answer ended after 0 of 290 bytes.")
    },
    { timeoutMs: 1000 },
  )
  expect(answer).toBe('answered')
  expect(asked).toEqual(['old', 'new'])
  expect(slot.inFlight).toBe(0)
})

test('a request is asked at most twice, and not again of the worker that it ended with', async () => {
  const { slot, pool } = place(named('1'))
  let asked = 0
  const run = () =>
    pool.run(
      async () => {
        asked += 1
        if (asked !== 3) slot.worker = named(String(asked + 1))
        throw workerFailure('exited', 'It ended.')
      },
      { timeoutMs: 1000 },
    )
  await expect(run()).rejects.toThrow('It ended.')
  expect(asked).toBe(2)
  await expect(run()).rejects.toThrow('It ended.')
  expect(asked).toBe(3)
})

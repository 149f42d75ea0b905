// Jobs brought by BullMQ on Redis: one queue and one worker per kind. A job that is delivered twice, or after its end, is not to be had
// in the database and ends at once.
import type { JobsOptions as BullOptions, Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { TandemError } from '../../errors.ts'
import type { RedisLink } from '../redis/redis.ts'
import type { JobDispatch } from './dispatch.ts'

interface Delivery {
  readonly id: string
}

/** BullMQ runs small numbers first; ours are larger for more urgent. */
const MIDDLE_PRIORITY = 1_000_000
const DONE: Pick<BullOptions, 'removeOnComplete' | 'removeOnFail'> = { removeOnComplete: true, removeOnFail: true }

/** @throws `dependency_missing` without the package bullmq. */
export async function loadBullmqDispatch(link: RedisLink): Promise<() => JobDispatch> {
  try {
    const bullmq = await import('bullmq')
    return () => createBullmqDispatch(link, bullmq)
  } catch (cause) {
    throw new TandemError('dependency_missing', 'TANDEM_JOBS=bullmq needs the package bullmq. Install it: npm install bullmq', { cause })
  }
}

function createBullmqDispatch(link: RedisLink, { Queue: BullQueue, Worker: BullWorker }: typeof import('bullmq')): JobDispatch {
  const prefix = link.key('bull')
  const queues = new Map<string, Queue<Delivery>>()
  const workers: Worker<Delivery>[] = []
  const connections: Redis[] = []
  const queueOf = (redis: Redis, kind: string): Queue<Delivery> => {
    const known = queues.get(kind)
    if (known !== undefined) return known
    const queue = new BullQueue<Delivery>(kind, { connection: redis as never, prefix })
    // Told by the link.
    queue.on('error', () => {})
    queues.set(kind, queue)
    return queue
  }
  return {
    announce({ id, kind, priority, run_at: runAt, attempts }, now) {
      const options: BullOptions = {
        ...DONE,
        // One delivery for each time that the job waits.
        jobId: `${id}.${attempts}.${runAt}`,
        delay: Math.max(0, runAt - now),
        priority: MIDDLE_PRIORITY - Math.max(-999_999, Math.min(999_999, priority)),
      }
      void link.ask('jobs', (redis) => queueOf(redis, kind).add(kind, { id }, options))
    },
    isUp: () => link.state().up,
    start(kinds, take) {
      for (const { kind, concurrency } of kinds) {
        const connection = link.open()
        connections.push(connection)
        const worker = new BullWorker<Delivery>(kind, ({ data }) => take(kind, data.id), {
          ...{ connection: connection as never, prefix, concurrency },
          // Leases stand in the database: a delivery that is lost is found there.
          ...{ maxStalledCount: 0, drainDelay: 5 },
        })
        worker.on('error', () => {})
        workers.push(worker)
      }
    },
    pause() {
      // Without waiting for jobs that run; they are waited for, and given back, by who runs them.
      for (const worker of workers) void worker.pause(true).catch(() => {})
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close(true).catch(() => {})))
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => {})))
      for (const connection of connections) connection.disconnect()
    },
  }
}

// Keeps a few worker threads for algorithms: started when first needed, stopped when idle, replaced when they die.

import { availableParallelism } from 'node:os'
import { TandemError } from '../../errors.ts'
import type { RunOptions, ThreadPool } from './pool.ts'
import { type PoolWorker, startPoolWorker, type Task, WORKER_PROGRAM } from './pool-worker.ts'

export interface ThreadPoolOptions {
  /** Threads at most. Default: cores - 1, at least 1, so that the event loop keeps a core. */
  readonly size?: number
  /** Told when a thread dies without having been told to. */
  readonly onError?: (error: TandemError) => void
  /** An idle thread ends after this time and gives its memory back. Default 30,000. */
  readonly idleTimeoutMs?: number
  /** A program that calls `serveTasks` with another table of tasks. Default: the table of `tasks.ts`. */
  readonly program?: URL
}

/** A canceled task that has not stopped by then is rejected all the same ... */
const CANCEL_ANSWER_MS = 150
/** ... and its thread killed after this. */
const CANCEL_KILL_MS = 2_000

interface Slot {
  worker: PoolWorker
  task: Task | undefined
  idleTimer: NodeJS.Timeout | undefined
}

/** A pool with no thread yet; the first task starts one. */
export function createThreadPool({
  size = Math.max(1, availableParallelism() - 1),
  onError,
  idleTimeoutMs = 30_000,
  program = WORKER_PROGRAM,
}: ThreadPoolOptions = {}): ThreadPool {
  const slots = new Set<Slot>()
  const waiting: Task[] = []
  let closed = false

  const openSlot = (): Slot => {
    const slot: Slot = {
      task: undefined,
      idleTimer: undefined,
      worker: startPoolWorker(program, {
        onIdle: () => {
          slot.task = undefined
          dispatch()
        },
        onGone: (error) => {
          clearTimeout(slot.idleTimer)
          slots.delete(slot)
          if (error) onError?.(error)
          dispatch()
        },
      }),
    }
    slots.add(slot)
    return slot
  }

  /** Gives waiting tasks to idle threads, or to new ones while there is room. */
  const dispatch = (): void => {
    while (waiting.length > 0 && !closed) {
      const slot = [...slots].find((candidate) => !candidate.task) ?? (slots.size < size ? openSlot() : undefined)
      if (!slot) return
      clearTimeout(slot.idleTimer)
      slot.idleTimer = undefined
      const task = waiting.shift()!
      try {
        slot.worker.start(task)
        slot.task = task
      } catch (error) {
        task.reject(new TandemError('internal', `The argument of the task "${task.name}" cannot be sent to a thread.`, { cause: error }))
      }
    }
    for (const slot of slots) if (!slot.task && !slot.idleTimer) retireLater(slot)
  }

  const retireLater = (slot: Slot): void => {
    slot.idleTimer = setTimeout(() => {
      slots.delete(slot)
      void slot.worker.stop()
    }, idleTimeoutMs)
    slot.idleTimer.unref()
  }

  const cancel = (task: Task): void => {
    Atomics.store(task.canceled, 0, 1)
    const place = waiting.indexOf(task)
    if (place >= 0) {
      waiting.splice(place, 1)
      task.reject(canceled(task.name))
      return
    }
    setTimeout(() => task.reject(canceled(task.name)), CANCEL_ANSWER_MS).unref()
    setTimeout(() => {
      for (const slot of slots) if (slot.task === task) void slot.worker.kill()
    }, CANCEL_KILL_MS).unref()
  }

  const run = <Result>(name: string, argument: unknown, { signal, onProgress, transfer = [] }: RunOptions = {}): Promise<Result> =>
    new Promise<Result>((resolve, reject) => {
      if (closed) return reject(new TandemError('unavailable', `The thread pool is closed, so the task "${name}" cannot run.`))
      if (signal?.aborted) return reject(canceled(name))
      const abort = (): void => cancel(task)
      const settle = (action: () => void): void => {
        signal?.removeEventListener('abort', abort)
        action()
      }
      const task: Task = {
        ...{ name, argument, transfer },
        canceled: new Int32Array(new SharedArrayBuffer(4)),
        onProgress: (fraction, message) => {
          if (Atomics.load(task.canceled, 0) === 0) onProgress?.(fraction, message)
        },
        resolve: (result) => settle(() => resolve(result as Result)),
        reject: (error) => settle(() => reject(error)),
      }
      signal?.addEventListener('abort', abort, { once: true })
      waiting.push(task)
      dispatch()
    })

  const close = async (): Promise<void> => {
    closed = true
    for (const task of waiting.splice(0)) task.reject(canceled(task.name))
    await Promise.all(
      [...slots].map(async (slot) => {
        clearTimeout(slot.idleTimer)
        if (slot.task) cancel(slot.task)
        const late = setTimeout(() => void slot.worker.kill(), CANCEL_KILL_MS)
        await slot.worker.stop()
        clearTimeout(late)
      }),
    )
  }

  return { size, run, close }
}

function canceled(task: string): TandemError {
  return new TandemError('canceled', `The task "${task}" was canceled before it finished.`)
}

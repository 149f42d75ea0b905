// One worker thread as the pool sees it: it runs a task, tells how it ended, and stops when told.

import { Worker } from 'node:worker_threads'
import { TandemError } from '../../errors.ts'
import { type Answer, type Order, restoreError } from './messages.ts'

export interface Task {
  readonly name: string
  readonly argument: unknown
  readonly transfer: readonly ArrayBuffer[]
  /** One flag on shared memory: 1 asks the task to stop. */
  readonly canceled: Int32Array
  readonly onProgress: (fraction: number, message?: string) => void
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

export interface PoolWorker {
  /** Starts a task; the worker must be idle. */
  start(task: Task): void
  /** Lets an idle worker end by itself; resolves when it has. */
  stop(): Promise<void>
  /** Ends the thread whatever it does. */
  kill(): Promise<void>
}

export interface WorkerEvents {
  /** The task ended, well or not, and the worker is idle again. */
  readonly onIdle: () => void
  /** The thread is gone; a task it ran has been rejected. `error` is absent when it was told to go. */
  readonly onGone: (error?: TandemError) => void
}

// The worker's file beside this one, with the ending of this one: .ts from source, .js from dist.
const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')
export const WORKER_PROGRAM: URL = new URL(`./worker${ending}`, import.meta.url)

export function startPoolWorker(program: URL, { onIdle, onGone }: WorkerEvents): PoolWorker {
  // Flags that the process was started with (loaders, inspectors) do not concern its threads.
  const worker = new Worker(program, { name: 'tandem-thread', execArgv: [] })
  let task: Task | undefined
  let told = false
  let fault: unknown
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()))

  worker.on('message', (answer: Answer) => {
    if (!task) return
    if ('progress' in answer) {
      task.onProgress(answer.progress, answer.message)
      return
    }
    const ended = task
    task = undefined
    worker.unref()
    if ('failure' in answer) ended.reject(restoreError(answer.failure))
    else ended.resolve(answer.result)
    onIdle()
  })
  worker.on('messageerror', (error) => {
    fault = error
    void worker.terminate()
  })
  worker.on('error', (error) => {
    fault = error
  })
  worker.on('exit', (status) => {
    const ended = task
    task = undefined
    const error = told ? undefined : died(ended?.name, status, fault)
    ended?.reject(error ?? new TandemError('canceled', `The task "${ended.name}" was canceled.`))
    onGone(error)
  })
  // An idle thread must not keep the process alive.
  worker.unref()

  return {
    start(next) {
      const order: Order = { run: next.name, argument: next.argument, canceled: next.canceled }
      worker.postMessage(order, [...next.transfer])
      task = next
      worker.ref()
    },
    async stop() {
      told = true
      worker.ref()
      const order: Order = { stop: true }
      worker.postMessage(order)
      await gone
    },
    async kill() {
      told = true
      await worker.terminate()
    },
  }
}

function died(task: string | undefined, status: number, cause: unknown): TandemError {
  const work = task === undefined ? 'while idle' : `while it ran "${task}"`
  const reason = cause instanceof Error ? cause.message : `exit status ${status}`
  return new TandemError('internal', `A worker thread died ${work}: ${reason}. A new thread takes its place; run the task again.`, {
    cause,
  })
}

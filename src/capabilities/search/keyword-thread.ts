// The search thread as the server sees it. It is started with the first collection; what it held is lost when it dies, and its
// collections are then read again.
import { Worker } from 'node:worker_threads'
import { TandemError } from '../../errors.ts'
import { type ClonedError, restoreError } from '../../platform/threads/messages.ts'
import type { ShelfAnswer, ShelfCall, ShelfTasks } from './keyword-messages.ts'

export interface KeywordThread {
  run<Task extends keyof ShelfTasks>(task: Task, given: Parameters<ShelfTasks[Task]>[0]): Promise<Awaited<ReturnType<ShelfTasks[Task]>>>
  /** Calls back after the thread died and what it held is gone. */
  onDeath(listener: () => void): void
  close(): Promise<void>
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: unknown): void
}

const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')
const PROGRAM = new URL(`./keyword-worker${ending}`, import.meta.url)

/** Few young objects at a time keep the process small; what is held stands outside of the heap. */
const HEAP = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 4096 } as const

export function createKeywordThread(): KeywordThread {
  const waiting = new Map<number, Waiting>()
  const listeners: (() => void)[] = []
  let worker: Worker | undefined
  let calls = 0
  let closed = false

  const start = (): Worker => {
    const started = new Worker(PROGRAM, { name: 'tandem-search', execArgv: [], resourceLimits: HEAP })
    let fault: unknown
    started.on('message', ({ id, result, failure }: ShelfAnswer) => {
      const call = waiting.get(id)
      waiting.delete(id)
      // It keeps the process alive only while somebody waits for it.
      if (waiting.size === 0) started.unref()
      if (failure === undefined) call?.resolve(result)
      else call?.reject(restoreError(failure as ClonedError))
    })
    started.on('error', (error) => {
      fault = error
    })
    started.on('exit', () => {
      if (worker !== started) return
      worker = undefined
      const reason = fault instanceof Error ? fault.message : 'it ended'
      for (const call of waiting.values()) {
        call.reject(
          new TandemError('unavailable', `The search thread stopped: ${reason}. Its collections are read again; try again shortly.`, {
            cause: fault,
          }),
        )
      }
      waiting.clear()
      if (!closed) for (const listener of listeners) listener()
    })
    started.unref()
    return started
  }
  return {
    run(task, given) {
      if (closed) return Promise.reject(new TandemError('unavailable', 'The server is stopping.'))
      worker ??= start()
      const id = ++calls
      const call: ShelfCall = { id, task, given }
      const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
      worker.ref()
      worker.postMessage(call)
      return answer as ReturnType<KeywordThread['run']> as never
    },
    onDeath: (listener) => void listeners.push(listener),
    async close() {
      closed = true
      await worker?.terminate()
    },
  }
}

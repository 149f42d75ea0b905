// Runs the tasks of a table on a worker thread, one at a time.

import { parentPort } from 'node:worker_threads'
import { lowerThreadPriority } from './lower-priority.ts'
import { type Answer, cloneError, type Order } from './messages.ts'
import type { TaskContext } from './tasks.ts'

/** Tasks by name; each checks its argument by its type only. */
export type TaskTable = Readonly<Record<string, (argument: never, context: TaskContext) => unknown>>

const PROGRESS_EVERY_MS = 50

/** Answers the orders of the pool until told to stop. Training must not slow answers: unless told otherwise, its threads come after all others. */
export function serveTasks(tasks: TaskTable, { nice = 10 }: { readonly nice?: number } = {}): void {
  if (nice !== 0) lowerThreadPriority(nice)
  parentPort?.on('message', (order: Order) => {
    if ('stop' in order) parentPort?.close()
    else void perform(tasks, order.run, order.argument, order.canceled)
  })
}

async function perform(tasks: TaskTable, name: string, argument: unknown, canceled: Int32Array): Promise<void> {
  try {
    const task = tasks[name]
    if (!task) throw new Error(`There is no task "${name}". Known: ${Object.keys(tasks).join(', ')}.`)
    const result = await task(argument as never, { progress: createProgress(), isCanceled: () => Atomics.load(canceled, 0) !== 0 })
    answer({ result }, movable(result))
  } catch (error) {
    answer({ failure: cloneError(error, name) })
  }
}

function createProgress(): TaskContext['progress'] {
  let next = 0
  return (progress, message) => {
    const now = performance.now()
    if (now < next && progress < 1) return
    next = now + PROGRESS_EVERY_MS
    answer({ progress, message })
  }
}

function answer(message: Answer, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

/** Buffers of the typed arrays in a result, at any depth of plain objects and arrays. */
function movable(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer)
  } else if (typeof value === 'object' && value !== null) {
    for (const field of Object.values(value)) movable(field, found)
  }
  return [...found]
}

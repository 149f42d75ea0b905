// The program of the search thread: the word indexes and columns of all collections.
import { parentPort } from 'node:worker_threads'
import { TandemError } from '../../errors.ts'
import { cloneError } from '../../platform/threads/messages.ts'
import type { ShelfAnswer, ShelfCall, ShelfTasks } from './keyword-messages.ts'
import { KeywordShelf } from './keyword-shelf.ts'

const shelves = new Map<number, KeywordShelf>()

const shelfOf = (shelf: number): KeywordShelf => {
  const found = shelves.get(shelf)
  if (found === undefined) throw new TandemError('unavailable', 'The collection is being read into its index again. Try again shortly.')
  return found
}

const tasks: ShelfTasks = {
  open: ({ shelf, ...options }) => void shelves.set(shelf, new KeywordShelf(options)),
  close: (shelf) => void shelves.delete(shelf),
  apply({ shelf, rows }) {
    const found = shelfOf(shelf)
    found.apply(rows)
    return found.bytes
  },
  find: ({ shelf, ...request }) => shelfOf(shelf).find(request),
  count: ({ shelf, filter }) => shelfOf(shelf).count(filter),
  explain: ({ shelf, ...request }) => shelfOf(shelf).explain(request),
}

parentPort?.on('message', ({ id, task, given }: ShelfCall) => {
  let answer: ShelfAnswer
  try {
    answer = { id, result: (tasks[task] as (given: unknown) => unknown)(given) }
  } catch (error) {
    answer = { id, failure: cloneError(error, task) }
  }
  parentPort?.postMessage(answer)
})

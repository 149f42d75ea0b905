// The program of the search thread: the word indexes and columns of all collections.
import { parentPort } from 'node:worker_threads'
import { TandemError } from '../../errors.ts'
import { cloneError } from '../../platform/threads/messages.ts'
import type { ShelfAnswer, ShelfCall, ShelfTasks } from './keyword-messages.ts'
import { KeywordShelf } from './keyword-shelf.ts'
import { loadShelf, saveShelf } from './keyword-snapshot.ts'

const shelves = new Map<number, KeywordShelf>()
/** Snapshots that are being written: what they are of must not change. */
const saving = new Map<number, Promise<void>>()

const shelfOf = (shelf: number): KeywordShelf => {
  const found = shelves.get(shelf)
  if (found === undefined) throw new TandemError('unavailable', 'The collection is being read into its index again. Try again shortly.')
  return found
}

const tasks: ShelfTasks = {
  open: ({ shelf, ...options }) => void shelves.set(shelf, new KeywordShelf(options)),
  close: (shelf) => void shelves.delete(shelf),
  async load({ path, key, ...options }) {
    const loaded = await loadShelf({ path, key }, options)
    if (loaded === undefined) return null
    const { shelf, sequence } = loaded
    shelves.set(options.shelf, shelf)
    return { sequence, bytes: shelf.bytes, documents: shelf.documents }
  },
  async save({ shelf, sequence, path, key }) {
    const written = saveShelf({ path, key }, shelfOf(shelf), sequence)
    saving.set(
      shelf,
      written.catch(() => {}),
    )
    await written.finally(() => saving.delete(shelf))
  },
  apply({ shelf, rows }) {
    const found = shelfOf(shelf)
    found.apply(rows)
    return { bytes: found.bytes, documents: found.documents }
  },
  find: ({ shelf, ...request }) => shelfOf(shelf).find(request),
  count: ({ shelf, filter }) => shelfOf(shelf).count(filter),
  explain: ({ shelf, ...request }) => shelfOf(shelf).explain(request),
}

parentPort?.on('message', async ({ id, task, given }: ShelfCall) => {
  let answer: ShelfAnswer
  try {
    if (task === 'apply') await saving.get((given as Parameters<ShelfTasks['apply']>[0]).shelf)
    answer = { id, result: await (tasks[task] as (given: unknown) => unknown)(given) }
  } catch (error) {
    answer = { id, failure: cloneError(error, task) }
  }
  parentPort?.postMessage(answer)
})

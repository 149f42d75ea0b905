// Jobs enqueued in a caller's transaction: nothing tells when it commits, so their rows are looked for a few times,
// all waiting ids in one query. A job not found by then was rolled back, or is found by polling.
import type { JobRow, JobStore } from './job-store.ts'

const LOOK_AFTER_MS = [5, 20, 75, 300, 1_500]
const MAX_WAITING = 10_000

export interface AfterCommit {
  add(id: string): void
  close(): void
}

export function createAfterCommit(store: Pick<JobStore, 'findMany'>, onCommitted: (rows: readonly JobRow[]) => void): AfterCommit {
  /** Looks taken so far by id. */
  const waiting = new Map<string, number>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const plan = (): void => {
    if (timer !== undefined || waiting.size === 0) return
    timer = setTimeout(look, LOOK_AFTER_MS[Math.min(...waiting.values())])
    timer.unref()
  }
  const look = async (): Promise<void> => {
    const rows = await store.findMany([...waiting.keys()]).catch(() => [])
    for (const { id } of rows) waiting.delete(id)
    for (const [id, looks] of waiting) {
      if (looks + 1 < LOOK_AFTER_MS.length) waiting.set(id, looks + 1)
      else waiting.delete(id)
    }
    timer = undefined
    if (rows.length > 0) onCommitted(rows)
    plan()
  }
  return {
    add(id) {
      if (waiting.size >= MAX_WAITING) return
      waiting.set(id, 0)
      plan()
    },
    close() {
      clearTimeout(timer)
      waiting.clear()
    },
  }
}

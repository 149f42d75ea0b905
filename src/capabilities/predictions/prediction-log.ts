// Writes predictions in batches, off the hot path. What waits is bounded: beyond that predictions are not logged, and
// counted, because a full disk must not take the answers with it.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { TandemError } from '../../errors.ts'
import { BATCH_BYTES, BATCH_ROWS, type LoggedCall, PredictionBatch, packRow, type RowFacts, rowsOf } from './prediction-batch.ts'
import type { PredictionStore } from './store.ts'

export interface PredictionLog {
  /** Never waits, never throws. */
  add(call: LoggedCall): void
  /** Resolves when everything added before is in the database. Rejects when it cannot be written now; it stays waiting. */
  flush(): Promise<void>
  /** Drops what waits of a model that was deleted, and waits for what is being written. */
  forget(model: string): Promise<void>
  /** Rows waiting. */
  size(): number
  /** Writes what waits, trying for `timeoutMs`; counts what is lost. */
  close(timeoutMs?: number): Promise<void>
}

export interface PredictionLogParts {
  readonly store: Pick<PredictionStore, 'insertBatch' | 'insertPredictions'>
  readonly log: { warn(details: object, message: string): void; info(details: object, message: string): void }
  readonly metrics: { countPredictionLogDropped(rows: number): void } | undefined
  /** Most rows waiting; 0 logs nothing. */
  readonly maxRows: number
  /** Told of each prediction that is taken into the log. */
  readonly onLogged?: ((call: LoggedCall) => void) | undefined
}

const FLUSH_AFTER_MS = 100
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 30_000

export function createPredictionLog({ store, log, metrics, maxRows, onLogged }: PredictionLogParts): PredictionLog {
  /** The first is the one under way, or the next. */
  let batches: PredictionBatch[] = []
  /** The batch that rows are added to. */
  let open: PredictionBatch | undefined
  let waiting = 0
  /** Room of a batch that was written, for the next. */
  let spare: Buffer | undefined
  let writing: Promise<void> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let retryMs = 0
  let closed = false
  let dropped = 0

  const schedule = (delayMs: number): void => {
    if (timer !== undefined || closed) return
    timer = setTimeout(() => {
      timer = undefined
      write().catch(() => undefined)
    }, delayMs)
    timer.unref()
  }

  const drop = (rows: number): void => {
    // Told at the first one and then at each doubling: a flood must not flood the log.
    if (Math.floor(Math.log2(dropped + rows)) !== Math.floor(Math.log2(dropped || 0.5))) {
      log.warn({ dropped: dropped + rows, waiting, maxRows }, 'predictions are not logged because the log is full')
    }
    dropped += rows
    metrics?.countPredictionLogDropped(rows)
  }

  const writeAll = async (): Promise<void> => {
    while (waiting > 0) {
      // A turn of its own for each batch, not the rest of a turn that answered rows.
      await nextTurn()
      const batch = batches[0] as PredictionBatch
      if (batch === open) open = undefined
      try {
        await insert(batch)
      } catch (error) {
        const first = retryMs === 0
        retryMs = Math.min(RETRY_MAX_MS, Math.max(RETRY_MIN_MS, retryMs * 2))
        if (first) log.warn({ waiting, error: String(error) }, 'predictions cannot be written; trying again')
        schedule(retryMs)
        throw error
      }
      batches.shift()
      waiting -= batch.rows
      if (batch.buffer.length === BATCH_BYTES) spare = batch.buffer
      if (retryMs > 0) log.info({ waiting }, 'predictions are written again')
      retryMs = 0
    }
  }

  const insert = async (batch: PredictionBatch): Promise<void> => {
    try {
      await store.insertBatch(batch)
    } catch (error) {
      if (!TandemError.is(error) || error.code !== 'invalid_input') throw error
      // A row that the database refuses for its content would be refused for ever, and hold up all behind it: each goes alone.
      for (const row of rowsOf(batch.bytes)) {
        await store.insertPredictions([row]).catch((refused: unknown) => {
          if (!TandemError.is(refused) || refused.code !== 'invalid_input') throw refused
          leaveOut(row.model, refused.message)
        })
      }
    }
  }

  const leaveOut = (model: string, error: string): void => {
    log.warn({ model, error }, 'a prediction cannot be stored and is not logged')
    metrics?.countPredictionLogDropped(1)
  }

  const put = (row: string, facts: RowFacts): void => {
    if (open?.add(row, facts) !== true) {
      const size = Math.max(BATCH_BYTES, Buffer.byteLength(row) + 1)
      const buffer = size === BATCH_BYTES && spare !== undefined ? spare : Buffer.allocUnsafeSlow(size)
      if (buffer === spare) spare = undefined
      open = new PredictionBatch(buffer)
      open.add(row, facts)
      batches.push(open)
    }
    waiting++
  }

  const write = (): Promise<void> => {
    writing ??= writeAll().finally(() => {
      writing = undefined
    })
    return writing
  }

  return {
    add(call) {
      if (maxRows === 0) return
      if (waiting >= maxRows || closed) return drop(1)
      // JSON has no word for it, and the table no place.
      if (!Number.isFinite(call.prediction.confidence)) return leaveOut(call.prediction.model, 'its confidence is not a number')
      const { model, version } = call.prediction
      put(packRow(call), { model, version, at: call.at, latencyUs: call.latencyUs })
      onLogged?.(call)
      // While writes fail the back-off decides, not the amount.
      if ((batches.length > 1 || open?.rows === BATCH_ROWS) && retryMs === 0) write().catch(() => undefined)
      else schedule(retryMs || FLUSH_AFTER_MS)
    },
    async flush() {
      // A write under way takes what is added meanwhile with it.
      while (waiting > 0) await write()
    },
    async forget(model) {
      // A batch under way is counted off the front when it is written, so it is let through first.
      await writing?.catch(() => undefined)
      const before = batches
      batches = []
      open = undefined
      waiting = 0
      for (const batch of before) for (const { row, facts } of batch) if (facts.model !== model) put(row, facts)
    },
    size: () => waiting,
    async close(timeoutMs = 5_000) {
      if (closed) return
      closed = true
      clearTimeout(timer)
      const until = Date.now() + timeoutMs
      while (waiting > 0) {
        const failed = await write().then(
          () => false,
          () => true,
        )
        if (!failed) continue
        if (Date.now() >= until) break
        await new Promise((resolve) => setTimeout(resolve, RETRY_MIN_MS))
      }
      if (waiting > 0) drop(waiting)
      batches = []
      open = undefined
      waiting = 0
    },
  }
}

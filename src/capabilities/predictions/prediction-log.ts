// Writes predictions in batches, off the hot path. What waits is bounded: beyond that predictions are not logged, and
// counted, because a full disk must not take the answers with it.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { TandemError } from '../../errors.ts'
import type { NewRow } from '../../platform/storage/tables.ts'
import type { AnyPrediction } from '../../tandem.ts'
import type { PredictionStore } from './store.ts'

export interface LoggedCall {
  readonly prediction: AnyPrediction
  readonly features: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970. */
  readonly at: number
  readonly latencyUs: number
  readonly requestId: string | null
}

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
  readonly store: Pick<PredictionStore, 'insertPredictions'>
  readonly log: { warn(details: object, message: string): void; info(details: object, message: string): void }
  readonly metrics: { countPredictionLogDropped(rows: number): void } | undefined
  /** Most rows waiting; 0 logs nothing. */
  readonly maxRows: number
  /** Told of each prediction that is taken into the log. */
  readonly onLogged?: ((call: LoggedCall) => void) | undefined
}

/** Rows of one insert: statement and copy for the database's thread take 1 ms. */
const BATCH_ROWS = 250
const FLUSH_AFTER_MS = 100
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 30_000

export function createPredictionLog({ store, log, metrics, maxRows, onLogged }: PredictionLogParts): PredictionLog {
  let waiting: NewRow<'predictions'>[] = []
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
      log.warn({ dropped: dropped + rows, waiting: waiting.length, maxRows }, 'predictions are not logged because the log is full')
    }
    dropped += rows
    metrics?.countPredictionLogDropped(rows)
  }

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      // A turn of its own for each batch, not the rest of a turn that answered rows.
      await nextTurn()
      const batch = waiting.slice(0, BATCH_ROWS)
      try {
        await insert(batch)
      } catch (error) {
        const first = retryMs === 0
        retryMs = Math.min(RETRY_MAX_MS, Math.max(RETRY_MIN_MS, retryMs * 2))
        if (first) log.warn({ waiting: waiting.length, error: String(error) }, 'predictions cannot be written; trying again')
        schedule(retryMs)
        throw error
      }
      waiting = waiting.slice(batch.length)
      if (retryMs > 0) log.info({ waiting: waiting.length }, 'predictions are written again')
      retryMs = 0
    }
  }

  /** A row that the database refuses for its content would be refused for ever, and hold up all behind it: it goes alone. */
  const insert = async (batch: readonly NewRow<'predictions'>[]): Promise<void> => {
    try {
      await store.insertPredictions(batch)
    } catch (error) {
      if (!TandemError.is(error) || error.code !== 'invalid_input') throw error
      if (batch.length === 1) {
        log.warn({ model: batch[0]?.model, error: error.message }, 'a prediction cannot be stored and is not logged')
        metrics?.countPredictionLogDropped(1)
      } else for (const row of batch) await insert([row])
    }
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
      if (waiting.length >= maxRows || closed) return drop(1)
      waiting.push(rowOf(call))
      onLogged?.(call)
      // While writes fail the back-off decides, not the amount.
      if (waiting.length % BATCH_ROWS === 0 && retryMs === 0) write().catch(() => undefined)
      else schedule(retryMs || FLUSH_AFTER_MS)
    },
    async flush() {
      // A write under way takes what is added meanwhile with it.
      while (waiting.length > 0) await write()
    },
    async forget(model) {
      // A batch under way is counted off the front when it is written, so it is let through first.
      await writing?.catch(() => undefined)
      waiting = waiting.filter((row) => row.model !== model)
    },
    size: () => waiting.length,
    async close(timeoutMs = 5_000) {
      if (closed) return
      closed = true
      clearTimeout(timer)
      const until = Date.now() + timeoutMs
      while (waiting.length > 0) {
        const failed = await write().then(
          () => false,
          () => true,
        )
        if (!failed) continue
        if (Date.now() >= until) break
        await new Promise((resolve) => setTimeout(resolve, RETRY_MIN_MS))
      }
      if (waiting.length > 0) drop(waiting.length)
      waiting = []
    },
  }
}

/** Written as text at once: the caller may change its objects, and texts are what the garbage collector moves fastest while they wait. */
function rowOf({ prediction, features, at, latencyUs, requestId }: LoggedCall): NewRow<'predictions'> {
  const { predictionId, model, version, value, probabilities, confidence, source, reason } = prediction
  return {
    id: predictionId,
    model,
    version,
    created_at: at,
    features: JSON.stringify(features),
    value: JSON.stringify(value),
    probabilities: probabilities === undefined ? null : JSON.stringify(probabilities),
    confidence,
    source,
    reason: reason ?? null,
    latency_us: latencyUs,
    request_id: requestId,
  }
}

// Looking at what was predicted, of one model or of all: pages, one prediction, how many there are, and all of them as a file.
import { TandemError } from '../../errors.ts'
import { decodeCursor, pageOf } from '../../platform/storage/cursor.ts'
import type { AllPredictionsFilter, PredictionConditions as Asked, PredictionFilter } from '../../predictions.ts'
import type { Models } from '../models/index.ts'
import { csvLine } from './csv-line.ts'
import type { LoggedPrediction } from './schema.ts'
import type { PredictionConditions, PredictionRow, PredictionStore } from './store.ts'

export interface PredictionPage {
  readonly items: LoggedPrediction[]
  readonly nextCursor?: string
}

export interface PredictionBook {
  list(model: string, filter?: PredictionFilter): Promise<PredictionPage>
  /** Of every model, newest first. */
  listAll(filter?: AllPredictionsFilter): Promise<PredictionPage>
  /** @throws `prediction_not_found`. */
  get(model: string, id: string): Promise<LoggedPrediction>
  /** Of any model. @throws `prediction_not_found`. */
  find(id: string): Promise<LoggedPrediction>
  /** Counted up to a million; `capped` when there are more. */
  count(conditions?: Asked): Promise<{ readonly count: number; readonly capped: boolean }>
  /** Every match as lines, newest first, read in pages as they are taken. */
  exportAll(conditions: Asked, format: 'csv' | 'ndjson', signal?: AbortSignal): AsyncIterable<string>
}

export interface PredictionBookParts {
  readonly store: PredictionStore
  readonly models: Pick<Models, 'find' | 'serving'>
  readonly flush: () => Promise<void>
}

const MAX_COUNT = 1_000_000
/** Rows of a read and of a chunk of an export. */
const EXPORT_ROWS = 500
const OWN_COLUMNS = ['predictionId', 'model', 'version', 'at', 'source', 'value', 'confidence', 'latencyMs', 'requestId'] as const
const OUTCOME_COLUMNS = ['outcome', 'outcomeAt', 'correct', 'error'] as const

export function createPredictionBook({ store, models, flush }: PredictionBookParts): PredictionBook {
  // What is written can be read while nothing can be written.
  const written = (): Promise<void> => flush().catch(() => undefined)
  const page = async ({ limit = 50, cursor, ...asked }: AllPredictionsFilter): Promise<PredictionPage> => {
    if (asked.model !== undefined) await models.find(asked.model)
    await written()
    const before = decodeCursor(cursor, ['number', 'string'])
    const rows = await store.list({ ...conditionsOf(asked), before, limit: limit + 1 })
    return pageOf(rows, limit, shownLogged, positionOf)
  }
  const one = async (id: string, model?: string): Promise<LoggedPrediction> => {
    if (model !== undefined) await models.find(model)
    await written()
    const row = await store.find(id, model)
    if (row !== undefined) return shownLogged(row)
    const who = model === undefined ? 'There is' : `Model "${model}" has`
    throw new TandemError('prediction_not_found', `${who} no logged prediction "${id}".`, { details: { model, prediction: id } })
  }
  return {
    list: (model, filter) => page({ ...filter, model }),
    listAll: (filter = {}) => page(filter),
    get: (model, id) => one(id, model),
    find: (id) => one(id),
    async count(asked = {}) {
      if (asked.model !== undefined) await models.find(asked.model)
      await written()
      const count = await store.count(conditionsOf(asked), MAX_COUNT + 1)
      return { count: Math.min(count, MAX_COUNT), capped: count > MAX_COUNT }
    },
    async *exportAll(asked, format, signal) {
      const serving = asked.model === undefined ? undefined : await models.find(asked.model)
      await written()
      // Of one model each feature is a column; of many they stand together as JSON.
      const features = serving?.definition.features.map(({ name }) => name)
      if (format === 'csv')
        yield csvLine([...OWN_COLUMNS, ...OUTCOME_COLUMNS, ...(features?.map((name) => `features.${name}`) ?? ['features'])])
      let before: readonly [number, string] | undefined
      for (;;) {
        signal?.throwIfAborted()
        const rows = await store.list({ ...conditionsOf(asked), before, limit: EXPORT_ROWS })
        const last = rows.at(-1)
        if (last === undefined) return
        const shown = rows.map(shownLogged)
        yield shown.map((row) => (format === 'csv' ? csvRow(row, features) : `${JSON.stringify(row)}\n`)).join('')
        if (rows.length < EXPORT_ROWS) return
        before = positionOf(last)
      }
    },
  }
}

const positionOf = (row: PredictionRow): readonly [number, string] => [row.created_at, row.id]

function conditionsOf({ value, since, until, ...asked }: Asked): PredictionConditions {
  const time = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text))
  const { model, version, source, hasOutcome, correct, minConfidence, maxConfidence } = asked
  return {
    ...{ model, version, source, hasOutcome, correct, minConfidence, maxConfidence },
    since: time(since),
    until: time(until),
    values: value === undefined ? undefined : storedForms(value),
  }
}

/** A value of the query is a text; a class and a number that are written alike are both found. */
function storedForms(value: string): string[] {
  const number = value.trim() === '' ? Number.NaN : Number(value)
  return [JSON.stringify(value), ...(Number.isFinite(number) ? [JSON.stringify(number)] : [])]
}

function csvRow(row: LoggedPrediction, features: readonly string[] | undefined): string {
  const own = OWN_COLUMNS.map((name) => row[name])
  const outcome = [row.outcome?.value, row.outcome?.at, row.correct, row.error]
  return csvLine([...own, ...outcome, ...(features?.map((name) => row.features[name]) ?? [JSON.stringify(row.features)])])
}

export function shownLogged(row: PredictionRow): LoggedPrediction {
  return {
    predictionId: row.id,
    model: row.model,
    version: row.version,
    at: new Date(row.created_at).toISOString(),
    features: JSON.parse(row.features),
    value: JSON.parse(row.value),
    ...(row.probabilities === null ? {} : { probabilities: JSON.parse(row.probabilities) }),
    confidence: row.confidence,
    ...(row.promised === null ? {} : JSON.parse(row.promised)),
    source: row.source,
    ...(row.reason === null ? {} : { reason: row.reason }),
    latencyMs: row.latency_us / 1000,
    requestId: row.request_id,
    ...(row.outcome_value === null || row.outcome_at === null
      ? {}
      : { outcome: { value: JSON.parse(row.outcome_value), at: new Date(row.outcome_at).toISOString() } }),
    correct: row.hit === null ? null : row.hit === 1,
    ...(row.error === null ? {} : { error: row.error }),
  }
}

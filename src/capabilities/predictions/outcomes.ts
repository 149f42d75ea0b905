// What came true, joined to what was predicted. All outcomes of a request are stored in one transaction, or none is.
import { type FieldError, TandemError } from '../../errors.ts'
import type { Database, Queryable } from '../../platform/storage/database.ts'
import type { NewRow } from '../../platform/storage/tables.ts'
import type { OutcomeInput } from '../../predictions.ts'
import { BOOLEAN_CLASSES, type Serving } from '../models/index.ts'
import type { OutcomesAnswer } from './schema.ts'
import type { PredictionStore } from './store.ts'

/** Called in the transaction that stores new outcomes; returns the training it started, if any. */
export type OnOutcomes = (model: string, tx: Queryable) => Promise<string | undefined>

/** Clocks differ; an outcome may say a time this far in the future. */
const MAX_AHEAD_MS = 86_400_000
const MAX_ERRORS = 20
/** What trees can learn, see `checkTrainingSet`. */
const MAX_TARGET = 1e38

/** Checks every outcome before anything is stored. @throws `invalid_input`. */
export function readOutcomes({ name, live, definition }: Serving, outcomes: readonly OutcomeInput[], now: number): NewRow<'outcomes'>[] {
  const { task, classes: declared, fallback } = definition.definition
  const classes = declared ?? live?.header.classes ?? (fallback === undefined ? undefined : BOOLEAN_CLASSES)
  const errors: FieldError[] = []
  const rows = outcomes.map(({ predictionId, value, at }, index) => {
    const path = `/outcomes/${index}`
    const stored = task === 'regression' ? value : String(value)
    if (task === 'regression' && (typeof value !== 'number' || !(Math.abs(value) <= MAX_TARGET))) {
      errors.push({
        path: `${path}/value`,
        message: `outcomes[${index}].value must be a number between -1e38 and 1e38, got ${JSON.stringify(value)}`,
      })
    } else if (task === 'classification' && classes !== undefined && !classes.includes(String(value))) {
      const known = classes
        .slice(0, 8)
        .map((label) => JSON.stringify(label))
        .join(', ')
      errors.push({ path: `${path}/value`, message: `outcomes[${index}].value must be one of ${known}, got ${JSON.stringify(value)}` })
    }
    const time = at === undefined ? now : Date.parse(at)
    if (!Number.isFinite(time) || time > now + MAX_AHEAD_MS) {
      errors.push({
        path: `${path}/at`,
        message: `outcomes[${index}].at must be an ISO time no more than a day ahead, got ${JSON.stringify(at)}`,
      })
    }
    return { prediction_id: predictionId, model: name, value: JSON.stringify(stored), at: time, received_at: now }
  })
  if (errors.length > 0) {
    throw new TandemError('invalid_input', `The outcomes do not fit model "${name}": ${errors[0]!.message}.`, {
      errors: errors.slice(0, MAX_ERRORS),
    })
  }
  return rows
}

/** Stores what is new and says what was not. The first outcome of a prediction counts. */
export async function storeOutcomes(
  { database, store, onOutcomes }: { readonly database: Database; readonly store: PredictionStore; readonly onOutcomes?: OnOutcomes },
  model: string,
  rows: readonly NewRow<'outcomes'>[],
): Promise<OutcomesAnswer> {
  return database.transaction(async (tx) => {
    const known = await store.known(model, [...new Set(rows.map((row) => row.prediction_id))], tx)
    const first = new Map<string, NewRow<'outcomes'>>()
    for (const row of rows) if (known.has(row.prediction_id) && !first.has(row.prediction_id)) first.set(row.prediction_id, row)
    const stored = await store.insertOutcomes([...first.values()], known, tx)
    const values = await store.outcomes([...known.keys()], tx)
    const conflicting = new Set<string>()
    const unknown = new Set<string>()
    let duplicates = 0
    for (const row of rows) {
      const id = row.prediction_id
      if (!known.has(id)) unknown.add(id)
      else if (stored.has(id) && first.get(id) === row) continue
      else if (values.get(id) === row.value) duplicates++
      else conflicting.add(id)
    }
    // In this transaction: when a crash follows, the training that these outcomes are due to exists or they do not.
    const job = stored.size > 0 ? await onOutcomes?.(model, tx) : undefined
    return {
      accepted: stored.size,
      duplicates,
      conflicting: [...conflicting],
      unknown: [...unknown],
      ...(job === undefined ? {} : { job }),
    }
  })
}

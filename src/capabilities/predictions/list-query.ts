// One query for every filter of the predictions' list. Ids sort by time, so the list can be walked in the order of `outcomes`
// as well: filters on outcomes start there, all others in the index of predictions by time, which holds what they ask for.
import type { Queryable } from '../../platform/storage/database.ts'
import type { PredictionConditions, PredictionQuery } from './store.ts'

/** Rows of a page with what came true. */
export function pageQuery(db: Queryable, { limit, before, ...conditions }: PredictionQuery) {
  let query = filtered(db, conditions)
    .selectAll('predictions')
    .select(['outcomes.value as outcome_value', 'outcomes.at as outcome_at', 'outcomes.hit as hit', 'outcomes.error as error'])
  if (before !== undefined) {
    const [time, id] = before
    query = needsOutcome(conditions)
      ? query.where('outcomes.prediction_id', '<', id)
      : query.where((where) => where(where.refTuple('predictions.created_at', 'predictions.id'), '<', where.tuple(time, id)))
  }
  return needsOutcome(conditions)
    ? query.orderBy('outcomes.prediction_id', 'desc').limit(limit)
    : query.orderBy('predictions.created_at', 'desc').orderBy('predictions.id', 'desc').limit(limit)
}

/** One row with the number of matching predictions, counted up to `limit`. */
export function countQuery(db: Queryable, conditions: PredictionConditions, limit: number) {
  const matching = asksOnlyOfOutcomes(conditions) ? outcomesAlone(db, conditions) : filtered(db, conditions).select('predictions.id as id')
  return db.selectFrom(matching.limit(limit).as('matching')).select((column) => column.fn.countAll<number>().as('count'))
}

/** Every outcome belongs to a prediction of its model: a million need not be looked up to be counted. */
function asksOnlyOfOutcomes({ model: _, hasOutcome, correct, ...others }: PredictionConditions): boolean {
  return needsOutcome({ hasOutcome, correct }) && Object.values(others).every((value) => value === undefined)
}

function outcomesAlone(db: Queryable, { model, correct }: PredictionConditions) {
  let query = db.selectFrom('outcomes').select('prediction_id as id')
  if (model !== undefined) query = query.where('model', '=', model)
  if (correct !== undefined) query = query.where('hit', '=', correct ? 1 : 0)
  return query
}

const needsOutcome = ({ hasOutcome, correct }: PredictionConditions): boolean => hasOutcome === true || correct !== undefined

function filtered(db: Queryable, conditions: PredictionConditions) {
  const { model, version, source, hasOutcome, correct, minConfidence, maxConfidence, values, since, until } = conditions
  let query = db.selectFrom('predictions').leftJoin('outcomes', 'outcomes.prediction_id', 'predictions.id')
  if (model !== undefined) query = query.where('predictions.model', '=', model)
  if (needsOutcome(conditions)) {
    query = query.where('outcomes.prediction_id', 'is not', null)
    // The same model, said of the table where the walk starts.
    if (model !== undefined) query = query.where('outcomes.model', '=', model)
    if (correct !== undefined) query = query.where('outcomes.hit', '=', correct ? 1 : 0)
  } else if (hasOutcome === false) query = query.where('outcomes.prediction_id', 'is', null)
  if (version !== undefined) query = query.where('predictions.version', '=', version)
  if (source !== undefined) query = query.where('predictions.source', '=', source)
  if (minConfidence !== undefined) query = query.where('predictions.confidence', '>=', minConfidence)
  if (maxConfidence !== undefined) query = query.where('predictions.confidence', '<=', maxConfidence)
  if (values !== undefined) query = query.where('predictions.value', 'in', values)
  if (since !== undefined) query = query.where('predictions.created_at', '>=', since)
  if (until !== undefined) query = query.where('predictions.created_at', '<', until)
  return query
}

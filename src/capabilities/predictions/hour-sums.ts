// Running sums by hour that the charts of live quality read: written in the same transaction as the rows they count, so that
// neither a crash nor a batch that is sent twice lets them differ.
import type { NewRow } from '../../platform/storage/tables.ts'
import { latencyBucket } from './latency-buckets.ts'

export const HOUR_MS = 3_600_000

/** Start of the hour of a time. */
export const hourOf = (time: number): number => Math.floor(time / HOUR_MS) * HOUR_MS

export type PredictionSum = NewRow<'prediction_hours'>
export type OutcomeSum = NewRow<'outcome_hours'>

export class PredictionSums {
  readonly #sums = new Map<string, PredictionSum>()

  add(model: string, version: string | null, createdAt: number, latencyUs: number): void {
    const hour = hourOf(createdAt)
    const bucket = latencyBucket(latencyUs)
    const key = `${model} ${hour} ${version ?? ''} ${bucket}`
    const sum = this.#sums.get(key)
    if (sum === undefined) this.#sums.set(key, { model, hour, version: version ?? '', bucket, predictions: 1 })
    else sum.predictions++
  }

  list(): PredictionSum[] {
    return inOrder(this.#sums)
  }
}

export function sumPredictions(rows: readonly NewRow<'predictions'>[]): PredictionSum[] {
  const sums = new PredictionSums()
  for (const { model, version, created_at, latency_us } of rows) sums.add(model, version ?? null, created_at, latency_us)
  return sums.list()
}

/** An outcome and what was predicted. */
export interface JudgedOutcome extends Pick<NewRow<'predictions'>, 'version' | 'created_at' | 'confidence'> {
  readonly model: string
  readonly hit: number | null
  readonly error: number | null
}

export function sumOutcomes(outcomes: readonly JudgedOutcome[]): OutcomeSum[] {
  const sums = new Map<string, OutcomeSum>()
  for (const { model, version, created_at, confidence, hit, error } of outcomes) {
    const place = { model, hour: hourOf(created_at), version: version ?? '', bin: confidenceBin(confidence) }
    const key = `${place.model} ${place.hour} ${place.version} ${place.bin}`
    const sum = sums.get(key) ?? { ...place, outcomes: 0, hits: 0, confidence: 0, error: 0, error_squares: 0 }
    sum.outcomes++
    sum.hits += hit ?? 0
    sum.confidence += confidence
    sum.error += error ?? 0
    sum.error_squares += (error ?? 0) ** 2
    sums.set(key, sum)
  }
  return inOrder(sums)
}

/** Servers that add to the same rows lock them in the same order, so that none waits for another that waits for it. */
function inOrder<Sum>(sums: ReadonlyMap<string, Sum>): Sum[] {
  return [...sums.keys()].sort().map((key) => sums.get(key)!)
}

/** Whether a prediction came true, of stored JSON texts. Only a regression has no probabilities. */
export function judge(
  predicted: Pick<NewRow<'predictions'>, 'value' | 'probabilities'>,
  outcome: string,
): Pick<JudgedOutcome, 'hit' | 'error'> {
  if (predicted.probabilities !== null) return { hit: predicted.value === outcome ? 1 : 0, error: null }
  const [said, truth] = [JSON.parse(predicted.value), JSON.parse(outcome)]
  // A model that predicts numbers now may have predicted classes before.
  return { hit: null, error: typeof said === 'number' && typeof truth === 'number' ? Math.abs(truth - said) : null }
}

/** Tenth of the confidence, compared as migration 0002 does. */
function confidenceBin(confidence: number): number {
  let bin = 0
  while (bin < 9 && confidence >= (bin + 1) / 10) bin++
  return bin
}

// The capability "monitoring": how models do in service, from the running sums that predictions and outcomes keep. Nothing here
// reads a single prediction, so a window of a million costs what a window of ten does.
import { wilsonInterval } from '../../algorithms/metrics/wilson-interval.ts'
import { TandemError } from '../../errors.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { Models, Serving } from '../models/index.ts'
import { HOUR_MS, latencyQuantile } from '../predictions/index.ts'
import { judgeHealth } from './health.ts'
import { calibrationError, liveMetric, type Task } from './live-metric.ts'
import type { ModelPerformance, Performance, PerformanceItem, PerformanceWindow } from './schema.ts'
import type { OutcomeSums, PredictionSums, Span } from './store.ts'
import { createMonitoringStore } from './store-sql.ts'

export interface MonitoringOptions {
  readonly models: Models
  readonly database: Database
  readonly clock: () => number
}

export interface Monitoring {
  /** @throws `model_not_found`. */
  modelPerformance(model: string, window?: PerformanceWindow): Promise<ModelPerformance>
  /** Every model, by name. */
  performance(window?: PerformanceWindow): Promise<Performance>
}

type HeldOut = PerformanceItem['heldOut']

const STEPS: Readonly<Record<PerformanceWindow, { readonly stepMs: number; readonly steps: number }>> = {
  '24h': { stepMs: HOUR_MS, steps: 24 },
  '7d': { stepMs: 6 * HOUR_MS, steps: 28 },
  '30d': { stepMs: 24 * HOUR_MS, steps: 30 },
}
/** Held-out values of versions kept in memory: they never change. */
const MAX_KNOWN = 2000
const MAX_CHANGES = 200

export function createMonitoring({ models, database, clock }: MonitoringOptions): Monitoring {
  const store = createMonitoringStore(database)
  const heldOut = rememberedHeldOut(models)
  return {
    async modelPerformance(model, window = '7d') {
      const serving = await models.find(model)
      const { task } = serving.definition.definition
      const now = clock()
      const span = spanOf(window, now)
      const before: Span = { ...span, from: span.from - (span.to - span.from), to: span.from }
      const [latencies, outcomes, bins, predictionsBefore, outcomesBefore, activations, known] = await Promise.all([
        store.latencies(model, span),
        store.outcomes(span, model),
        task === 'classification' ? store.calibration(model, span) : [],
        store.predictions(before, model),
        store.outcomes(before, model),
        models.listActivations(model, { limit: MAX_CHANGES }),
        heldOut(serving, task),
      ])
      const metric = liveMetric(task, outcomes)
      return {
        model,
        ...shownSpan(span, now),
        metric: metricOf(task),
        points: stepsOf(span).map((at) => ({
          at: iso(at),
          ...predictionTotals(latencies.filter((sum) => sum.at === at)),
          ...liveMetric(
            task,
            outcomes.filter((sum) => sum.at === at),
          ),
          ...quantiles(latencies.filter((sum) => sum.at === at)),
        })),
        total: {
          ...predictionTotals(latencies),
          ...metric,
          calibrationError: calibrationError(bins),
          ...quantiles(latencies),
          p99Ms: quantileMs(latencies, 0.99),
          heldOut: known,
        },
        previous: { predictions: predictionTotals(predictionsBefore).predictions, ...previousOf(task, outcomesBefore) },
        versions: activations.items
          .filter(({ at }) => Date.parse(at) >= span.from)
          .map(({ at, version, action }) => ({ at, version, action }))
          .reverse(),
        ...judgeHealth({ serving, task, live: liveOf(task, outcomes, serving), heldOut: known, window }),
      }
    },
    async performance(window = '7d') {
      const now = clock()
      const span = spanOf(window, now)
      const [predictions, outcomes, since] = await Promise.all([store.predictions(span), store.outcomes(span), store.activeSince()])
      const [predictionsOf, outcomesOf] = [byModel(predictions), byModel(outcomes)]
      const steps = stepsOf(span)
      const items = await Promise.all(
        models.readiness().models.map(async ({ model, source }): Promise<PerformanceItem | undefined> => {
          const serving = models.serving(model)
          // Deleted meanwhile.
          if (serving === undefined) return undefined
          const { task, algorithm } = serving.definition.definition
          const [own, judged] = [predictionsOf.get(model) ?? [], outcomesOf.get(model) ?? []]
          const known = await heldOut(serving, task)
          const activeSince = serving.activeVersion === null ? undefined : since.get(model)
          return {
            ...{ model, task, algorithm: serving.live?.header.algorithm ?? algorithm, serving: source },
            ...{ activeVersion: serving.activeVersion, activeSince: activeSince === undefined ? null : iso(activeSince) },
            predictions: predictionTotals(own).predictions,
            spark: steps.map((at) => predictionTotals(own.filter((sum) => sum.at === at)).predictions),
            metric: metricOf(task),
            ...liveMetric(task, judged),
            heldOut: known,
            ...judgeHealth({ serving, task, live: liveOf(task, judged, serving), heldOut: known, window }),
          }
        }),
      )
      const shown = items.filter((item) => item !== undefined).sort((a, b) => (a.model < b.model ? -1 : 1))
      return { ...shownSpan(span, now), items: shown }
    },
  }
}

/** The metric of the version in service on its held-out rows; null when none is, or it was not measured. */
function rememberedHeldOut(models: Models): (serving: Serving, task: Task) => Promise<HeldOut> {
  const known = new Map<string, HeldOut>()
  const look = async (model: string, version: string, task: Task): Promise<HeldOut> => {
    try {
      return (await models.evaluation(model, version)).intervals[metricOf(task)] ?? null
    } catch (error) {
      if (!TandemError.is(error) || !error.code.endsWith('not_found')) throw error
    }
    // A version from before intervals were kept.
    const stored = await models.getVersion(model, version).catch(() => undefined)
    const accuracy = stored?.metrics.accuracy
    return task === 'regression' || accuracy === undefined || stored === undefined || stored.holdoutRows === 0
      ? null
      : wilsonInterval(accuracy * stored.holdoutRows, stored.holdoutRows)
  }
  return async ({ name, activeVersion }, task) => {
    if (activeVersion === null) return null
    const key = `${name} ${activeVersion} ${task}`
    if (!known.has(key)) {
      if (known.size >= MAX_KNOWN) known.clear()
      known.set(key, await look(name, activeVersion, task))
    }
    return known.get(key) ?? null
  }
}

function spanOf(window: PerformanceWindow, now: number): Span {
  const { stepMs, steps } = STEPS[window]
  const to = Math.floor(now / stepMs) * stepMs + stepMs
  return { from: to - steps * stepMs, to, stepMs }
}

/** The last step is still under way. */
const shownSpan = ({ from, stepMs }: Span, now: number) => ({ from: iso(from), to: iso(now), stepMs })

function stepsOf({ from, to, stepMs }: Span): number[] {
  return Array.from({ length: (to - from) / stepMs }, (_, step) => from + step * stepMs)
}

function predictionTotals(sums: readonly PredictionSums[]): { predictions: number; fallback: number } {
  const add = (own: readonly PredictionSums[]): number => own.reduce((total, sum) => total + sum.predictions, 0)
  return { predictions: add(sums), fallback: add(sums.filter(({ version }) => version === '')) }
}

type Latencies = readonly (PredictionSums & { readonly bucket: number })[]

const quantiles = (sums: Latencies) => ({ p50Ms: quantileMs(sums, 0.5), p95Ms: quantileMs(sums, 0.95) })

function quantileMs(sums: Latencies, share: number): number | null {
  const counts = new Map<number, number>()
  for (const { bucket, predictions } of sums) counts.set(bucket, (counts.get(bucket) ?? 0) + predictions)
  const us = latencyQuantile(counts, share)
  return us === null ? null : us / 1000
}

function previousOf(task: Task, sums: readonly OutcomeSums[]): { outcomes: number; value: number | null } {
  const { outcomes, value } = liveMetric(task, sums)
  return { outcomes, value }
}

/** Of the version in service alone: health is its own. */
const liveOf = (task: Task, sums: readonly OutcomeSums[], { activeVersion }: Serving) =>
  liveMetric(
    task,
    sums.filter(({ version }) => version === activeVersion),
  )

function byModel<Sum extends { readonly model: string }>(sums: readonly Sum[]): Map<string, Sum[]> {
  const groups = new Map<string, Sum[]>()
  for (const sum of sums) {
    const group = groups.get(sum.model)
    if (group === undefined) groups.set(sum.model, [sum])
    else group.push(sum)
  }
  return groups
}

const metricOf = (task: Task): 'accuracy' | 'mae' => (task === 'classification' ? 'accuracy' : 'mae')

const iso = (time: number): string => new Date(time).toISOString()

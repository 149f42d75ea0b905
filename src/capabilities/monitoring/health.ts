// Whether a model does well: what answers, and whether it is as right in service as it was on the held-out rows.
// Without enough outcomes the answer is that nobody knows; no data is not health.
import type { Serving } from '../models/index.ts'
import type { LiveMetric, Task } from './live-metric.ts'
import type { PerformanceItem } from './schema.ts'

/** Fewer outcomes decide nothing: 20 of 20 right still leave the share anywhere from 0.84 up. */
export const FEWEST_OUTCOMES = 20

export interface Vitals {
  readonly serving: Serving
  readonly task: Task
  /** Of the version in service, within the window. */
  readonly live: LiveMetric
  readonly heldOut: PerformanceItem['heldOut']
  readonly window: string
}

export function judgeHealth({ serving, task, live, heldOut, window }: Vitals): Pick<PerformanceItem, 'health' | 'healthReason'> {
  const { activeVersion, live: loaded, fallback, problem } = serving
  if (activeVersion === null) {
    const who = fallback ? 'the fallback answers' : 'nothing answers'
    return { health: 'unknown', healthReason: `No version is in service yet; ${who}. Train the model.` }
  }
  if (loaded === undefined || problem !== null) {
    const who = loaded ? `version ${loaded.version} answers` : fallback ? 'the fallback answers' : 'nothing answers'
    return {
      health: 'bad',
      healthReason: `Version ${activeVersion} cannot be loaded, ${who} instead: ${problem ?? 'it is not in memory'}.`,
    }
  }
  const { outcomes, value, low, high } = live
  if (outcomes < FEWEST_OUTCOMES || value === null || low === null || high === null) {
    const reason = `Version ${activeVersion} has ${outcomes} outcomes of the last ${window}; ${FEWEST_OUTCOMES} are needed to judge it. Record what came true.`
    return { health: 'unknown', healthReason: reason }
  }
  const name = task === 'classification' ? 'Accuracy' : 'Mean absolute error'
  const now = `${name} in service is ${digits(value)} (${digits(low)} to ${digits(high)}, ${outcomes} outcomes)`
  if (heldOut === null) return { health: 'unknown', healthReason: `${now}; the version was not measured on held-out rows. Train again.` }
  const then = `${digits(heldOut.value)} (${digits(heldOut.low)} to ${digits(heldOut.high)}) on the held-out rows`
  // For errors less is better.
  const sign = task === 'classification' ? 1 : -1
  const floor = sign * (task === 'classification' ? heldOut.low : heldOut.high)
  const best = sign * (task === 'classification' ? high : low)
  if (best < floor) return { health: 'bad', healthReason: `${now}, surely worse than ${then}.` }
  if (sign * value < floor) return { health: 'warn', healthReason: `${now}, below ${then}; more outcomes will tell.` }
  return { health: 'good', healthReason: `${now}, as expected from ${then}.` }
}

function digits(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(3)))
}

// What a rollout does next, from what was measured in its step. No clock and no I/O.
import type { Rollout } from './schema.ts'

export type Decision =
  | { readonly kind: 'wait' }
  | { readonly kind: 'advance'; readonly step: number; readonly reason: string }
  | { readonly kind: 'complete'; readonly reason: string }
  | { readonly kind: 'back'; readonly reason: string }

/** Checks of parity and latency that a step needs. */
export const FEWEST_CHECKS = 3
/** Below so many calls a share of errors says nothing; so many errors in a row do. */
const FEWEST_CALLS = 20
const FEWEST_ERRORS = 3

/** @param heldMs  how long the step has lasted */
export function decideStep(rollout: Rollout, heldMs: number): Decision {
  const { gates, measured, steps, step, minTexts, holdSeconds } = rollout
  const { cosine, latencyRatio, errors, calls, checks, texts } = measured
  if (cosine !== null && cosine < gates.minCosine) {
    return { kind: 'back', reason: `The cosine of a text in both runtimes was ${cosine.toFixed(4)}; at least ${gates.minCosine} is asked.` }
  }
  const rate = calls === 0 ? 0 : errors / calls
  if (rate > gates.maxErrorRate && (calls >= FEWEST_CALLS || errors >= FEWEST_ERRORS)) {
    return { kind: 'back', reason: `${errors} of ${calls} calls to the workers failed; at most ${gates.maxErrorRate * 100} % may.` }
  }
  if (latencyRatio !== null && checks >= FEWEST_CHECKS && latencyRatio > gates.maxLatencyRatio) {
    const reason = `The workers took ${latencyRatio.toFixed(2)} times as long as Node; at most ${gates.maxLatencyRatio} is allowed.`
    return { kind: 'back', reason }
  }
  if (heldMs < holdSeconds * 1000 || texts < minTexts || checks < FEWEST_CHECKS) return { kind: 'wait' }
  const held = `All gates held for ${texts} texts`
  if (step === steps.length - 1) return { kind: 'complete', reason: `${held}, in the last step.` }
  return { kind: 'advance', step: step + 1, reason: `${held}.` }
}

// Whether a new version comes into service: only when it is not worse than the one in service on the same held-out rows.
import type { VersionDetails } from '../models/index.ts'
import { mainMetric } from './main-metric.ts'

export type Policy = 'if_not_worse' | 'always' | 'never'

export interface Contest {
  readonly task: 'classification' | 'regression'
  readonly heldOutRows: number
  readonly candidateLoss: number
  /** The version in service; absent: there is none. */
  readonly champion?: {
    readonly version: string
    /** Its loss on the same rows, or why it cannot be measured. */
    readonly loss: number | { readonly incomparable: string }
  }
}

/** The verdict, in a sentence with both numbers and the number of rows. */
export function judgeGate(policy: Policy, { task, heldOutRows, candidateLoss, champion }: Contest): VersionDetails['gate'] {
  const name = mainMetric(task) === 'logLoss' ? 'log loss' : 'RMSE'
  const mine = `${name} ${digits(candidateLoss)} on ${heldOutRows} held-out rows`
  if (champion === undefined) {
    const first = `No version was in service; ${mine}.`
    return policy === 'never' ? { activated: false, reason: `Kept out of service as asked. ${first}` } : { activated: true, reason: first }
  }
  const { version, loss } = champion
  if (typeof loss !== 'number') {
    const reason = `${mine}; version ${version} cannot be compared: ${loss.incomparable}.`
    return policy === 'never' ? { activated: false, reason: `Kept out of service as asked. ${reason}` } : { activated: true, reason }
  }
  const better = candidateLoss <= loss
  const compared = `${mine}, ${candidateLoss === loss ? 'equal to' : better ? 'better than' : 'worse than'} ${digits(loss)} of version ${version} on the same rows`
  if (policy === 'always') return { activated: true, reason: `Put in service as asked. ${compared}.` }
  if (policy === 'never') return { activated: false, reason: `Kept out of service as asked. ${compared}.` }
  return better ? { activated: true, reason: `${compared}.` } : { activated: false, reason: `Kept out of service: ${compared}.` }
}

function digits(value: number): string {
  return value === 0 ? '0' : Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4 ? value.toExponential(4) : value.toPrecision(5)
}

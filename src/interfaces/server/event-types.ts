// Which events a client wants: a list of names, or of groups such as `job.*`; empty for all.
import { TandemError } from '../../errors.ts'
import type { EventName } from '../../platform/events/events.ts'

const MAX_TYPES = 50

/** Reads `job.updated,model.*`. Throws `invalid_input` for what cannot be a name. */
export function typesFrom(text: string | undefined): readonly string[] {
  const types = (text ?? '')
    .split(',')
    .map((type) => type.trim())
    .filter(Boolean)
  const wrong = types.find((type) => !/^[a-z]+(\.[a-z-]+|\.\*)$/.test(type))
  if (wrong === undefined && types.length <= MAX_TYPES) return types
  const what =
    wrong === undefined ? `${types.length} types were asked for; at most ${MAX_TYPES} can be` : `"${wrong.slice(0, 60)}" is no event type`
  throw new TandemError('invalid_input', `${what}. Types look like job.updated, or job.* for all of a kind.`)
}

/** Too frequent for who did not name them: without types they are left out, and nobody makes them while none asks. */
export const ON_DEMAND: readonly EventName[] = ['prediction.logged', 'traffic.updated']

export function matchesTypes(types: readonly string[], type: EventName): boolean {
  if (types.length === 0) return !ON_DEMAND.includes(type)
  return types.some((wanted) => wanted === type || (wanted.endsWith('*') && type.startsWith(wanted.slice(0, -1))))
}

/** What servers tell each other and nobody outside needs. */
const INTERNAL: ReadonlySet<EventName> = new Set(['job.cancel', 'session.ended'] as const)

export function isTold(type: EventName): boolean {
  return !INTERNAL.has(type)
}

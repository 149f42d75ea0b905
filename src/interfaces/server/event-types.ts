// Which events a client wants: a list of names, or of groups such as `job.*`; empty for all.
import { TandemError } from '../../errors.ts'

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

export function matchesTypes(types: readonly string[], type: string): boolean {
  return types.length === 0 || types.some((wanted) => wanted === type || (wanted.endsWith('*') && type.startsWith(wanted.slice(0, -1))))
}

/** What servers tell each other and nobody outside needs. */
const INTERNAL = new Set(['job.cancel', 'session.ended'])

export function isTold(type: string): boolean {
  return !INTERNAL.has(type)
}

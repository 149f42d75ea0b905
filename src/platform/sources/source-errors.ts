// What a database outside says went wrong, as errors of ours: worth another try, or not before something was corrected.
import { TandemError } from '../../errors.ts'

/** A reason that another try may find gone. */
export function sourceUnreachable(where: string, cause: unknown): TandemError {
  return new TandemError('network', `${where} cannot be reached, or stopped answering: ${reasonOf(cause)}.`, { cause })
}

/** A reason that stays until the query, the rights or the definition change. */
export function sourceRefuses(where: string, cause: unknown): TandemError {
  return new TandemError('invalid_config', `${where} refuses the query of the source: ${reasonOf(cause)}.`, { cause })
}

/** @param role  what the column is named as in the definition: `id` or `cursor`. */
export function columnMissing(role: 'id' | 'cursor', column: string, given: readonly string[]): TandemError {
  const message = `source.${role}: the source gives no column "${column}". It gives: ${given.slice(0, 50).join(', ') || 'none'}`
  return new TandemError('invalid_config', `${message}.`, { errors: [{ path: `/source/${role}`, message }] })
}

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code ?? cause.name) : String(cause)
  return message.replace(/\.+$/, '')
}

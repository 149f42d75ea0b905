// The first words of a worker on its stdout, one JSON object a line: where it listens, what it is, and the nonce it was started with.
import { TandemError } from '../../errors.ts'

export const PROTOCOL = 1

export interface Handshake {
  readonly version: string
  readonly pid: number
  readonly nonce: string
  readonly port: number | null
  readonly socket: string | null
}

export interface ExpectedHandshake {
  readonly nonce: string
  readonly version: string
}

/**
 * Reads a line of stdout.
 *
 * @returns undefined for a line that is no message of a worker, such as what an imported package prints.
 */
export function readEvent(line: string): { readonly event: string; readonly fields: Readonly<Record<string, unknown>> } | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const fields = JSON.parse(line) as Record<string, unknown>
    return typeof fields.event === 'string' && fields.event.length <= 50 ? { event: fields.event, fields } : undefined
  } catch {
    return undefined
  }
}

/**
 * Checks the `listening` message.
 *
 * @throws `invalid_config` when it is of another protocol, version or start, or says nowhere to reach it.
 */
export function checkHandshake(fields: Readonly<Record<string, unknown>>, expected: ExpectedHandshake): Handshake {
  const { tandem_worker: marker, protocol, version, pid, nonce, port = null, socket = null } = fields
  if (marker !== 1 || protocol !== PROTOCOL) {
    throw wrong(`The worker speaks protocol ${shown(protocol)}; ${PROTOCOL} is needed. Install the tandem-worker of this package.`)
  }
  if (version !== expected.version) {
    throw wrong(
      `The worker is version ${shown(version)} and this Tandem is ${expected.version}. Bring them together: tandem python setup, or pip install tandem-worker==${expected.version}.`,
    )
  }
  if (nonce !== expected.nonce) throw wrong('The worker answered with the nonce of another start; it is not the one that was just started.')
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0) throw wrong(`The worker says its process id is ${shown(pid)}.`)
  const isPort = Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536
  if (!isPort && typeof socket !== 'string') throw wrong(`The worker listens nowhere: port ${shown(port)}, socket ${shown(socket)}.`)
  return { version: expected.version, pid: pid as number, nonce, port: isPort ? (port as number) : null, socket: socket as string | null }
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60)
}

function wrong(message: string): TandemError {
  return new TandemError('invalid_config', message)
}

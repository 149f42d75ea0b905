// The last lines that workers wrote, and the same lines in the server's own log. A flood costs no memory: old lines go, and of what comes
// faster than anyone reads only the count is told to the log.
import type { RuntimeLogLine } from './schema.ts'

export type LogLevel = RuntimeLogLine['level']

export interface LogTail {
  add(worker: string, level: LogLevel, message: string): void
  /** A line of a worker's stderr: JSON with level and msg, or plain words, which count as a warning. */
  addLine(worker: string, line: string): void
  /** The newest `limit` lines, oldest first. */
  lines(limit: number): readonly RuntimeLogLine[]
  readonly dropped: number
}

export interface LogTailParts {
  readonly clock: () => number
  readonly log: { warn(details: object, message: string): void; info(details: object, message: string): void }
  readonly mostLines?: number
}

const MOST_MESSAGE = 2_000
/** Lines a second that are passed on to the server's log. */
const PASSED_PER_SECOND = 50

export function createLogTail({ clock, log, mostLines = 500 }: LogTailParts): LogTail {
  let kept: RuntimeLogLine[] = []
  let second = 0
  let passed = 0
  let dropped = 0
  const mayPass = (now: number): boolean => {
    const current = Math.floor(now / 1000)
    if (current !== second) {
      second = current
      passed = 0
    }
    return ++passed <= PASSED_PER_SECOND
  }
  const add = (worker: string, level: LogLevel, text: string): void => {
    const now = clock()
    const message = text.length > MOST_MESSAGE ? `${text.slice(0, MOST_MESSAGE)}…` : text
    kept.push({ at: new Date(now).toISOString(), worker, level, message })
    // Cut rarely, so that a flood does not move the array at every line.
    if (kept.length > 2 * mostLines) kept = kept.slice(-mostLines)
    if (!mayPass(now)) {
      dropped++
      return
    }
    if (level === 'warn') log.warn({ worker }, message)
    else if (level === 'error') log.warn({ worker, workerLevel: level }, message)
    else if (level === 'info') log.info({ worker }, message)
  }
  return {
    add,
    addLine(worker, line) {
      const read = readJsonLine(line)
      if (read === undefined) add(worker, 'warn', line)
      else add(worker, read.level, read.message)
    },
    lines: (limit) => kept.slice(-Math.min(limit, mostLines)),
    get dropped() {
      return dropped
    },
  }
}

function readJsonLine(line: string): { readonly level: LogLevel; readonly message: string } | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const { level, msg, time: _, ...rest } = JSON.parse(line) as Record<string, unknown>
    if (typeof msg !== 'string') return undefined
    const known = { debug: 'debug', info: 'info', warn: 'warn', warning: 'warn', error: 'error', critical: 'error' } as const
    const named = typeof level === 'string' ? known[level.toLowerCase() as keyof typeof known] : undefined
    const further = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`
    return { level: named ?? 'info', message: `${msg}${further}` }
  } catch {
    return undefined
  }
}

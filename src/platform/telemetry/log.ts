// Structured logs (pino) that cannot hold a secret: known fields are redacted by name, and the finished line is
// searched for anything that looks like a key, wherever it came from (an error text, an address, a stack).
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** What the parts of Tandem need of a logger: details first, then one sentence. */
export interface Log {
  error(details: object, message: string): void
  warn(details: object, message: string): void
  info(details: object, message: string): void
  debug(details: object, message: string): void
  child(bindings: Record<string, unknown>): Log
}

export interface LogSettings {
  readonly logLevel: LogLevel
  /** One short line for people instead of JSON. */
  readonly pretty?: boolean
  /** Where lines go; standard output unless said. */
  readonly destination?: { write(line: string): void }
}

const SECRET_FIELDS = ['authorization', 'cookie', 'key', 'apiKey', 'password', 'secret', 'token', '["x-api-key"]', '["set-cookie"]']
const REDACTED = '[redacted]'

// A prefix of at most 12 characters may be shown, a whole key never. Cheap first test before the replacements.
const SUSPECT = /tdm_|sk-|Bearer|token=|:\/\/[^/\s"]*@/i
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/tdm_[A-Za-z0-9_-]{13,}/g, `tdm_${REDACTED}`],
  [/\bsk-[A-Za-z0-9_-]{13,}/g, `sk-${REDACTED}`],
  [/\bBearer\s+[^\s"\\,]+/gi, `Bearer ${REDACTED}`],
  [/([?&]token=)[^&\s"\\]+/g, `$1${REDACTED}`],
  [/(:\/\/[^:@/\s"]*):[^@/\s"]+@/g, `$1:${REDACTED}@`],
]

/** Removes everything that looks like a key, a bearer token or a password in an address from a text. */
export function redactSecrets(text: string): string {
  if (!SUSPECT.test(text)) return text
  return SECRETS.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), text)
}

/** @example createLog({ logLevel: 'info' }).info({ model: 'match' }, 'A model was trained.') */
export function createLog(settings: LogSettings): Log {
  const paths = SECRET_FIELDS.flatMap((field) => {
    const tail = field.startsWith('[') ? field : `.${field}`
    return [field, `*${tail}`, `headers${tail}`, `req.headers${tail}`, `request.headers${tail}`]
  })
  const target = settings.destination ?? process.stdout
  const destination: DestinationStream = settings.pretty
    ? { write: (line) => void target.write(prettyLine(line)) }
    : (target as DestinationStream)
  const logger: Logger = pino(
    {
      level: settings.logLevel,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: [...new Set(paths)], censor: REDACTED },
      hooks: { streamWrite: redactSecrets },
    },
    destination,
  )
  return logger as unknown as Log
}

function prettyLine(line: string): string {
  try {
    const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>
    const details = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    const stack = typeof err === 'object' && err !== null ? `\n${String((err as { stack?: unknown }).stack ?? '')}` : ''
    return `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(msg ?? '')}${details.length > 0 ? `  ${details.join(' ')}` : ''}${stack}\n`
  } catch {
    return line
  }
}

// The address of a database, taken apart here and not by its driver: a driver reads options from an address, among them other hosts
// and files.
import { TandemError } from '../../errors.ts'

export interface SourceAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Whether the connection is encrypted and the certificate checked. */
  readonly ssl: boolean
}

const PROTOCOLS = { mysql: ['mysql:', 'mariadb:'], postgres: ['postgres:', 'postgresql:'] } as const
const PORTS = { mysql: 3306, postgres: 5432 } as const

/** @throws `invalid_input` that says what is wrong, and never shows the address. */
export function parseSourceUrl(kind: 'mysql' | 'postgres', url: string): SourceAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const wanted = `${kind}://USER:PASSWORD@HOST/DATABASE`
  if (parsed === undefined || !(PROTOCOLS[kind] as readonly string[]).includes(parsed.protocol)) {
    throw invalid(`source.url must be an address such as ${wanted}`)
  }
  const database = decoded(parsed.pathname.slice(1))
  if (parsed.hostname === '') throw invalid(`source.url names no host; write ${wanted}`)
  if (database === '' || database.includes('/')) throw invalid(`source.url must name one database; write ${wanted}`)
  for (const [name, value] of parsed.searchParams) {
    if (name !== 'ssl' || !/^(true|false)$/.test(value)) {
      throw invalid(`source.url has the option "${name}"; only ssl=true and ssl=false are read`)
    }
  }
  return {
    host: decoded(parsed.hostname).replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? PORTS[kind] : Number(parsed.port),
    user: decoded(parsed.username),
    password: decoded(parsed.password),
    database,
    ssl: parsed.searchParams.get('ssl') === 'true',
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid('source.url holds a "%" that begins no escape; write %25 for the character itself')
  }
}

function invalid(message: string): TandemError {
  return new TandemError('invalid_input', `${message}.`, { errors: [{ path: '/source/url', message }] })
}

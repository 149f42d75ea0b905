// `tandem keys`: API keys of the server.
import type { KeyScope, KeyView } from '../client/index.ts'
import { type Command, readArguments, readCount, refuseFurther, UsageError } from './command.ts'
import { connect } from './connect.ts'
import { tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

const SCOPES: readonly KeyScope[] = ['predict', 'train', 'read', 'write', 'admin']

const usage = `
tandem keys list
tandem keys create --name NAME --scopes SCOPE,SCOPE [--expires DATE] [--rate-limit N]
tandem keys revoke ID
tandem keys link

  --scopes        ${SCOPES.join(', ')} (admin includes all others)
  --expires DATE  for example 2027-01-31 or 2027-01-31T12:00:00Z
  --rate-limit N  requests per minute

'link' prints an address that opens the dashboard signed in: good once, for ten minutes.
A new key is shown once: it is stored as a hash. Needs the admin key (TANDEM_ADMIN_KEY, or the one in the data folder).

Example:
  tandem keys create --name "web shop" --scopes predict
`

export const keysCommand: Command = { usage, run: keys }

async function keys(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    name: { type: 'string' },
    scopes: { type: 'string' },
    expires: { type: 'string' },
    'rate-limit': { type: 'string' },
  })
  const [action = 'list', id] = positionals
  if (action !== 'list' && action !== 'create' && action !== 'revoke' && action !== 'link') {
    throw new UsageError(`"${action}" is none of list, create, revoke, link.`)
  }
  refuseFurther(positionals, action === 'revoke' ? 2 : 1)
  if (action === 'revoke' && id === undefined)
    throw new UsageError('Which key? Say: tandem keys revoke ID (tandem keys list shows the ids)')
  const options = action === 'create' ? readNewKey(values) : undefined
  await using connection = await connect(terminal, { config: values.config })
  if (action === 'link') {
    if (connection.by === 'process') throw new UsageError('No server runs here. Start one with `tandem start`: it prints a sign-in link.')
    const link = await connection.client.session.createLink()
    if (terminal.json) terminal.printJson(link)
    else {
      terminal.print(link.url)
      terminal.note(`Open it before ${new Date(link.expiresAt).toLocaleTimeString()}; it signs in once.`)
    }
    return 0
  }
  const client = connection.client.keys
  if (options !== undefined) {
    const { key, record } = await client.create(options)
    if (terminal.json) terminal.printJson({ key, record })
    else {
      terminal.print(key)
      terminal.note(`Key ${record.id} "${record.name}" may: ${record.scopes.join(', ')}. Keep it now: it is not shown again.`)
    }
    return 0
  }
  if (action === 'revoke' && id !== undefined) {
    const record = await client.revoke(id)
    if (terminal.json) terminal.printJson(record)
    else terminal.print(`Key ${record.id} "${record.name}" is revoked.`)
    return 0
  }
  const records: KeyView[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await client.list({ limit: 200, ...(cursor !== undefined && { cursor }) })
    records.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined) break
  }
  if (terminal.json) terminal.printJson(records)
  else for (const line of keyTable(records, terminal)) terminal.print(line)
  return 0
}

interface NewKeyWords {
  readonly name?: string | undefined
  readonly scopes?: string | undefined
  readonly expires?: string | undefined
  readonly 'rate-limit'?: string | undefined
}

function readNewKey(words: NewKeyWords): { name: string; scopes: KeyScope[]; expiresAt?: string; rateLimitPerMinute?: number } {
  const { name, scopes = '', expires } = words
  if (name === undefined || name.trim() === '') throw new UsageError('A key needs a name, so that you know later whose it is: --name NAME')
  const wanted = scopes.split(',').map((scope) => scope.trim())
  if (scopes === '') throw new UsageError(`Say what the key may do: --scopes with one or more of ${SCOPES.join(', ')}.`)
  const unknown = wanted.find((scope) => !SCOPES.includes(scope as KeyScope))
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is no scope. Scopes: ${SCOPES.join(', ')}.`)
  const expiresMs = expires === undefined ? undefined : Date.parse(expires)
  if (Number.isNaN(expiresMs)) throw new UsageError(`--expires must be a date such as 2027-01-31, got "${expires}".`)
  const rateLimitPerMinute = readCount('rate-limit', words['rate-limit'], 1, 1_000_000)
  return {
    name,
    scopes: wanted as KeyScope[],
    ...(expiresMs !== undefined && { expiresAt: new Date(expiresMs).toISOString() }),
    ...(rateLimitPerMinute !== undefined && { rateLimitPerMinute }),
  }
}

function keyTable(records: readonly KeyView[], terminal: Terminal): string[] {
  const day = (time: string | null): string => (time === null ? '' : time.slice(0, 16).replace('T', ' '))
  return tableLines(
    records,
    [
      { title: 'id', value: (key) => key.id },
      { title: 'name', value: (key) => key.name },
      { title: 'key', value: (key) => `${key.prefix}…` },
      { title: 'scopes', value: (key) => key.scopes.join(',') },
      { title: 'created', value: (key) => day(key.createdAt) },
      { title: 'last used', value: (key) => day(key.lastUsedAt) || 'never' },
      {
        title: 'state',
        value: (key) => (key.revokedAt !== null ? 'revoked' : key.expiresAt !== null ? `until ${day(key.expiresAt)}` : 'valid'),
      },
    ],
    terminal.width,
  )
}

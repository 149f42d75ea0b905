// Reads the head of a plain JSON POST. What it accepts every HTTP parser reads alike: one Host, one Content-Length, no header twice, no
// folded line, nothing beyond printable ASCII, nothing that changes how the connection or the body is read. All else is left to Node's own
// parser, which also words the refusals; so a doubtful byte costs time, never a second opinion on where a request ends.

export interface RequestHead {
  readonly url: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly bodyBytes: number
}

const REQUEST_LINE = /^POST (\/[!-~]*) HTTP\/1\.1$/
/** A token (RFC 9110, 5.6.2), and a value without control characters that neither begins nor ends with a blank. */
const FIELD = /^([\w!#$%&'*+.^`|~-]+): *([!-~](?:[\t -~]*[!-~])?)$/
const LENGTH = /^[1-9]\d{0,8}$/
const MAX_FIELDS = 64
/** Headers that change how a body or a connection is read, and one name that no plain object holds. */
const NOT_PLAIN = ['transfer-encoding', 'expect', 'upgrade', 'trailer', 'te', 'http2-settings', '__proto__']

/**
 * @param text  the head without the empty line that ends it.
 * @returns  undefined for everything that is not plain.
 */
export function readHead(text: string): RequestHead | undefined {
  const [first = '', ...lines] = text.split('\r\n')
  const url = REQUEST_LINE.exec(first)?.[1]
  if (url === undefined || lines.length > MAX_FIELDS) return undefined
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const field = FIELD.exec(line)
    if (field === null) return undefined
    const name = (field[1] as string).toLowerCase()
    if (Object.hasOwn(headers, name) || NOT_PLAIN.includes(name)) return undefined
    headers[name] = field[2] as string
  }
  const { host, connection = 'keep-alive', 'content-type': type, 'content-length': length = '' } = headers
  if (host === undefined || type !== 'application/json' || !LENGTH.test(length)) return undefined
  if (connection.toLowerCase() !== 'keep-alive') return undefined
  return { url, headers, bodyBytes: Number(length) }
}

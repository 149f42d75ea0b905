// Where a text stops being JSON (RFC 8259). Only runs after JSON.parse has refused: V8 leaves the position out of
// several of its messages and puts parts of the body in. Iterative, so depth cannot overflow the stack.

export interface JsonError {
  readonly position: number
  readonly line: number
  readonly column: number
  readonly problem: string
}

const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what JSON strings must not hold.
const STRING = /"([^"\\\u0000-\u001f]|\\(["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const WORDS = ['true', 'false', 'null'] as const

/** The first place that is wrong. The text must be one that JSON.parse refused. */
export function findJsonError(text: string): JsonError {
  const { position, problem } = scan(text)
  const before = text.slice(0, position)
  const line = before.split('\n').length
  return { position, line, column: position - before.lastIndexOf('\n'), problem }
}

type Expect = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma' | 'end'

const EXPECTED: Readonly<Record<Expect, string>> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  key: 'a key in double quotes',
  'key or }': 'a key in double quotes or "}"',
  colon: '":"',
  comma: '","',
  end: 'the end',
}

function scan(text: string): { position: number; problem: string } {
  const open: ('[' | '{')[] = []
  let expect: Expect = 'value'
  let at = 0
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    if (!pattern.test(text)) return false
    at = pattern.lastIndex
    return true
  }
  const closed = (): Expect => (open.length === 0 ? 'end' : 'comma')
  for (;;) {
    take(SPACE)
    const char = text[at]
    if (char === undefined) return { position: text.length, problem: ending(expect, open) }
    if (expect === 'colon' || expect === 'comma') {
      const closing = expect === 'comma' && char === (open.at(-1) === '[' ? ']' : '}')
      if (closing) {
        open.pop()
        at += 1
        expect = closed()
      } else if (char === (expect === 'colon' ? ':' : ',')) {
        at += 1
        expect = expect === 'colon' ? 'value' : open.at(-1) === '[' ? 'value' : 'key'
      } else return unexpected(text, at, expect, open)
    } else if (expect === 'key' || expect === 'key or }') {
      if (char === '}' && expect === 'key or }') {
        open.pop()
        at += 1
        expect = closed()
      } else if (char === '"') {
        if (!take(STRING)) return brokenString(text, at)
        expect = 'colon'
      } else return unexpected(text, at, expect, open)
    } else if (expect === 'end') {
      return unexpected(text, at, expect, open)
    } else if (char === ']' && expect === 'value or ]') {
      open.pop()
      at += 1
      expect = closed()
    } else if (char === '[' || char === '{') {
      open.push(char)
      at += 1
      expect = char === '[' ? 'value or ]' : 'key or }'
    } else if (char === '"') {
      if (!take(STRING)) return brokenString(text, at)
      expect = closed()
    } else {
      const word = WORDS.find((candidate) => text.startsWith(candidate, at))
      if (word !== undefined) at += word.length
      else if (!take(NUMBER)) return unexpected(text, at, expect, open)
      expect = closed()
    }
  }
}

function ending(expect: Expect, open: readonly string[]): string {
  if (expect === 'value' && open.length === 0) return 'it is empty'
  return `it ends where ${wanted(expect, open)} should be; it may have been cut off`
}

const wanted = (expect: Expect, open: readonly string[]): string =>
  expect === 'comma' ? `"," or "${open.at(-1) === '[' ? ']' : '}'}"` : EXPECTED[expect]

function unexpected(text: string, position: number, expect: Expect, open: readonly string[]): { position: number; problem: string } {
  const found = String.fromCodePoint(text.codePointAt(position) ?? 0)
  return { position, problem: `found ${JSON.stringify(found)} where ${wanted(expect, open)} should be` }
}

/** The string starts at `start` and does not end properly: find the character that is at fault. */
function brokenString(text: string, start: number): { position: number; problem: string } {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x20) return { position: at, problem: 'found a control character inside a string, which must be escaped,' }
    if (code !== 0x5c) continue
    const next = text[at + 1]
    if (next === undefined) break
    const good = next === 'u' ? /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6)) : '"\\/bfnrt'.includes(next)
    if (!good && text.length >= at + 6) return { position: at, problem: `found an unknown escape ${JSON.stringify(`\\${next}`)}` }
    at += next === 'u' ? 5 : 1
  }
  return { position: text.length, problem: 'it ends inside a string; it may have been cut off' }
}

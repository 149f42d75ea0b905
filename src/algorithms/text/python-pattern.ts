// Regular expressions as Python's `re` reads them over text, for patterns that come from scikit-learn: `\w`, `\d`, `\s` and `\b` know all
// letters, digits and spaces of Unicode, where JavaScript's know ASCII. Rewritten for the flag `v`, whose classes may hold classes.

const WORD = '\\p{L}\\p{N}_'
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const CLASSES: Readonly<Record<string, string>> = { w: WORD, d: '\\p{Nd}', s: SPACE }
const EDGE = `(?<![${WORD}])(?=[${WORD}])|(?<=[${WORD}])(?![${WORD}])`
const OUTSIDE: Readonly<Record<string, string>> = {
  b: `(?:${EDGE})`,
  B: `(?!${EDGE})`,
  A: '(?<![\\s\\S])',
  Z: '(?![\\s\\S])',
  '-': '-',
}
/** Stands for itself in a class of Python, and must be escaped in one of the flag `v`. */
const RESERVED = /[()[\]{}/|&!#%,:;<=>@`~$*+.?^]/
/** Characters that Python allows to escape although nothing needs it. */
const NEEDLESS = /[^A-Za-z0-9\s^$\\.*+?()[\]{}|/-]/

/** @throws `SyntaxError` for what is no pattern, or one of Python that JavaScript cannot say. */
export function pythonPattern(source: string): RegExp {
  const inline = /^\(\?([a-zA-Z]+)\)/.exec(source)
  const flags = inline?.[1] ?? ''
  const unknown = /[^uims]/.exec(flags)
  if (unknown) throw new SyntaxError(`the flag ${unknown[0]} is not known; u, i, m and s are`)
  const own = [...new Set(flags.replaceAll('u', ''))].join('')
  return new RegExp(translated(source.slice(inline?.[0].length ?? 0)), `gv${own}`)
}

function translated(source: string): string {
  let out = ''
  for (let at = 0; at < source.length; ) {
    const character = source[at]!
    if (character === '\\') {
      const next = source[at + 1] ?? ''
      out += OUTSIDE[next] ?? classOf(next) ?? escapeOf(next)
      at += 2
    } else if (character === '[') {
      const [text, end] = classAt(source, at + 1)
      out += text
      at = end
    } else if (source.startsWith('(?P<', at)) {
      out += '(?<'
      at += 4
    } else if (source.startsWith('(?P=', at)) {
      const end = source.indexOf(')', at)
      out += `\\k<${source.slice(at + 4, end)}>`
      at = end < 0 ? source.length : end + 1
    } else {
      out += character
      at++
    }
  }
  return out
}

/** A class of Python from behind its bracket; and where it ends. A bracket that comes first stands for itself. */
function classAt(source: string, from: number): [text: string, end: number] {
  let at = from
  let out = '['
  if (source[at] === '^') {
    out += '^'
    at++
  }
  for (let first = true; at < source.length; first = false) {
    const character = source[at]!
    if (character === ']' && !first) return [`${out}]`, at + 1]
    if (character === '\\') {
      const next = source[at + 1] ?? ''
      out += next === 'b' ? '\\x08' : (classOf(next) ?? escapeOf(next))
      at += 2
    } else {
      // A hyphen at an end, or behind a class, is a hyphen.
      const plain = character === '-' && (first || source[at + 1] === ']' || /\\[wdsWDS]$/.test(source.slice(from, at)))
      out += plain || RESERVED.test(character) ? `\\${character}` : character
      at++
    }
  }
  throw new SyntaxError('a class has no end')
}

/** `\w` and `\W` and their like; undefined for another escape. */
function classOf(letter: string): string | undefined {
  const own = CLASSES[letter.toLowerCase()]
  if (own === undefined) return undefined
  return letter === letter.toLowerCase() ? `[${own}]` : `[^${own}]`
}

/** An escape that means the same in both, or a character that needs none. */
function escapeOf(letter: string): string {
  return NEEDLESS.test(letter) && !RESERVED.test(letter) ? letter : /[&!#%,:;<=>@`~]/.test(letter) ? letter : `\\${letter}`
}

// What a JSON Schema asks for, in words ("a number between 0 and 1"), and the nearest known name to a misspelt one.

type Schema = Readonly<Record<string, unknown>>

/** A value as JSON, cut at 60 characters. */
export function shown(value: unknown): string {
  // JSON has no word for Infinity (which 1e400 parses to); null would mislead.
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : (JSON.stringify(cut(value)) ?? 'undefined')
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

// Writing out a whole megabyte to show 60 characters of it would cost more than the check itself.
function cut(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value.slice(0, 80) : value
  if (depth > 3) return '…'
  if (Array.isArray(value)) return value.slice(0, 20).map((item) => cut(item, depth + 1))
  const picked: Record<string, unknown> = {}
  let count = 0
  for (const key in value) {
    if (count++ === 10) break
    picked[key.slice(0, 60)] = cut((value as Schema)[key], depth + 1)
  }
  return picked
}

export function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

/** What a schema asks for: `a number between 0 and 1`, `one of "a", "b"`. */
export function describeSchema(given: object): string {
  const schema = given as Schema
  if (schema.const !== undefined) return shown(schema.const)
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.slice(0, 30).map(shown).join(', ')}`
  const branches = schema.anyOf ?? schema.oneOf
  if (Array.isArray(branches)) return [...new Set(branches.map((branch) => describeSchema(branch as object)))].join(' or ')
  const types = [schema.type].flat().filter((type) => type !== undefined)
  const type = types.map((name) => (name === 'null' ? 'null' : article(String(name)))).join(' or ')
  if (types.includes('number') || types.includes('integer')) return `${type}${rangeOf(schema)}`
  if (typeof schema.format === 'string') return `${type} in ${schema.format} format`
  if (typeof schema.pattern === 'string') return `${type} matching ${schema.pattern}`
  if (schema.minLength === 1) return 'a non-empty string'
  const fields = types.includes('object') ? Object.keys((schema.properties ?? {}) as object) : []
  if (fields.length > 0) return `${type} with ${fields.slice(0, 6).join(', ')}${fields.length > 6 ? ', …' : ''}`
  return type === '' ? 'something else' : type
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`)

function rangeOf(schema: Schema): string {
  // zod gives every integer the bounds of a safe integer; they say nothing to a reader.
  const bound = (value: unknown): number | undefined =>
    typeof value === 'number' && Math.abs(value) !== Number.MAX_SAFE_INTEGER ? value : undefined
  const minimum = bound(schema.minimum)
  const maximum = bound(schema.maximum)
  const above = bound(schema.exclusiveMinimum)
  const below = bound(schema.exclusiveMaximum)
  if (minimum !== undefined && maximum !== undefined) return ` between ${minimum} and ${maximum}`
  const low = minimum !== undefined ? `of at least ${minimum}` : above !== undefined ? `above ${above}` : ''
  const high = maximum !== undefined ? `of at most ${maximum}` : below !== undefined ? `below ${below}` : ''
  const range = [low, high].filter(Boolean).join(' and ')
  return range === '' ? '' : ` ${range}`
}

/** The known name at most two edits away (one in short names), nearest first. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > 64) return undefined
  const allowed = name.length <= 3 ? 1 : 2
  let best: string | undefined
  let bestDistance = allowed + 1
  for (const candidate of known.slice(0, 500)) {
    if (Math.abs(candidate.length - name.length) > allowed) continue
    const distance = candidate.toLowerCase() === name.toLowerCase() ? 0 : editDistance(name, candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}

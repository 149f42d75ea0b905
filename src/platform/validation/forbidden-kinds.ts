// Which parts of a zod schema would be lost or changed on the way to JSON Schema. A test walks every endpoint with it,
// so that what the schema says is what Ajv checks.
import type { z } from 'zod'

type Definition = Readonly<Record<string, unknown>> & { readonly type: string }

const INSTEAD: Readonly<Record<string, string>> = {
  date: 'use z.iso.datetime()',
  bigint: 'use z.int() or a string',
  map: 'use z.record()',
  set: 'use z.array()',
  undefined: 'use .optional()',
  void: 'use .optional()',
  nan: 'JSON has no NaN; use null',
  symbol: 'JSON has no symbols',
  custom: 'put the rule into the capability',
  transform: 'put the conversion into the capability',
  pipe: 'put the conversion into the capability',
  catch: 'Ajv does not catch; put the rule into the capability',
  success: 'put the rule into the capability',
  promise: 'JSON has no promises',
  file: 'use a streamed body',
  function: 'JSON has no functions',
}

/**
 * Lists what does not survive, each with its place and the remedy; empty when all is well.
 *
 * @param io  `input` also asks that objects refuse unknown keys (`z.strictObject`).
 */
export function forbiddenKinds(schema: z.ZodType, io: 'input' | 'output' = 'input'): string[] {
  const found: string[] = []
  const seen = new Set<unknown>()
  const walk = (given: unknown, path: string, inUnion: boolean): void => {
    if (given === undefined || given === null || seen.has(given)) return
    seen.add(given)
    const definition = (given as z.ZodType)._zod.def as unknown as Definition
    for (const problem of problemsOf(definition, io, inUnion)) found.push(`${path || '(root)'}: ${problem}`)
    for (const [name, child] of childrenOf(definition))
      walk(child, name === '' ? path : `${path}/${name}`, inUnion || definition.type === 'union')
  }
  walk(schema, '', false)
  return found
}

function problemsOf(definition: Definition, io: 'input' | 'output', inUnion: boolean): string[] {
  const problems: string[] = []
  const instead = INSTEAD[definition.type]
  if (instead !== undefined) problems.push(`${definition.type} does not survive; ${instead}`)
  if (definition.coerce === true) problems.push('coercion is not applied; numbers and booleans of a query are read from text without it')
  if (definition.type === 'default' && inUnion) problems.push('a default inside a union does not compile; give it in the capability')
  if (definition.type === 'tuple' && definition.rest) problems.push('a tuple with a rest does not compile strictly; use z.array()')
  if (definition.type === 'object' && io === 'input' && !isStrict(definition)) problems.push('accepts unknown keys; use z.strictObject()')
  for (const check of (definition.checks ?? []) as readonly z.core.$ZodCheck[]) problems.push(...problemsOfCheck(check))
  if (definition.check === 'string_format') problems.push(...problemsOfPattern(definition.pattern))
  return problems
}

function isStrict(definition: Definition): boolean {
  const catchall = definition.catchall as z.ZodType | undefined
  // A catchall that is a real schema is a decision; only the silent default is refused.
  return catchall !== undefined
}

function problemsOfCheck(check: z.core.$ZodCheck): string[] {
  const definition = check._zod.def as unknown as Readonly<Record<string, unknown>>
  if (definition.check === 'custom') return ['refine is silently dropped; put the rule into the capability']
  if (definition.check === 'overwrite') return ['trim, toLowerCase and the like are not applied; put them into the capability']
  return problemsOfPattern(definition.pattern)
}

function problemsOfPattern(pattern: unknown): string[] {
  if (!(pattern instanceof RegExp) || pattern.flags.replace('u', '') === '') return []
  return [`the flags of ${String(pattern)} are lost; write the pattern without them`]
}

function childrenOf(definition: Definition): (readonly [string, unknown])[] {
  const listed = (name: string): (readonly [string, unknown])[] =>
    ((definition[name] ?? []) as readonly unknown[]).map((item, index) => [String(index), item] as const)
  const one = (name: string, label = ''): (readonly [string, unknown])[] => (definition[name] ? [[label, definition[name]] as const] : [])
  switch (definition.type) {
    case 'object':
      return [...Object.entries((definition.shape ?? {}) as object), ...one('catchall', '*')].filter(([, child]) => !isNever(child))
    case 'array':
      return one('element', '[]')
    case 'union':
      return listed('options')
    case 'tuple':
      return [...listed('items'), ...one('rest', '[]')]
    case 'record':
      return [...one('keyType', '(key)'), ...one('valueType', '*')]
    case 'intersection':
      return [...one('left'), ...one('right')]
    case 'lazy':
      return [['', (definition.getter as () => unknown)()]]
    default:
      return one('innerType')
  }
}

const isNever = (schema: unknown): boolean => (schema as z.ZodType)._zod.def.type === 'never'

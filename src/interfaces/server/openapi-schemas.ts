// zod schemas as OpenAPI 3.1 components: what carries `.meta({ id })` becomes a shared component, its input form with
// the suffix `Input` where it differs in direction.
import { z } from 'zod'

export type Json = Readonly<Record<string, unknown>>

export interface SchemaCollector {
  /** The schema, with shared parts as references to components. */
  schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json
  readonly components: Readonly<Record<string, Json>>
}

export function createSchemaCollector(): SchemaCollector {
  const components: Record<string, Json> = {}
  return {
    components,
    schemaOf(schema, io) {
      const {
        $schema: _,
        $defs = {},
        ...root
      } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) as Json & { $defs?: Record<string, Json> }
      const names = new Map(Object.keys($defs).map((name) => [name, componentName(name, io)]))
      for (const [name, definition] of Object.entries($defs)) {
        const made = rewrite(definition, names) as Json
        components[names.get(name)!] ??= named(name) ? made : { description: 'Any JSON value.', ...made }
      }
      const { id, ...inline } = root as Json & { id?: unknown }
      if (typeof id !== 'string' || 'properties' in inline === false) return rewrite(root, names) as Json
      const name = componentName(id, io)
      components[name] ??= rewrite(inline, names) as Json
      return { $ref: `#/components/schemas/${name}` }
    },
  }
}

/** zod numbers recursive parts without a name: `__schema0` is `z.json()` in every schema of ours. */
const named = (name: string): boolean => !name.startsWith('__')

function componentName(name: string, io: 'input' | 'output'): string {
  if (!named(name)) return 'Json'
  return io === 'input' ? `${name}Input` : name
}

function rewrite(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, names))
  if (typeof value !== 'object' || value === null) return value
  const source = value as Json
  const entries = Object.entries(source)
    // zod writes the name of a component into it as `id`, which is no keyword.
    .filter(([key, item]) => !(key === 'id' && typeof item === 'string'))
    .map(([key, item]) => {
      if (key !== '$ref' || typeof item !== 'string') return [key, rewrite(item, names)] as const
      const name = item.replace('#/$defs/', '')
      return [key, `#/components/schemas/${names.get(name) ?? name}`] as const
    })
  return Object.fromEntries(entries)
}

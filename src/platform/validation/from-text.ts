// Reads numbers and booleans of a query string from their text, where the schema asks for them and would not take the
// text itself. Stricter than Ajv's coercion, which reads "Infinity", "0x10" and " 7 " as numbers.
import type { JsonSchema } from './json-schema.ts'

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** Converts in place; text that is no number or boolean stays, so that the error can show it. */
export function readFromText(schema: JsonSchema): (value: unknown) => void {
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>)
  const types = new Map(properties.map(([name, property]) => [name, typesOf(property)]))
  const wanted = [...types].filter(([, of]) => !of.has('string') && (of.has('number') || of.has('integer') || of.has('boolean')))
  return (value) => {
    if (typeof value !== 'object' || value === null) return
    const query = value as Record<string, unknown>
    for (const [name, of] of wanted) {
      const text = query[name]
      if (typeof text !== 'string') continue
      if (of.has('boolean') && (text === 'true' || text === 'false')) query[name] = text === 'true'
      else if (!(of.has('boolean') && of.size === 1) && NUMBER.test(text) && Number.isFinite(Number(text))) query[name] = Number(text)
    }
  }
}

function typesOf(schema: JsonSchema): Set<string> {
  const branches = (schema.anyOf ?? schema.oneOf ?? []) as readonly JsonSchema[]
  const constants = (schema.enum ?? (schema.const === undefined ? [] : [schema.const])) as readonly unknown[]
  const types = [schema.type].flat().filter((type) => typeof type === 'string')
  return new Set([...types, ...constants.map((item) => typeof item), ...branches.flatMap((branch) => [...typesOf(branch)])])
}

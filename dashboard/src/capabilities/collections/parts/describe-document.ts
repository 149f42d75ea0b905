// What of a document stands where there is room for a line.
import type { Collection } from '../../../../../src/capabilities/search/schema.ts'
import { formatExact } from '../../../ui/format.ts'

type Fields = Readonly<Record<string, unknown>>

/** Properties in the order in which the searched text shows them. */
export function searchedIn({ text }: Pick<Collection['definition'], 'text'>): string[] {
  return [...new Set([...text.matchAll(/\{\{([^{}]+)\}\}/g)].map(([, name]) => name!.trim()))]
}

/** The first searched property that it has, or its id. */
export function titleOf(definition: Collection['definition'], document: Fields): string {
  const first = searchedIn(definition).find((name) => valueText(document[name]) !== '')
  return first === undefined ? String(document.id) : valueText(document[first])
}

export function valueText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return formatExact(value)
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export function propertiesOf({ schema }: Pick<Collection['definition'], 'schema'>): readonly (readonly [string, Fields])[] {
  const { properties } = schema
  if (typeof properties !== 'object' || properties === null) return []
  return Object.entries(properties).map(([name, property]) => [name, (property ?? {}) as Fields])
}

// The columns of a JSON Schema of features: which there are, what type each has, and the schema when one has another.
import type { ColumnType } from './column-options.ts'

export interface Column {
  readonly name: string
  readonly type: ColumnType
}

type Node = Readonly<Record<string, unknown>>

/** Undefined: the text is no schema with properties. */
export function columnsOf(features: string): readonly Column[] | undefined {
  const properties = propertiesOf(features)
  return properties && Object.entries(properties).map(([name, property]) => ({ name, type: typeOf(property as Node) }))
}

/** The schema as text, with another type of one feature; whether it may be missing and what it means stay. */
export function withType(features: string, name: string, type: ColumnType): string {
  const schema = JSON.parse(features) as { readonly properties: Record<string, Node> }
  const old = schema.properties[name]!
  const base = type === 'number' || type === 'integer' || type === 'boolean' ? type : 'string'
  const { description } = old
  const property = {
    type: isNullable(old) ? [base, 'null'] : base,
    ...(base === 'string' && type !== 'category' ? { format: type } : {}),
    ...(description === undefined ? {} : { description }),
  }
  return JSON.stringify({ ...schema, properties: { ...schema.properties, [name]: property } }, undefined, 2)
}

function propertiesOf(features: string): Node | undefined {
  try {
    const { properties } = JSON.parse(features) as { readonly properties?: unknown }
    return typeof properties === 'object' && properties !== null && !Array.isArray(properties) ? (properties as Node) : undefined
  } catch {
    return undefined
  }
}

const alternativesOf = (property: Node): readonly Node[] => (property.anyOf ?? property.oneOf ?? []) as readonly Node[]

function isNullable(property: Node): boolean {
  return [property.type].flat().includes('null') || alternativesOf(property).some(({ type }) => type === 'null')
}

function typeOf(property: Node): ColumnType {
  const node = { ...property, ...alternativesOf(property ?? {}).find(({ type }) => type !== 'null') }
  const type = [node.type].flat().find((each) => each !== 'null')
  if (type === 'number' || type === 'integer' || type === 'boolean') return type
  const { format } = node
  return format === 'text' || format === 'date' || format === 'date-time' ? format : 'category'
}

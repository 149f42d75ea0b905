// A form made from a JSON Schema of scalars. It holds texts, as people type them; `readForm` turns them into values. The server is
// the validator: its `errors[].path` marks the field.
import type { ReactNode } from 'react'
import type { FieldError } from '../../../src/errors.ts'
import { stateText } from '../text/shell.ts'
import { Field, Input, Select, TextArea } from './field.tsx'
import { formatNumber } from './format.ts'

export type Cell = string | number | boolean | null
/** What stands in the fields; absent or empty means missing. */
export type FormTexts = Readonly<Record<string, string>>

export interface SchemaFormProps {
  /** `{ type: 'object', properties, required }` */
  readonly schema: unknown
  readonly texts: FormTexts
  readonly onChange: (texts: FormTexts) => void
  readonly errors?: readonly FieldError[]
  /** Where the object stands in what is sent, such as `/features`. */
  readonly pointer?: string
  /** Shown in an empty field, such as the typical value. */
  readonly placeholders?: FormTexts
  /** Only these fields, in this order. */
  readonly names?: readonly string[]
}

export interface FormProperty {
  readonly name: string
  readonly kind: 'number' | 'integer' | 'boolean' | 'choice' | 'text'
  /** Free text, which needs room. */
  readonly isLong: boolean
  /** A day, picked from a calendar. */
  readonly isDay: boolean
  readonly choices: readonly string[]
  readonly required: boolean
  readonly minimum: number | undefined
  readonly maximum: number | undefined
  readonly description: string | undefined
}

type Node = Readonly<Record<string, unknown>>

export function propertiesOf(schema: unknown): readonly FormProperty[] {
  const { properties, required } = asNode(schema)
  const names = Array.isArray(required) ? required : []
  return Object.entries(asNode(properties)).map(([name, property]) => propertyOf(name, asNode(property), names.includes(name)))
}

/** The values of the texts, and what cannot be one. A missing text is left out. */
export function readForm(
  schema: unknown,
  texts: FormTexts,
  pointer = '',
): { readonly values: Readonly<Record<string, Cell>>; readonly errors: readonly FieldError[] } {
  const values: Record<string, Cell> = {}
  const errors: FieldError[] = []
  for (const { name, kind, required } of propertiesOf(schema)) {
    const text = (texts[name] ?? '').trim()
    const path = `${pointer}/${escapePointer(name)}`
    if (text === '') {
      if (required) errors.push({ path, message: 'A value is needed here.' })
    } else if (kind === 'boolean') values[name] = text === 'true'
    else if (kind === 'number' || kind === 'integer') {
      // People write 0,5 as well as 0.5; a number with both marks is not guessed at.
      const value = Number(text.includes('.') ? text : text.replace(',', '.'))
      if (!Number.isFinite(value)) errors.push({ path, message: `"${text}" is not a number.` })
      else if (kind === 'integer' && !Number.isInteger(value)) errors.push({ path, message: `${text} is not a whole number.` })
      else values[name] = value
    } else values[name] = text
  }
  return { values, errors }
}

export function SchemaForm({ schema, texts, onChange, errors = [], pointer = '', placeholders = {}, names }: SchemaFormProps): ReactNode {
  const properties = propertiesOf(schema)
  const shown = names === undefined ? properties : names.flatMap((name) => properties.find((property) => property.name === name) ?? [])
  const marksOptional = properties.filter(({ required }) => required).length * 2 > properties.length
  return shown.map((property) => {
    const { name, kind, required } = property
    const set = (text: string): void => onChange({ ...texts, [name]: text })
    // Where most are needed, the few that are not are marked: a page full of "required" says nothing.
    const mark = marksOptional ? (required ? '' : stateText.optional) : undefined
    const error = errors.find(({ path }) => path === `${pointer}/${escapePointer(name)}`)?.message
    return (
      <Field
        key={name}
        className={property.isLong ? 'col-span-full' : undefined}
        label={name}
        required={required}
        mark={mark}
        hint={hintOf(property)}
        error={error}
      >
        {(control) =>
          kind === 'boolean' || kind === 'choice' ? (
            <Select
              {...control}
              value={texts[name] ?? ''}
              onChange={({ target }) => set(target.value)}
              options={optionsOf(property, placeholders[name])}
            />
          ) : property.isLong ? (
            <TextArea
              {...control}
              value={texts[name] ?? ''}
              onChange={({ target }) => set(target.value)}
              placeholder={placeholders[name]}
              rows={3}
              className="font-sans text-base"
            />
          ) : (
            <Input
              {...control}
              value={texts[name] ?? ''}
              onChange={({ target }) => set(target.value)}
              placeholder={placeholders[name]}
              inputMode={kind === 'text' ? 'text' : 'decimal'}
              type={property.isDay ? 'date' : 'text'}
            />
          )
        }
      </Field>
    )
  })
}

function optionsOf({ kind, choices }: FormProperty, placeholder = ''): readonly { readonly value: string; readonly label: string }[] {
  const values = kind === 'boolean' ? ['true', 'false'] : choices
  return [{ value: '', label: placeholder }, ...values.map((value) => ({ value, label: value }))]
}

function hintOf({ kind, minimum, maximum, description }: FormProperty): string | undefined {
  const unit = kind === 'integer' ? 'whole, ' : ''
  const range =
    minimum !== undefined && maximum !== undefined
      ? `${unit}${formatNumber(minimum)} to ${formatNumber(maximum)}`
      : minimum !== undefined
        ? `${unit}from ${formatNumber(minimum)}`
        : maximum !== undefined
          ? `${unit}to ${formatNumber(maximum)}`
          : undefined
  const parts = [description, range].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : parts.join(' · ')
}

function propertyOf(name: string, property: Node, required: boolean): FormProperty {
  const alternatives = [property.anyOf, property.oneOf].find(Array.isArray)?.map(asNode) ?? []
  // `anyOf: [{ type: number }, { type: null }]` is how a nullable feature is written.
  const node = { ...property, ...alternatives.find(({ type }) => type !== 'null') }
  const types = [node.type].flat().filter((type) => type !== 'null')
  const isNullable = [property.type].flat().includes('null') || alternatives.some(({ type }) => type === 'null')
  const choices = Array.isArray(node.enum) ? node.enum.filter((value) => value !== null).map(String) : []
  const known = types.find((type) => type === 'number' || type === 'integer' || type === 'boolean')
  const kind = known ?? (choices.length > 0 ? 'choice' : 'text')
  const bound = (value: unknown): number | undefined => (typeof value === 'number' && Math.abs(value) < 9e15 ? value : undefined)
  return {
    name,
    kind: kind as FormProperty['kind'],
    isLong: kind === 'text' && node.format === 'text',
    isDay: kind === 'text' && node.format === 'date',
    choices,
    required: required && !isNullable,
    minimum: bound(node.minimum ?? node.exclusiveMinimum),
    maximum: bound(node.maximum ?? node.exclusiveMaximum),
    description: typeof node.description === 'string' ? node.description : undefined,
  }
}

function asNode(value: unknown): Node {
  return typeof value === 'object' && value !== null ? (value as Node) : {}
}

/** As JSON pointers write a name, RFC 6901. */
function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

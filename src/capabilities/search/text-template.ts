// Templates such as "{{name}}. {{description}}" that make the searched text of a document.
import { TandemError } from '../../errors.ts'
import type { StoredDocument } from './schema.ts'

export interface TextTemplate {
  /** Properties that it shows, in their order. */
  readonly properties: readonly string[]
  render(document: StoredDocument): string
}

type Part = { readonly text: string } | { readonly property: string }

/**
 * Reads a template. A line whose properties are all absent or empty is left out, so that "Budget: {{budget}}" says nothing without one.
 *
 * @throws `invalid_input` for braces that do not close, and for a template without a property.
 */
export function parseTemplate(template: string): TextTemplate {
  const lines = template.split('\n').map(parseLine)
  const properties = [...new Set(lines.flat().flatMap((part) => ('property' in part ? [part.property] : [])))]
  if (properties.length === 0) {
    throw wrongTemplate('it names no property; write those to search in as {{name}}')
  }
  return {
    properties,
    render: (document) =>
      lines
        .map((parts) => renderLine(parts, document))
        .filter((line) => line !== '')
        .join('\n'),
  }
}

function parseLine(line: string): Part[] {
  const parts: Part[] = []
  let at = 0
  while (at < line.length) {
    const open = line.indexOf('{{', at)
    if (open < 0) break
    const close = line.indexOf('}}', open)
    if (close < 0) throw wrongTemplate(`"${line.slice(open, open + 30)}" does not close its braces`)
    const property = line.slice(open + 2, close).trim()
    if (property === '') throw wrongTemplate('{{}} names no property')
    if (open > at) parts.push({ text: line.slice(at, open) })
    parts.push({ property })
    at = close + 2
  }
  if (at < line.length) parts.push({ text: line.slice(at) })
  return parts
}

function renderLine(parts: readonly Part[], document: StoredDocument): string {
  let properties = 0
  let shown = 0
  let line = ''
  for (const part of parts) {
    if ('text' in part) line += part.text
    else {
      const text = shownValue(document[part.property])
      properties++
      if (text !== '') shown++
      line += text
    }
  }
  return properties > 0 && shown === 0 ? '' : line.trim()
}

function shownValue(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(shownValue).filter(Boolean).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function wrongTemplate(why: string): TandemError {
  return new TandemError('invalid_input', `The text of the collection cannot be used: ${why}.`, {
    errors: [{ path: '/text', message: `text: ${why}` }],
  })
}

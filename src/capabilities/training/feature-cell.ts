// What the text of a cell is as a value of a feature.
import { booleanFromText, isMissingText, numberFromText } from '../../algorithms/columns/cell-text.ts'
import type { Feature } from '../models/index.ts'

/** A text that is no value of the feature stays one, and is then told as such. */
export function fromText(feature: Feature, text: string): unknown {
  if (feature.kind === 'category' || feature.kind === 'text') return text === '' ? missing(feature) : text
  if (isMissingText(text)) return missing(feature)
  if (feature.kind === 'date') return text
  return (feature.kind === 'number' ? numberFromText(text) : booleanFromText(text)) ?? text
}

/** An empty cell is both: absent and null. */
const missing = (feature: Feature): null | undefined => (feature.required && feature.nullable ? null : undefined)

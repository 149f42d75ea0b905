// Runs in a thread: training rows that are kept with a version, evenly drawn and few.
import { encodeSample } from '../models/index.ts'
import { documentReader } from './documents.ts'
import type { Table } from './tasks.ts'

export interface SampleInput {
  readonly table: Table
  readonly train: Int32Array
}

const MOST_ROWS = 500
const MOST_VALUES = 200_000
/** Characters of all texts together. */
const MOST_TEXT = 500_000

export function sampleRows({ table, train }: SampleInput): Uint8Array {
  const { x, features, columns, documents } = table
  const textual = columns.kinds.flatMap((kind, feature) => (kind === 'text' ? [feature] : []))
  const wanted = Math.min(MOST_ROWS, train.length, Math.max(20, Math.floor(MOST_VALUES / features)))
  const step = train.length / wanted
  const drawn = Array.from({ length: wanted }, (_, at) => train[Math.floor(at * step)]!)
  const read = documentReader(documents)
  const texts: Record<number, string[]> = Object.fromEntries(textual.map((feature) => [feature, []]))
  const kept: number[] = []
  let characters = 0
  for (const row of drawn) {
    const own = textual.map((feature) => {
      const value = x[row * features + feature]!
      return Number.isNaN(value) ? '' : read!(feature, value)
    })
    characters += own.reduce((sum, text) => sum + text.length, 0)
    // Long texts: fewer rows, but whole ones.
    if (characters > MOST_TEXT && kept.length > 0) break
    for (const [at, feature] of textual.entries()) texts[feature]!.push(own[at]!)
    kept.push(row)
  }
  const sample = new Float32Array(kept.length * features)
  for (const [at, row] of kept.entries()) {
    sample.set(x.subarray(row * features, (row + 1) * features), at * features)
    for (const feature of textual) if (!Number.isNaN(sample[at * features + feature]!)) sample[at * features + feature] = at
  }
  return encodeSample({ rows: kept.length, features, x: sample, texts })
}

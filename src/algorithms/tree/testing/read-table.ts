// Reads a CSV file of the public tables as fixtures/make.py does: texts become their rank by name, missing values NaN.

import { existsSync, readFileSync } from 'node:fs'
import type { TrainingSet } from '../training-set.ts'

/** Beside the repository; tests that need a table skip when it is not there. */
const FOLDER = new URL('../../../../../shared/data/tabular/', import.meta.url)
const MISSING = new Set(['', '?', 'NA', 'nan', 'NaN'])

export function hasTable(file: string): boolean {
  return existsSync(new URL(file, FOLDER))
}

/** A table as two sets: every third row, from the first on, is for testing. */
export function readTable(file: string, target: string, task: string): { train: TrainingSet; test: TrainingSet } {
  const lines = readFileSync(new URL(file, FOLDER), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(',').map((field) => field.trim()))
  const names = lines[0]!
  const rows = lines.slice(1)
  const columns = names.map((_, c) => encode(rows.map((row) => row[c]!)))
  const at = names.indexOf(target)
  const inputs = columns.filter((_, c) => c !== at)
  const numbers = rows.map((_, i) => i)
  const classes = task === 'classification' ? new Set(columns[at]).size : 0
  const take = (chosen: number[]): TrainingSet => ({
    x: Float32Array.from(chosen.flatMap((i) => inputs.map((column) => column[i]!))),
    y: Float64Array.from(chosen, (i) => columns[at]![i]!),
    rows: chosen.length,
    features: inputs.length,
    classes,
  })
  return { train: take(numbers.filter((i) => i % 3 !== 0)), test: take(numbers.filter((i) => i % 3 === 0)) }
}

export function encode(values: readonly string[]): Float32Array {
  const numbers = values.map((value) => (MISSING.has(value) ? Number.NaN : Number(value)))
  if (values.every((value, i) => MISSING.has(value) || Number.isFinite(numbers[i]!))) return Float32Array.from(numbers)
  const ranks = new Map(
    [...new Set(values)]
      .filter((value) => !MISSING.has(value))
      .sort()
      .map((value, rank) => [value, rank]),
  )
  return Float32Array.from(values, (value) => ranks.get(value) ?? Number.NaN)
}

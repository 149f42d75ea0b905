// Reads the public tables of the learning benchmarks as float32 matrices: categories become their rank by name, missing values NaN.

import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'

export interface Table {
  readonly name: string
  readonly x: Float32Array
  readonly y: Float64Array
  readonly rows: number
  readonly features: number
}

interface Source {
  readonly file: string
  readonly target: string
  readonly drop?: readonly string[]
  readonly label: (targets: readonly string[]) => boolean[]
}

const SOURCES: Record<string, Source> = {
  adult: { file: 'adult_train.csv', target: 'income', label: (targets) => targets.map((value) => value.startsWith('>50K')) },
  'breast-cancer': { file: 'breast_cancer.csv', target: 'target', label: (targets) => targets.map((value) => value === '1') },
  // Without a header: columns are called by their number, and 2 is a bad credit.
  german: { file: 'german.csv', target: '20', label: (targets) => targets.map((value) => value === '2') },
  // Whether one is alive says whether one survived.
  titanic: { file: 'titanic.csv', target: 'survived', drop: ['alive'], label: (targets) => targets.map((value) => value === '1') },
  california: { file: 'california_housing.csv', target: 'median_house_value', label: aboveMedian },
}

const MISSING = new Set(['', '?', 'NA', 'nan', 'NaN'])

/** The names of the tables. */
export const tableNames: readonly string[] = Object.keys(SOURCES)

/** One table, or undefined when its file is not there. */
export function readTable(name: string, folder: URL): Table | undefined {
  const source = SOURCES[name]
  if (!source) throw new Error(`There is no table "${name}". Known: ${tableNames.join(', ')}.`)
  const file = new URL(source.file, folder)
  if (!existsSync(file)) return undefined
  const all = parse(readFileSync(file, 'utf8'), {
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  }) as string[][]
  // The California file has its bytes printed by Python: b' before the header.
  const hasHeader = !/^\d+$/.test(source.target)
  const names = all[0]!.map((column, c) => (hasHeader ? column.replace(/^b'/, '') : String(c)))
  const body = hasHeader ? all.slice(1) : all
  const lines = body.filter((line) => line.length === names.length)
  const at = names.indexOf(source.target)
  const targets = lines.map((line) => line[at]!)
  const columns = names.map((_, c) => c).filter((c) => c !== at && !source.drop?.includes(names[c]!))
  const x = new Float32Array(lines.length * columns.length)
  columns.forEach((c, f) => {
    const values = encode(lines.map((line) => line[c]!))
    for (let i = 0; i < values.length; i++) x[i * columns.length + f] = values[i]!
  })
  return { name, x, y: Float64Array.from(source.label(targets), Number), rows: lines.length, features: columns.length }
}

function encode(values: readonly string[]): Float32Array {
  const numbers = values.map((value) => (MISSING.has(value.trim()) ? Number.NaN : Number(value)))
  const numeric = values.every((value, i) => MISSING.has(value.trim()) || Number.isFinite(numbers[i]!))
  if (numeric) return Float32Array.from(numbers)
  const ranks = new Map([...new Set(values.filter((value) => !MISSING.has(value.trim())))].sort().map((value, rank) => [value, rank]))
  return Float32Array.from(values, (value) => ranks.get(value) ?? Number.NaN)
}

function aboveMedian(values: readonly string[]): boolean[] {
  const numbers = values.map(Number)
  const middle = median(numbers)
  return numbers.map((value) => value > middle)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

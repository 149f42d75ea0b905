// Runs in a thread: kinds of rows on which a version errs more than on others, by category, by quarter of a number, by missing values.
import { type SliceColumn, type SliceReport, worstSlices } from '../../algorithms/card/worst-slices.ts'
import { textFromHours } from '../../algorithms/columns/cell-text.ts'
import { logLossPerRow } from '../../algorithms/metrics/probability-scores.ts'
import type { CategoryTables, Feature } from '../models/index.ts'
import { rowsOf } from './rows-of.ts'
import type { Table } from './tasks.ts'

export interface WeakSpotsInput {
  readonly table: Pick<Table, 'x' | 'y' | 'features' | 'classes'>
  readonly heldOut: Int32Array
  readonly predictions: Float64Array
  readonly features: readonly Feature[]
  readonly categories: CategoryTables
  /** By feature: features that count most are looked at first. */
  readonly importances: Float64Array
}

/** Each feature is sorted once. */
const MOST_ROWS = 20_000
const MOST_FEATURES = 60
const MOST_SLICES = 20

export function weakSpots({ table, heldOut, predictions, features, categories, importances }: WeakSpotsInput): SliceReport {
  const rows = Math.min(heldOut.length, MOST_ROWS)
  const { x, y } = rowsOf(table, heldOut.subarray(0, rows))
  const losses =
    table.classes > 0
      ? logLossPerRow(y, predictions.subarray(0, rows * table.classes))
      : y.map((truth, row) => Math.abs(truth - predictions[row]!))
  const looked = [...features.keys()].sort((a, b) => importances[b]! - importances[a]! || a - b).slice(0, MOST_FEATURES)
  const columns = looked.map((index): [string, SliceColumn] => {
    const feature = features[index]!
    const shown = shownBy(feature, categories[index] ?? [])
    return [feature.name, Array.from({ length: rows }, (_, row) => shown(x[row * table.features + index]!))]
  })
  const { slices, examined } = worstSlices(losses, Object.fromEntries(columns))
  return { slices: slices.slice(0, MOST_SLICES), examined }
}

function shownBy({ kind }: Feature, texts: readonly string[]): (value: number) => string | number | null {
  if (kind === 'category') return (code) => (Number.isNaN(code) ? null : texts[code]!)
  if (kind === 'boolean') return (value) => (Number.isNaN(value) ? null : value === 1 ? 'true' : 'false')
  // Of a text only whether it is there.
  if (kind === 'text') return (value) => (Number.isNaN(value) ? null : 'present')
  // A month says more than a quarter of the hours.
  if (kind === 'date') return (hours) => (Number.isNaN(hours) ? null : textFromHours(hours).slice(0, 7))
  return (value) => value
}

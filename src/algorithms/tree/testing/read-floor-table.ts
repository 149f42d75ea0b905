// Reads the tables of fixtures/make-floors.py as it does, from the data beside the repository.

import { existsSync, readFileSync } from 'node:fs'
import type { TrainingSet } from '../training-set.ts'
import { encode } from './read-table.ts'

const FOLDER = new URL('../../../../../shared/data/', import.meta.url)

export interface FloorTable {
  readonly target: string
  readonly positive: string | null
  readonly drop: readonly string[]
  readonly categorical?: readonly number[]
}

export function hasFloorTable(file: string): boolean {
  return existsSync(new URL(file, FOLDER))
}

export function readFloorTable(file: string, { target, positive, drop, categorical }: FloorTable): TrainingSet<Float64Array> {
  const lines = readFileSync(new URL(file, FOLDER), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(',').map((field) => field.trim()))
  const hasHeader = lines[0]!.includes(target)
  const names = hasHeader ? lines[0]! : lines[0]!.map((_, i) => String(i))
  const rows = (hasHeader ? lines.slice(1) : lines).filter((row) => row.length === names.length)
  const at = names.indexOf(target)
  const kept = names.map((_, c) => c).filter((c) => c !== at && !drop.includes(names[c]!))
  const columns = kept.map((c) => encode(rows.map((row) => row[c]!)))
  const x = new Float32Array(rows.length * kept.length)
  for (let i = 0; i < rows.length; i++) for (let f = 0; f < kept.length; f++) x[i * kept.length + f] = columns[f]![i]!
  const y = Float64Array.from(rows, (row) => (positive === null ? Number(row[at]) : Number(row[at] === positive)))
  return { x, y, rows: rows.length, features: kept.length, classes: positive === null ? 0 : 2, categorical }
}

export interface Split {
  readonly train: TrainingSet<Float64Array>
  readonly test: TrainingSet<Float64Array>
}

/** Splits of a table: the five of `fixtures/make-floors.py`, and twenty more of a small one. */
export function foldsOf(set: TrainingSet): Split[] {
  const repeats = set.rows <= 5000 ? [0, 1, 2, 3, 4] : [0]
  return repeats.flatMap((repeat) => [0, 1, 2, 3, 4].map((s) => split(set, (row) => foldNumber(row, repeat) === s)))
}

function foldNumber(row: number, repeat: number): number {
  return repeat === 0 ? row % 5 : ((Math.imul(row, 2654435761) + Math.imul(repeat, 2246822519)) >>> 15) % 5
}

function split(set: TrainingSet, isHeldOut: (row: number) => boolean): Split {
  const take = (heldOut: boolean): TrainingSet<Float64Array> => {
    const chosen = [...set.y.keys()].filter((i) => isHeldOut(i) === heldOut)
    const x = new Float32Array(chosen.length * set.features)
    for (const [at, i] of chosen.entries()) x.set(set.x.subarray(i * set.features, (i + 1) * set.features), at * set.features)
    return { ...set, x, y: Float64Array.from(chosen, (i) => set.y[i]!), rows: chosen.length }
  }
  return { train: take(false), test: take(true) }
}

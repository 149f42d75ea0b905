// Claims: 100,000 vectors of 384 dimensions are searched in at most 2 ms at recall@10 >= 0.99 on one thread, five times as fast as faiss
// Flat and no slower than usearch at that recall; a million in at most 15 ms at recall >= 0.985 in 450 MB, built in a thirtieth of
// usearch's time and opened in a second; filters are faster than none at recall >= 0.99; a write takes at most 20 us.
// Run: node bench/search/vectors.ts [--python PATH]
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Index, MetricKind, ScalarKind } from 'usearch'
import { createRng } from '../../src/algorithms/math/rng.ts'
import { createScanSpace, RowScanner, type ScanQuery, type ScanSpace, withFilterSpace } from '../../src/algorithms/vector/row-scanner.ts'
import { type CodeChoice, chooseCandidates, encodeBlocks, meanOfRows, neighbourRanks } from '../../src/algorithms/vector/sign-codes.ts'
import { BLOCK_ROWS, createVectorMemory, HEAD } from '../../src/algorithms/vector/vector-memory.ts'
import { VectorRows } from '../../src/algorithms/vector/vector-rows.ts'
import { KeySet, openVectorIndex, ScanThreads } from '../../src/capabilities/search/index.ts'
import { startPythonRival, timed } from '../frame/python-rival.ts'
import { type Claim, median, report } from '../frame/report.ts'
import { allows, DIMENSIONS, openVectorSets, QUERIES, recallOf, type VectorSet } from './vector-sets.ts'

const SMALL = 100_000
const LARGE = 1_000_000
const ROUNDS = 5
const QUERIES_A_ROUND = QUERIES / ROUNDS
/** Breadths of usearch's search, the quickest first. */
const BREADTHS = [64, 96, 128, 192, 256, 384, 512]

interface Answers {
  readonly ms: readonly number[]
  readonly keys: readonly (readonly number[])[]
}
type Searcher = (first: number, last: number) => Answers | Promise<Answers>

const claims: Claim[] = []
const details: Record<string, unknown> = {}

async function main(): Promise<void> {
  const set = openVectorSets()
  details.data = { real: set.real, queries: QUERIES, dimensions: DIMENSIONS }
  // Rivals share a loaded machine with us; absolute times do not hold on one.
  details.load = loadavg()[0]
  const perRow = await small(set)
  await large(set, perRow)
  report('vectors', claims, details)
}

/** Returns usearch's CPU seconds a row. */
async function small(set: VectorSet): Promise<number> {
  const rival = await startPythonRival('../search/vectors_rival.py', { packages: ['faiss'] })
  await rival.ask('open', { folder: set.folder, rows: SMALL, kinds: ['flat', 'sq8'] })
  const ours = build(set, SMALL)
  const { candidates: codeCandidates } = measureCodes(ours.rows)
  const graph = buildUsearch(set)
  const truth = set.truth(SMALL, 'all')
  const breadth = BREADTHS.find((ef) => recallOf(graph.searcher(ef)(0, QUERIES).keys, truth) >= 0.99) ?? BREADTHS.at(-1)!
  const searchers = {
    ours: ours.searcher({ codeCandidates }),
    rows: ours.searcher({}),
    usearch: graph.searcher(breadth),
    flat: (first: number, last: number) => rival.ask<Answers>('search', { kind: 'flat', first, last }),
    sq8: (first: number, last: number) => rival.ask<Answers>('search', { kind: 'sq8', first, last }),
  }
  const measured = await alternate(searchers)
  rival.stop()
  const recall = Object.fromEntries(Object.entries(measured).map(([name, { keys }]) => [name, recallOf(keys, truth)]))
  details.small = {
    rows: SMALL,
    recall,
    breadth,
    usearchBuildSeconds: graph.cpuSeconds,
    buildSeconds: ours.cpuSeconds,
    rivals: rival.versions,
  }
  const p50 = (name: keyof typeof searchers) => median(measured[name].rounds)
  const ms = { unit: 'ms', ours: p50('ours') }
  const against = (name: 'usearch' | 'flat' | 'sq8') => ({
    rival: p50(name),
    rounds: { ours: measured.ours.rounds, rival: measured[name].rounds },
  })
  claims.push({ name: '100k: recall@10', ours: recall.ours!, unit: '', limit: 0.99, bound: 'at least' })
  claims.push({ name: '100k: p50', ...ms, limit: 2, bound: 'at most', rounds: { ours: measured.ours.rounds } })
  claims.push({ name: '100k: p50 against faiss Flat', ...ms, ...against('flat'), limit: 0.2, bound: 'at most' })
  claims.push({ name: '100k: p50 against faiss SQ8', ...ms, ...against('sq8'), limit: 0.5, bound: 'at most' })
  claims.push({
    name: `100k: p50 against usearch f32 at recall ${recall.usearch}`,
    ...ms,
    ...against('usearch'),
    limit: 1,
    bound: 'at most',
  })
  await filters('100k', ours, set, SMALL, codeCandidates)
  writes(ours.rows, set)
  return graph.cpuSeconds / SMALL
}

async function large(set: VectorSet, usearchPerRow: number): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vectors-'))
  const threads = new ScanThreads({ size: 2 })
  try {
    let index = await openVectorIndex({ dimensions: DIMENSIONS, dataDir, threads })
    for (const { first, vectors } of set.parts(LARGE)) await index.upsert({ keys: keysFrom(first, vectors), vectors })
    await index.settled()
    await index.close()
    const opened = await timedAsync(() => openVectorIndex({ dimensions: DIMENSIONS, dataDir, threads }))
    index = opened.result
    await index.settled()
    const stats = await index.stats()
    await index.close()
    details.large = { rows: LARGE, stats, openSeconds: opened.seconds }
    claims.push({ name: '1M: opened from SQLite', ours: opened.seconds, unit: 's', limit: 1, bound: 'at most' })
    claims.push({ name: '1M: memory', ours: stats.memoryBytes / 1e6, unit: 'MB', limit: 450, bound: 'at most' })

    const ours = build(set, LARGE)
    // What usearch takes a row grows with the rows, so this is less than it would take for a million.
    claims.push({
      ...{ name: '1M: build against usearch f32 at its pace of 100k, CPU', unit: 's' },
      ...{ ours: ours.cpuSeconds, rival: usearchPerRow * LARGE, limit: 1 / 30, bound: 'at most' },
    })
    const codeCandidates = stats.codeCandidates ?? 0
    const { ours: measured } = await alternate({ ours: ours.searcher({ codeCandidates }) })
    const recall = recallOf(measured.keys, set.truth(LARGE, 'all'))
    claims.push({ name: '1M: recall@10', ours: recall, unit: '', limit: 0.985, bound: 'at least' })
    claims.push({
      name: '1M: p50',
      ours: median(measured.rounds),
      unit: 'ms',
      limit: 15,
      bound: 'at most',
      rounds: { ours: measured.rounds },
    })
    await filters('1M', ours, set, LARGE, codeCandidates)
    await throughput(ours.rows, set, codeCandidates)
  } finally {
    await threads.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

interface Built {
  readonly rows: VectorRows
  readonly cpuSeconds: number
  searcher(more: Partial<ScanQuery>): (first: number, last: number) => Answers
}

/** Our index on one thread, without a database. Reading the rows from disk is not counted. */
function build(set: VectorSet, size: number): Built {
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

function buildUsearch(set: VectorSet): {
  readonly cpuSeconds: number
  searcher(breadth: number): (first: number, last: number) => Answers
} {
  const options = { metric: MetricKind.IP, dimensions: DIMENSIONS, connectivity: 16, quantization: ScalarKind.F32 }
  const built = new Index({ ...options, expansion_add: 128, expansion_search: 64, multi: false })
  let cpuSeconds = 0
  for (const { first, vectors } of set.parts(SMALL)) {
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
  for (const vector of set.queries.slice(first, last)) {
    const startedAt = performance.now()
    keys.push(find(vector))
    ms.push(performance.now() - startedAt)
  }
  return { ms, keys }
}

/** Each searcher in turn, a part of the queries at a time; the median of each round. */
async function alternate<Name extends string>(
  searchers: Readonly<Record<Name, Searcher>>,
): Promise<Record<Name, { readonly rounds: number[]; readonly keys: (readonly number[])[] }>> {
  const names = Object.keys(searchers) as Name[]
  const measured = Object.fromEntries(names.map((name) => [name, { rounds: [], keys: [] }])) as never as Awaited<
    ReturnType<typeof alternate<Name>>
  >
  for (const name of names) await searchers[name](0, 10)
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const { ms, keys } = await searchers[name](round * QUERIES_A_ROUND, (round + 1) * QUERIES_A_ROUND)
      measured[name].rounds.push(median(ms))
      measured[name].keys.push(...keys)
    }
  }
  return measured
}

async function filters(label: string, ours: Built, set: VectorSet, size: number, codeCandidates: number): Promise<void> {
  const filterOf = (share: number): Uint32Array => {
    const keys = new KeySet(size)
    for (let key = 0; key < size; key++) if (allows(key, share)) keys.add(key)
    return keys.words
  }
  const measured = await alternate({
    all: ours.searcher({ codeCandidates }),
    tenth: ours.searcher({ codeCandidates, filter: filterOf(10) }),
    hundredth: ours.searcher({ codeCandidates, filter: filterOf(100) }),
  })
  for (const share of ['tenth', 'hundredth'] as const) {
    const recall = recallOf(measured[share].keys, set.truth(size, share))
    claims.push({ name: `${label}: recall@10 among a ${share}`, ours: recall, unit: '', limit: 0.99, bound: 'at least' })
    claims.push({
      ...{ name: `${label}: p50 among a ${share} against all`, ours: median(measured[share].rounds), rival: median(measured.all.rounds) },
      ...{ unit: 'ms', limit: 1, bound: 'at most', rounds: { ours: measured[share].rounds, rival: measured.all.rounds } },
    })
  }
}

function writes(rows: VectorRows, set: VectorSet): void {
  const us: number[] = []
  for (let i = 0; i < 4000; i++) {
    const vector = set.queries[i % QUERIES]!
    const startedAt = performance.now()
    rows.put((i * 7919) % SMALL, vector)
    us.push((performance.now() - startedAt) * 1000)
  }
  claims.push({ name: 'one write, in memory', ours: median(us), unit: 'us', limit: 20, bound: 'at most' })
}

/** Queries a second of 32 callers, on one thread and on two in turn. */
async function throughput({ memory }: VectorRows, set: VectorSet, codeCandidates: number): Promise<void> {
  const rounds = { ours: [] as number[], rival: [] as number[] }
  const [one, two] = [new ScanThreads({ size: 1 }), new ScanThreads({ size: 2 })]
  const run = async (lane: ReturnType<ScanThreads['open']>): Promise<number> => {
    const startedAt = performance.now()
    let next = 0
    const caller = async (): Promise<void> => {
      while (next < QUERIES) await lane.scan({ vector: set.queries[next++ % QUERIES]!, k: 10, rowCandidates: 50, codeCandidates })
    }
    await Promise.all(Array.from({ length: 32 }, caller))
    return QUERIES / ((performance.now() - startedAt) / 1000)
  }
  const lanes = { ours: two.open(memory), rival: one.open(memory) }
  await run(lanes.ours)
  await run(lanes.rival)
  for (let round = 0; round < ROUNDS; round++) for (const side of ['ours', 'rival'] as const) rounds[side].push(await run(lanes[side]))
  await Promise.all([one.close(), two.close()])
  claims.push({
    ...{ name: '1M: queries a second, two threads against one', unit: '/s', limit: 1.5, bound: 'at least' },
    ...{ ours: median(rounds.ours), rival: median(rounds.rival), rounds },
  })
}

/** How many candidates an index would use, measured as it does. */
function measureCodes({ memory }: VectorRows): CodeChoice {
  const ranks = neighbourRanks(memory, new RowScanner(memory), createScanSpace(memory), { rng: createRng(1), queries: 64 })
  return chooseCandidates(ranks, 0.99)
}

/** Mean and codes, as an index makes them in the background. */
function encode({ memory }: VectorRows): void {
  memory.views.f32.set(meanOfRows(memory), HEAD.mean >>> 2)
  encodeBlocks(memory, 0, Math.ceil(memory.slots / BLOCK_ROWS))
}

function keysFrom(first: number, vectors: Float32Array): number[] {
  return Array.from({ length: vectors.length / DIMENSIONS }, (_, i) => first + i)
}

async function timedAsync<Result>(work: () => Promise<Result>): Promise<{ readonly result: Result; readonly seconds: number }> {
  const startedAt = performance.now()
  return { result: await work(), seconds: (performance.now() - startedAt) / 1000 }
}

await main()

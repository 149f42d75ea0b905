// Claim: clustering and projections are as good as scikit-learn's and take less time, on one thread and on all: k-means on rows with
// clusters and on rows without (100,000 of 16 columns), mini-batches.
// k-means++ on both sides, seeds 0 to 4 in turn; with clusters from 5 starts, since one start ends in a valley of its luck on either side.
// One thread is judged by CPU seconds, all threads by wall seconds.
// Run: node bench/learn/cluster.ts [--python PATH]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fitKMeans, type KMeansModel } from '../../src/algorithms/cluster/fit-k-means.ts'
import { fitMiniBatchKMeans } from '../../src/algorithms/cluster/fit-mini-batch-k-means.ts'
import type { DenseMatrix } from '../../src/algorithms/linear/feature-matrix.ts'
import { createThreadPool } from '../../src/platform/threads/create-thread-pool.ts'
import { shareArray } from '../../src/platform/threads/shared-arrays.ts'
import { trainKMeans } from '../../src/platform/threads/train-k-means.ts'
import { type PythonRival, startPythonRival } from '../frame/python-rival.ts'
import { type Claim, median, report } from '../frame/report.ts'

const ROUNDS = 5
const THREADS = availableParallelism()

interface Fit {
  readonly cpuSeconds: number
  readonly wallSeconds: number
  /** Less is better: inertia, reconstruction error. */
  readonly loss: number
}

interface Duel {
  readonly name: string
  readonly rows: number
  readonly columns: number
  /** How the rival draws the rows. */
  readonly kind: 'blobs' | 'noise'
  readonly threads: number
  readonly work: string
  readonly options: Readonly<Record<string, unknown>>
  readonly loss: { readonly name: string; readonly limit: number }
  readonly limit: number
  readonly ours: (x: DenseMatrix, seed: number) => Promise<number> | number
}

const pool = createThreadPool({ size: THREADS, idleTimeoutMs: 600_000 })
const inertia = { name: 'inertia', limit: 1.01 }
const kMeans = (kind: Duel['kind'], nInit: number, threads: number): Duel => ({
  name: `k-means, ${kind}, ${threads === 1 ? '1 thread' : 'all threads'}`,
  ...{ rows: 100_000, columns: 16, kind, threads, work: 'k_means', options: { k: 12, starts: nInit }, loss: inertia, limit: 1 },
  async ours(x, randomState) {
    const options = { nClusters: 12, nInit, randomState }
    const model: KMeansModel = threads === 1 ? fitKMeans(x, options) : await trainKMeans(pool, x, options)
    return model.inertia
  },
})

const DUELS: readonly Duel[] = [
  kMeans('blobs', 5, 1),
  kMeans('noise', 1, 1),
  kMeans('blobs', 5, THREADS),
  kMeans('noise', 1, THREADS),
  {
    name: 'mini-batch k-means, blobs, 1 thread',
    ...{ rows: 100_000, columns: 16, kind: 'blobs', threads: 1, work: 'mini_batch', options: { k: 12, starts: 5 } },
    ...{ loss: inertia, limit: 1 },
    ours: (x, randomState) => fitMiniBatchKMeans(x, { nClusters: 12, nInit: 5, randomState }).inertia,
  },
]

async function run(duel: Duel, rivals: ReadonlyMap<number, PythonRival>, folder: string): Promise<Claim[]> {
  const rival = rivals.get(duel.threads)!
  const path = join(folder, 'rows')
  const { kind, rows, columns } = duel
  await rival.ask('make', { path, kind, rows, columns, seed: 1 })
  const file = readFileSync(path)
  const x = { rows, columns, values: shareArray(new Float64Array(file.buffer, file.byteOffset, rows * columns)) }
  const fits = { ours: [] as Fit[], rival: [] as Fit[] }
  // The first round warms both up.
  for (let round = -1; round < ROUNDS; round++) {
    const seed = Math.max(0, round)
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    const loss = await duel.ours(x, seed)
    const wallSeconds = (performance.now() - startedAt) / 1000
    const { user, system } = process.cpuUsage(cpu)
    const theirs = await rival.ask<Fit>(duel.work, { seed, ...duel.options })
    if (round < 0) continue
    fits.ours.push({ loss, wallSeconds, cpuSeconds: (user + system) / 1e6 })
    fits.rival.push(theirs)
  }
  const against = (field: keyof Fit) => {
    const rounds = { ours: fits.ours.map((fit) => fit[field]), rival: fits.rival.map((fit) => fit[field]) }
    return { ours: median(rounds.ours), rival: median(rounds.rival), rounds }
  }
  const seconds = duel.threads === 1 ? 'cpuSeconds' : 'wallSeconds'
  return [
    { name: `${duel.name}: ${duel.loss.name}`, unit: '', limit: duel.loss.limit, bound: 'at most', ...against('loss') },
    { name: `${duel.name}: ${duel.threads === 1 ? 'CPU' : 'wall'}`, unit: 's', limit: duel.limit, bound: 'at most', ...against(seconds) },
  ]
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
  const rivals = new Map<number, PythonRival>()
  for (const threads of new Set(DUELS.map((duel) => duel.threads))) {
    rivals.set(threads, await startPythonRival('cluster_rival.py', { packages: ['sklearn'], threads }))
  }
  const claims: Claim[] = []
  for (const duel of DUELS) claims.push(...(await run(duel, rivals, folder)))
  const { versions } = [...rivals.values()][0]!
  for (const rival of rivals.values()) rival.stop()
  await pool.close()
  rmSync(folder, { recursive: true })
  const options = DUELS.map(({ name, rows, columns, threads, options }) => ({ name, rows, columns, threads, ...options }))
  report('cluster', claims, { rivals: versions, rounds: ROUNDS, duels: options })
}

await main()

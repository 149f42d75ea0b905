// Claim: clustering and projections are as good as scikit-learn's and take less time: k-means on rows with clusters and on rows without
// (100,000 of 16 columns), on one thread and on all; vectors as of texts (20,000 of 384 columns); mini-batches; Gaussian mixtures; HDBSCAN
// on 3, 10 and 16 columns; PCA of many rows, of many columns and of few rows; silhouettes; isolation forests with the scores of their rows; randomised SVD of TF-IDF rows of news (AG News, when its test.csv is there: --data PATH).
// k-means++ on both sides, seeds 0 to 4 in turn; with clusters from 5 starts, since one start ends in a valley of its luck on either side.
// One thread is judged by CPU seconds, all threads by wall seconds.
// Run: node bench/learn/cluster.ts [--python PATH] [--data PATH] [--only NAME]
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fitIsolationForest, isolationScores } from '../../src/algorithms/anomaly/isolation-forest.ts'
import { fitGaussianMixture } from '../../src/algorithms/cluster/fit-gaussian-mixture.ts'
import { fitHdbscan } from '../../src/algorithms/cluster/fit-hdbscan.ts'
import { fitKMeans, type KMeansModel } from '../../src/algorithms/cluster/fit-k-means.ts'
import { fitMiniBatchKMeans } from '../../src/algorithms/cluster/fit-mini-batch-k-means.ts'
import { fitPca } from '../../src/algorithms/cluster/fit-pca.ts'
import { fitTruncatedSvd } from '../../src/algorithms/cluster/fit-truncated-svd.ts'
import { silhouetteScore } from '../../src/algorithms/cluster/silhouette.ts'
import type { DenseMatrix } from '../../src/algorithms/linear/feature-matrix.ts'
import { type CsrMatrix, checkCsrMatrix } from '../../src/algorithms/sparse/csr-matrix.ts'
import { createThreadPool } from '../../src/platform/threads/create-thread-pool.ts'
import { shareArray } from '../../src/platform/threads/shared-arrays.ts'
import { trainKMeans } from '../../src/platform/threads/train-k-means.ts'
import { type PythonRival, startPythonRival } from '../frame/python-rival.ts'
import { type Claim, median, report } from '../frame/report.ts'

const ROUNDS = 5
const THREADS = availableParallelism()
const flag = process.argv.indexOf('--data')
const DATA = flag > 0 ? process.argv[flag + 1]! : fileURLToPath(new URL('../../../shared/data/ag-news/test.csv', import.meta.url))
const NONE: CsrMatrix = { rows: 0, columns: 0, starts: new Int32Array(1), indices: new Int32Array(0), values: new Float64Array(0) }

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
  /** How the rival draws the rows; `texts` makes sparse ones of a file. */
  readonly kind: 'blobs' | 'vectors' | 'noise' | 'dense blobs' | 'fading' | 'texts'
  readonly threads: number
  readonly work: string
  /** Fits to a round, where one is over too soon to be measured. */
  readonly fits?: number
  readonly options: Readonly<Record<string, unknown>>
  readonly loss: { readonly name: string; readonly limit: number }
  readonly limit: number
  readonly ours: (x: DenseMatrix, seed: number, sparse: CsrMatrix) => Promise<number> | number
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

const vectors = (name: string, work: string, cluster: (x: DenseMatrix, seed: number) => KMeansModel): Duel => ({
  name: `${name}, vectors of 384 numbers, 50 clusters, 1 thread`,
  ...{ rows: 20_000, columns: 384, kind: 'vectors', threads: 1, work, options: { k: 50, starts: 1 }, loss: inertia, limit: 1 },
  ours: (x, seed) => cluster(x, seed).inertia,
})

const mixture = (covarianceType: 'full' | 'diag'): Duel => ({
  name: `Gaussian mixture, ${covarianceType}, 10 steps, 1 thread`,
  ...{ rows: 100_000, columns: 16, kind: 'blobs', threads: 1, work: 'mixture', options: { k: 12, covariance: covarianceType } },
  ...{ loss: { name: '-log-likelihood', limit: 1.01 }, limit: 1 },
  ours: (x, randomState) => -fitGaussianMixture(x, { nComponents: 12, covarianceType, maxIter: 10, tol: 0, randomState }).logLikelihood,
})

const hdbscan = (rows: number, columns: number): Duel => ({
  name: `HDBSCAN, ${rows} x ${columns}, 1 thread`,
  ...{ rows, columns, kind: 'dense blobs', threads: 1, work: 'hdbscan', options: { fewest: 50 } },
  // One more, since there may be none.
  ...{ loss: { name: 'rows of noise, and one', limit: 1 }, limit: 1 },
  ours: (x) => 1 + fitHdbscan(x, { minClusterSize: 50 }).labels.filter((label) => label === -1).length,
})

const pca = (rows: number, columns: number, k: number, fits: number, limit: number): Duel => ({
  name: `PCA, ${rows} x ${columns}, ${k === Math.min(rows, columns) ? 'all' : k} components, 1 thread${fits === 1 ? '' : `, ${fits} fits`}`,
  ...{ rows, columns, kind: 'fading', threads: 1, work: 'pca', options: { k, fits }, fits, limit },
  loss: { name: 'share left by half of them', limit: 1.000001 },
  ours(x) {
    const { explainedVarianceRatio } = fitPca(x, { nComponents: k })
    return 1 - explainedVarianceRatio.subarray(0, k >> 1).reduce((sum, share) => sum + share, 0)
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
  vectors('k-means', 'k_means', (x, randomState) => fitKMeans(x, { nClusters: 50, randomState })),
  vectors('mini-batch k-means', 'mini_batch', (x, randomState) => fitMiniBatchKMeans(x, { nClusters: 50, randomState })),
  mixture('full'),
  mixture('diag'),
  hdbscan(20_000, 3),
  hdbscan(10_000, 10),
  hdbscan(10_000, 16),
  pca(2000, 384, 384, 5, 1),
  pca(2000, 384, 32, 5, 1),
  pca(10, 256, 10, 200, 1),
  // The products of all pairs of columns take nearly all of the time, and 128-bit vectors have half the lanes of the rival's library.
  pca(20_000, 64, 64, 10, 1.5),
  pca(50_000, 384, 32, 1, 2.25),
  {
    name: 'silhouette, 1 thread',
    ...{ rows: 10_000, columns: 16, kind: 'blobs', threads: 1, work: 'silhouette', options: {} },
    ...{ loss: { name: '1 - silhouette', limit: 1.000001 }, limit: 1 },
    ours: (x) => 1 - silhouetteScore(x, octants(x)),
  },
  {
    name: 'isolation forest and scores of 100,000 rows, 1 thread',
    ...{ rows: 100_000, columns: 16, kind: 'blobs', threads: 1, work: 'isolation', options: {} },
    // Of other random trees on either side.
    ...{ loss: { name: 'mean score', limit: 1.02 }, limit: 1.25 },
    ours(x, randomState) {
      const scores = isolationScores(fitIsolationForest(x, { randomState }), x)
      return scores.reduce((sum, score) => sum + score, 0) / scores.length
    },
  },
  {
    name: 'truncated SVD of TF-IDF, 100 components, 1 thread',
    ...{ rows: 0, columns: 0, kind: 'texts', threads: 1, work: 'svd', options: { k: 100 } },
    ...{ loss: { name: 'squares left out', limit: 1.01 }, limit: 1 },
    ours(_, randomState, x) {
      const { singularValues } = fitTruncatedSvd(x, { nComponents: 100, randomState })
      const total = x.values.reduce((sum, value) => sum + value ** 2, 0)
      return total - singularValues.reduce((sum, value) => sum + value ** 2, 0)
    },
  },
]

/** Eight clusters, by the signs of the first three columns, as the rival draws them. */
function octants({ rows, columns, values }: DenseMatrix): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) =>
    [0, 1, 2].reduce((label, column) => label + (values[row * columns + column]! > 0 ? 1 << column : 0), 0),
  )
}

async function run(duel: Duel, rivals: ReadonlyMap<number, PythonRival>, folder: string): Promise<Claim[]> {
  const rival = rivals.get(duel.threads)!
  const path = join(folder, 'rows')
  const { kind, rows, columns } = duel
  const made = await rival.ask<{ rows: number; columns: number }>('make', { path, kind, rows, columns, seed: 1, data: DATA })
  const x = { rows, columns, values: shareArray(kind === 'texts' ? new Float64Array(0) : new Float64Array(bytesOf(path))) }
  const sparse = kind === 'texts' ? readSparse(path, made) : NONE
  const fits = { ours: [] as Fit[], rival: [] as Fit[] }
  // The first round warms both up.
  for (let round = -1; round < ROUNDS; round++) {
    const seed = Math.max(0, round)
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    let loss = 0
    for (let fit = 0; fit < (duel.fits ?? 1); fit++) loss = await duel.ours(x, seed, sparse)
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

function bytesOf(path: string): ArrayBuffer {
  const { buffer, byteOffset, length } = readFileSync(path)
  return (buffer as ArrayBuffer).slice(byteOffset, byteOffset + length)
}

function readSparse(path: string, { rows, columns }: { rows: number; columns: number }): CsrMatrix {
  const [starts, indices] = ['starts', 'indices'].map((part) => new Int32Array(bytesOf(`${path}.${part}`))) as [Int32Array, Int32Array]
  const x = { rows, columns, starts, indices, values: new Float64Array(bytesOf(`${path}.values`)) }
  checkCsrMatrix(x)
  return x
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
  const rivals = new Map<number, PythonRival>()
  for (const threads of new Set(DUELS.map((duel) => duel.threads))) {
    rivals.set(threads, await startPythonRival('cluster_rival.py', { packages: ['sklearn'], threads }))
  }
  const claims: Claim[] = []
  const only = process.argv.indexOf('--only')
  const duels = DUELS.filter(({ name }) => only === -1 || name.includes(process.argv[only + 1]!))
  for (const duel of duels) {
    if (duel.kind === 'texts' && !existsSync(DATA)) console.log(`Skipped: ${duel.name}; ${DATA} is not there.`)
    else claims.push(...(await run(duel, rivals, folder)))
  }
  const { versions } = [...rivals.values()][0]!
  for (const rival of rivals.values()) rival.stop()
  await pool.close()
  rmSync(folder, { recursive: true })
  const options = duels.map(({ name, rows, columns, threads, options }) => ({ name, rows, columns, threads, ...options }))
  report('cluster', claims, { rivals: versions, rounds: ROUNDS, duels: options })
}

await main()

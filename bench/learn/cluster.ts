// Claim: k-means on 100,000 rows of 16 columns is within 1 % of scikit-learn's inertia and takes at most its CPU seconds, on rows with
// clusters and on rows without; k-means++ on both sides, one thread, seeds 0 to 4 in turn. With clusters from 5 starts, since one start
// ends in a valley of its luck on either side.
// Run: node bench/learn/cluster.ts [--python PATH]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fitKMeans } from '../../src/algorithms/cluster/fit-k-means.ts'
import { startPythonRival, timed } from '../frame/python-rival.ts'
import { type Claim, median, report } from '../frame/report.ts'

const SIZE = { rows: 100_000, columns: 16 }
const ROUNDS = 5
const CLUSTERS = 12
const KINDS = [
  { kind: 'blobs', starts: 5 },
  { kind: 'noise', starts: 1 },
]

interface Fit {
  readonly cpuSeconds: number
  readonly inertia: number
  readonly iterations: number
}

async function main(): Promise<void> {
  const rival = await startPythonRival('cluster_rival.py', { packages: ['sklearn'] })
  const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
  const claims: Claim[] = []
  const iterations: Record<string, unknown> = {}
  for (const { kind, starts } of KINDS) {
    const path = join(folder, kind)
    await rival.ask('make', { path, kind, seed: 1, ...SIZE })
    const file = readFileSync(path)
    const values = new Float64Array(file.buffer, file.byteOffset, SIZE.rows * SIZE.columns)
    const fits = { ours: [] as Fit[], rival: [] as Fit[] }
    for (let seed = 0; seed < ROUNDS; seed++) {
      const { result, cpuSeconds } = timed(() => fitKMeans({ ...SIZE, values }, { nClusters: CLUSTERS, nInit: starts, randomState: seed }))
      fits.ours.push({ cpuSeconds, inertia: result.inertia, iterations: result.nIterations })
      fits.rival.push(await rival.ask<Fit>('fit', { k: CLUSTERS, seed, starts }))
    }
    const against = (name: 'cpuSeconds' | 'inertia') => {
      const rounds = { ours: fits.ours.map((fit) => fit[name]), rival: fits.rival.map((fit) => fit[name]) }
      return { ours: median(rounds.ours), rival: median(rounds.rival), rounds }
    }
    claims.push({ name: `${kind}: inertia`, unit: '', limit: 1.01, bound: 'at most', ...against('inertia') })
    claims.push({ name: `${kind}: training, CPU`, unit: 's', limit: 1, bound: 'at most', ...against('cpuSeconds') })
    iterations[kind] = { ours: fits.ours.map((fit) => fit.iterations), rival: fits.rival.map((fit) => fit.iterations) }
  }
  rival.stop()
  rmSync(folder, { recursive: true })
  report('cluster', claims, { rivals: rival.versions, ...SIZE, clusters: CLUSTERS, rounds: ROUNDS, iterations })
}

await main()

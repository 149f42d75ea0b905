// Our side of a duel, in a process of its own so that its memory is its own. Usage as contender.py: KIND SET THREADS FOLDER TREES.
// `built-contender.ts` makes it run on what a user installs.

import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { decodeEnsemble, encodeEnsemble } from '../../src/algorithms/format/ensemble-file.ts'
import type { BoostingOptions } from '../../src/algorithms/tree/boosting-options.ts'
import type { TreeEnsemble } from '../../src/algorithms/tree/ensemble.ts'
import { fitBoostedTrees } from '../../src/algorithms/tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../../src/algorithms/tree/fit-random-forest.ts'
import type { ForestOptions } from '../../src/algorithms/tree/forest-options.ts'
import { predictRow, predictRows } from '../../src/algorithms/tree/predict.ts'
import type { TrainingSet } from '../../src/algorithms/tree/training-set.ts'
import { sha256 } from '../../src/platform/storage/sha256.ts'

const FOREST = { maxDepth: 10, minSamplesSplit: 5 }
/** What the monitor records is the time between two of its ticks, not how late one came. */
const RESOLUTION_MS = 2
const BOOSTING = { maxLeaves: 31, learningRate: 0.1 }

async function main(kind: string, name: string, threads: number, folder: string, nEstimators: number): Promise<void> {
  const { test, ...set } = read(folder, name)
  const pool = threads > 1 ? await startPool(threads) : undefined
  const train = async (): Promise<TreeEnsemble> => {
    const boosting = { ...BOOSTING, nEstimators }
    if (kind === 'boosting') return pool ? pool.trainBoosting(set, boosting) : fitBoostedTrees(set, boosting)
    const forest = { ...FOREST, nEstimators }
    return pool ? pool.trainForest(set, forest) : fitRandomForest(set, forest)
  }
  let model: TreeEnsemble | undefined
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'fit') {
      const cpu = process.cpuUsage()
      const wall = performance.now()
      delay.enable()
      model = await train()
      delay.disable()
      const used = process.cpuUsage(cpu)
      answer({ wall: (performance.now() - wall) / 1000, cpu: (used.user + used.system) / 1e6 })
    } else {
      const rssMb = peakMb()
      const version = `tandem, node ${process.version}`
      answer({
        name: version,
        rssMb,
        ...served(model!, folder, test),
        eventLoopP99Ms: pool ? Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS) : undefined,
      })
      await pool?.close()
      return
    }
  }
}

/** Loaded where it is used, as by a program that trains on its own thread. */
async function startPool(size: number) {
  const { createThreadPool } = await import('../../src/platform/threads/create-thread-pool.ts')
  const { trainBoosting } = await import('../../src/platform/threads/train-boosting.ts')
  const { trainForest } = await import('../../src/platform/threads/train-forest.ts')
  const pool = createThreadPool({ size, idleTimeoutMs: 600_000 })
  return {
    trainBoosting: (set: TrainingSet, options: BoostingOptions) => trainBoosting(pool, set, options),
    trainForest: (set: TrainingSet, options: ForestOptions) => trainForest(pool, set, options),
    close: () => pool.close(),
  }
}

/** Of this program alone: what the system counts for a process begins with the size of who started it. */
function peakMb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024
}

interface Served {
  /** Microseconds of each call. */
  readonly one: readonly number[]
  /** Rows a CPU second, of each pass. */
  readonly batch: readonly number[]
  readonly fileBytes: number
  readonly nodes: number
  /** CPU milliseconds of each reading. */
  readonly loadMs: readonly number[]
  readonly bytesPerCall: number
}

const CALLS = 200_000

function served(model: TreeEnsemble, folder: string, name: string): Served {
  const test = read(folder, name)
  const p = predictRows(model, test.x, test.rows)
  writeFileSync(join(folder, 'ours.p'), p)
  const rates = [0, 1, 2, 3].map(() => {
    const cpu = process.cpuUsage()
    predictRows(model, test.x, test.rows)
    const used = process.cpuUsage(cpu)
    return test.rows / ((used.user + used.system) / 1e6)
  })
  const out = new Float64Array(model.nClasses)
  const times: number[] = []
  for (let i = 0; i < 20_000; i++) {
    const started = performance.now()
    predictRow(model, test.x, (i % test.rows) * test.features, out)
    if (i >= 5000) times.push((performance.now() - started) * 1000)
  }
  // A collection would take away what was allocated: these calls stay below what starts one.
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < CALLS; i++) predictRow(model, test.x, (i % test.rows) * test.features, out)
  const bytesPerCall = Math.max(0, process.memoryUsage().heapUsed - before) / CALLS
  const file = encodeEnsemble(model)
  const loads = Array.from({ length: 50 }, () => {
    const started = process.cpuUsage()
    decodeEnsemble(file, { sha256 })
    const { user, system } = process.cpuUsage(started)
    return (user + system) / 1000
  })
  return {
    ...{ one: times, batch: rates, bytesPerCall },
    ...{ fileBytes: file.length, nodes: model.feature.length, loadMs: loads },
  }
}

function read(folder: string, name: string): TrainingSet & { readonly test: string } {
  const file = join(folder, name)
  const { rows, features, classes, test } = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as Record<
    'rows' | 'features' | 'classes',
    number
  > & {
    test: string
  }
  const shared = (bytes: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(bytes))
  const [x, y] = [shared(rows * features * 4), shared(rows)]
  fill(`${file}.x`, x)
  fill(`${file}.y`, y)
  return { x: new Float32Array(x.buffer), y, rows, features, classes, test }
}

/** Reads a file to where its numbers are wanted: as little stands twice as with numpy's fromfile. */
function fill(file: string, bytes: Uint8Array): void {
  const open = openSync(file, 'r')
  for (let at = 0; at < bytes.length; ) {
    const read = readSync(open, bytes, at, Math.min(bytes.length - at, 2 ** 24), at)
    if (read === 0) throw new Error(`${file} ends after ${at} of ${bytes.length} bytes.`)
    at += read
  }
  closeSync(open)
}

function answer(fields: object): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`)
}

await main(process.argv[2]!, process.argv[3]!, Number(process.argv[4]), process.argv[5]!, Number(process.argv[6] ?? 100))

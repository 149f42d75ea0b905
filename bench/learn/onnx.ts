// Claim: our trees predict one row in at most half the time of onnxruntime-node with the same trees as an ONNX model, and a batch at twice
// its rate, with the same probabilities within 1e-5; one thread.
// Forest of 100 trees of depth 10 and boosted trees of 100 x 31 leaves, 10,000 rows x 19, by turns.
// Run: node bench/learn/onnx.ts

import { createRequire } from 'node:module'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { exportOnnx } from '../../src/algorithms/format/export-onnx.ts'
import { createRng } from '../../src/algorithms/math/rng.ts'
import { fitBoostedTrees } from '../../src/algorithms/tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../../src/algorithms/tree/fit-random-forest.ts'
import { predictRow, predictRows } from '../../src/algorithms/tree/predict.ts'
import { type Claim, median, report } from '../frame/report.ts'

const ROUNDS = 5
const CALLS = 2000
const [rows, features] = [10_000, 19]
const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }

const rng = createRng(7)
const x = Float32Array.from({ length: rows * features }, () => rng.next())
const y = Float64Array.from({ length: rows }, (_, i) => {
  const [a, b, c, d] = x.subarray(i * features)
  return a! + b! * c! - d! + (rng.next() - 0.5) / 2 > 0.25 ? 1 : 0
})
const set = { x, y, rows, features, classes: 2 }
const models = {
  forest: fitRandomForest(set, { maxDepth: 10, minSamplesSplit: 5 }),
  boosting: fitBoostedTrees(set, { maxLeaves: 31, learningRate: 0.1 }),
}

/** Median microseconds of single calls. */
async function timed(call: (row: number) => unknown): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < CALLS; i++) {
    const started = performance.now()
    await call(i)
    times.push((performance.now() - started) * 1000)
  }
  return median(times)
}

/** Rows a CPU second. */
async function rate(call: () => unknown): Promise<number> {
  const started = process.cpuUsage()
  await call()
  const { user, system } = process.cpuUsage(started)
  return rows / ((user + system) / 1e6)
}

const claims: Claim[] = []
for (const [kind, model] of Object.entries(models)) {
  const session = await InferenceSession.create(exportOnnx(model), { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const run = (values: Float32Array, n: number) => session.run({ x: new Tensor('float32', values, [n, features]) }, ['probabilities'])
  const all = predictRows(model, x, rows)
  const theirs = (await run(x, rows)).probabilities!.data as Float32Array
  const apart = all.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0)
  const out = new Float64Array(2)
  const one = { ours: [] as number[], rival: [] as number[] }
  const batch = { ours: [] as number[], rival: [] as number[] }
  // Two rounds to warm up.
  for (let round = -2; round < ROUNDS; round++) {
    const row = (i: number): Float32Array => x.subarray(i * features, (i + 1) * features)
    const found = [await timed((i) => predictRow(model, x, i * features, out)), await timed((i) => run(row(i), 1))]
    const rates = [await rate(() => predictRows(model, x, rows)), await rate(() => run(x, rows))]
    if (round < 0) continue
    one.ours.push(found[0]!)
    one.rival.push(found[1]!)
    batch.ours.push(rates[0]!)
    batch.rival.push(rates[1]!)
  }
  const beside = `${kind} beside onnxruntime-node`
  const [oneRow, many] = [one, batch].map(({ ours, rival }) => ({ ours: median(ours), rival: median(rival), rounds: { ours, rival } }))
  claims.push(
    { name: `one row p50, ${beside}`, ...oneRow!, unit: 'us', bound: 'at most', limit: 0.5 },
    { name: `batch, ${beside}`, ...many!, unit: 'rows/s', bound: 'at least', limit: 2 },
    { name: `probabilities apart, ${beside}`, ours: apart, unit: '', bound: 'at most', limit: 1e-5 },
  )
}
report('onnx', claims, { rivals: { 'onnxruntime-node': version }, seed: 7, trees: 100 })

import { createHash } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { fitKMeans } from '../../algorithms/cluster/fit-k-means.ts'
import { createRng } from '../../algorithms/math/rng.ts'
import type { TreeEnsemble } from '../../algorithms/tree/ensemble.ts'
import { fitBoostedTrees } from '../../algorithms/tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../../algorithms/tree/fit-random-forest.ts'
import { discreteSet } from '../../algorithms/tree/testing/sets.ts'
import type { TrainingSet } from '../../algorithms/tree/training-set.ts'
import { TandemError } from '../../errors.ts'
import { createThreadPool } from './create-thread-pool.ts'
import type { ThreadPool } from './pool.ts'
import { createSharedTrainingSet, shareArray, shareFields } from './shared-arrays.ts'
import { keepHeap, takeHeap } from './spare-heap.ts'
import { trainBoosting } from './train-boosting.ts'
import { trainForest } from './train-forest.ts'
import { trainKMeans } from './train-k-means.ts'

const pools: ThreadPool[] = []
const unruly = new URL('./testing/unruly-worker.ts', import.meta.url)

function pool(options: Parameters<typeof createThreadPool>[0]): ThreadPool {
  const made = createThreadPool(options)
  pools.push(made)
  return made
}

afterAll(async () => {
  await Promise.all(pools.map((made) => made.close()))
})

/** Two noisy features of `features` decide the class. */
function table(rows: number, features: number): TrainingSet {
  const set = createSharedTrainingSet(rows, features, 2)
  const rng = createRng(11)
  for (let i = 0; i < set.x.length; i++) set.x[i] = rng.next()
  for (let i = 0; i < rows; i++) set.y[i] = set.x[i * features]! + set.x[i * features + 1]! + rng.next() > 1.5 ? 1 : 0
  return set
}

function sha256(ensemble: TreeEnsemble): string {
  const hash = createHash('sha256')
  for (const field of Object.values(ensemble)) hash.update(ArrayBuffer.isView(field) ? (field as Uint8Array) : String(field))
  return hash.digest('hex')
}

describe('trainForest', () => {
  test.each([2, 7])('grows the same forest of %i classes on 1, 2 and 4 threads and on none', async (classes) => {
    const two = table(6000, 10)
    const set = { ...two, classes, y: two.y.map((_, i) => Math.min(classes - 1, Math.floor(two.x[i * 10]! * classes))) }
    const options = { nEstimators: 21, maxDepth: 8, randomState: 5 }
    const expected = sha256(fitRandomForest(set, options))
    for (const size of [1, 2, 4]) {
      const shares: number[] = []
      const threads = pool({ size })
      const forest = await trainForest(threads, set, options, { onProgress: (share) => shares.push(share) })
      expect(sha256(forest)).toBe(expected)
      expect(sha256(await trainForest(threads, set, { ...options, engine: 'typescript' }))).toBe(expected)
      expect(shares.at(-1)).toBeCloseTo(1, 12)
      await threads.close()
    }
  })

  test('passes on why a set cannot be learned from', async () => {
    const set = { ...table(100, 3), y: new Float64Array(100) }
    await expect(trainForest(pool({ size: 2 }), set)).rejects.toMatchObject({ code: 'too_few_classes' })
    const shape = { ...table(30_000, 3), y: new Float64Array(7) }
    const failed: unknown = await trainForest(pool({ size: 2 }), shape).catch((error: unknown) => error)
    expect(TandemError.is(failed)).toBe(true)
    expect(failed).toMatchObject({ code: 'shape_mismatch', message: expect.stringContaining('7 targets for 30000 rows') })
  })

  // bench/learn/cancel.ts measures how soon.
  test('stops when canceled, with most trees not grown, and leaves the threads ready', async () => {
    const threads = pool({ size: 2 })
    const stop = new AbortController()
    let grown = 0
    const training = trainForest(
      threads,
      table(40_000, 20),
      { nEstimators: 5000 },
      {
        signal: stop.signal,
        onProgress: (fraction) => {
          grown = fraction
          stop.abort()
        },
      },
    )
    await expect(training).rejects.toMatchObject({ code: 'canceled' })
    expect(grown).toBeLessThan(0.5)
    const small = await trainForest(threads, table(50, 3), { nEstimators: 3 })
    expect(small.nTrees).toBe(3)
  })
})

describe('trainBoosting', () => {
  test.each([2, 3, 0])(
    'boosts the same trees on 1, 2 and 4 threads and on none, with and without WebAssembly, %i classes',
    async (classes) => {
      const two = table(9000, 6)
      const y =
        classes === 2 ? two.y : two.y.map((_, i) => (classes === 3 ? Math.floor(two.x[i * 6]! * 3) : two.x[i * 6]! * 5 - two.x[i * 6 + 1]!))
      const set = { ...two, y, classes }
      const options = { nEstimators: 3, randomState: 5 }
      const expected = sha256(fitBoostedTrees(set, options))
      expect(sha256(fitBoostedTrees(set, { ...options, engine: 'typescript' }))).toBe(expected)
      for (const size of [1, 2, 4]) {
        const shares: number[] = []
        const threads = pool({ size })
        const watch = { onProgress: (share: number) => void shares.push(share) }
        expect(sha256(await trainBoosting(threads, set, options, watch))).toBe(expected)
        expect(sha256(await trainBoosting(threads, set, { ...options, engine: 'typescript' }))).toBe(expected)
        expect(shares.at(-1)).toBe(1)
        await threads.close()
      }
    },
  )

  test('boosts the same trees of bundled columns on 1, 2 and 4 threads and on none', async () => {
    const set = discreteSet(9000, 2, 3)
    const options = { nEstimators: 3, minSamplesLeaf: 3 }
    const expected = sha256(fitBoostedTrees(set, options))
    for (const size of [1, 2, 4]) {
      const threads = pool({ size })
      expect(sha256(await trainBoosting(threads, set, options))).toBe(expected)
      await threads.close()
    }
  })

  test('parts the rows of large nodes together', async () => {
    const set = table(140_000, 4)
    const options = { nEstimators: 2, maxLeaves: 8 }
    expect(sha256(await trainBoosting(pool({ size: 3 }), set, options))).toBe(sha256(fitBoostedTrees(set, options)))
  })

  test.each([1, 2])('takes the memory of the training before, and learns nothing from what is left in it, on %i threads', async (size) => {
    const threads = pool({ size })
    const set = table(20_000, 6)
    const gaps = { ...set, x: shareArray(set.x.map((value, i) => (i % 7 === 0 ? Number.NaN : value))) }
    const options = { nEstimators: 5, maxLeaves: 8 }
    await trainBoosting(threads, gaps, options)
    const left = takeHeap(1)
    expect(left.isUsed).toBe(false)
    await trainBoosting(threads, gaps, options)
    expect(sha256(await trainBoosting(threads, set, options))).toBe(sha256(fitBoostedTrees(set, options)))
    keepHeap(left.heap)
    expect(takeHeap(left.heap.buffer.byteLength)).toEqual({ heap: left.heap, isUsed: true })
  })

  test('passes on why a set cannot be learned from, and leaves the threads ready', async () => {
    const threads = pool({ size: 2 })
    const set = { ...table(10_000, 3), y: new Float64Array(10_000) }
    await expect(trainBoosting(threads, set)).rejects.toMatchObject({ code: 'too_few_classes' })
    await expect(trainBoosting(threads, { ...set, y: new Float64Array(7) })).rejects.toMatchObject({ code: 'shape_mismatch' })
    expect((await trainBoosting(threads, table(10_000, 3), { nEstimators: 2 })).nTrees).toBe(2)
  })

  test('stops when canceled, also while the pool has no thread for a follower', async () => {
    const threads = pool({ size: 2 })
    const held = new AbortController()
    const busy = trainForest(threads, table(500, 3), { nEstimators: 100_000 }, { signal: held.signal })
    for (let round = 0; round < 2; round++) {
      const stop = new AbortController()
      const training = trainBoosting(threads, table(40_000, 20), { nEstimators: 2000, maxLeaves: 200 }, { signal: stop.signal })
      await new Promise((resolve) => setTimeout(resolve, 400))
      stop.abort()
      await expect(training).rejects.toMatchObject({ code: 'canceled' })
      held.abort()
      await expect(busy).rejects.toMatchObject({ code: 'canceled' })
    }
  })
})

describe('trainKMeans', () => {
  test('finds the same clusters on 1 to 4 threads and on none, refuses by the same codes and stops when canceled', async () => {
    const rng = createRng(3)
    const x = { rows: 40_000, columns: 3, values: Float32Array.from({ length: 120_000 }, () => rng.next()) }
    const options = { nClusters: 7, nInit: 2, maxIter: 12, randomState: 5 }
    const expected = fitKMeans(x, options)
    for (const size of [1, 2, 4]) {
      const shares: number[] = []
      expect(await trainKMeans(pool({ size }), x, options, { onProgress: (share) => void shares.push(share) })).toEqual(expected)
      expect(shares).toEqual([0.5, 1])
    }
    // So many columns that rows are looked at by 16 bits first.
    const wide = { rows: 5000, columns: 40, values: Float32Array.from({ length: 200_000 }, () => rng.next()) }
    const wideModel = fitKMeans(wide, options)
    for (const size of [1, 2, 4]) expect(await trainKMeans(pool({ size }), wide, options)).toEqual(wideModel)
    const threads = pool({ size: 2 })
    await expect(trainKMeans(threads, { ...x, values: x.values.map(() => Number.NaN) })).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(trainKMeans(threads, { ...x, rows: 7 })).rejects.toMatchObject({ code: 'shape_mismatch' })
    const stop = new AbortController()
    const fitting = trainKMeans(threads, x, { nClusters: 100, nInit: 10_000 }, { signal: stop.signal })
    await new Promise((resolve) => setTimeout(resolve, 200))
    stop.abort()
    await expect(fitting).rejects.toMatchObject({ code: 'canceled' })
  })
})

describe('ThreadPool', () => {
  test('fits boosted trees with the bytes of the calling thread', async () => {
    const set = table(2000, 6)
    const remote = await pool({ size: 1 }).run<TreeEnsemble>('fit-boosted-trees', { set, options: { nEstimators: 10 } })
    expect(sha256(remote)).toBe(sha256(fitBoostedTrees(set, { nEstimators: 10 })))
  })

  test('cancels a boosting in the middle of a tree', async () => {
    const stop = new AbortController()
    const training = pool({ size: 1 }).run(
      'fit-boosted-trees',
      { set: table(60_000, 30), options: { nEstimators: 1, maxLeaves: 60_000, minSamplesLeaf: 1 } },
      { signal: stop.signal },
    )
    setTimeout(() => stop.abort(), 400)
    await expect(training).rejects.toMatchObject({ code: 'canceled' })
  })

  test('rejects the task of a thread that dies, tells of it, and replaces the thread', async () => {
    const told: TandemError[] = []
    const threads = pool({ size: 1, program: unruly, onError: (error) => told.push(error) })
    await expect(threads.run('die', 0)).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('exit status 3') })
    await expect(threads.run('explode', 0)).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('out of nowhere') })
    expect(await threads.run('echo', { a: 1 })).toEqual({ a: 1 })
    expect(told.length).toBe(2)
  })

  test('keeps the thread of a task that throws', async () => {
    const told: TandemError[] = []
    const threads = pool({ size: 1, program: unruly, onError: (error) => told.push(error) })
    await expect(threads.run('fail', 0)).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('a plain mistake') })
    await expect(threads.run('unclonable', 0)).rejects.toMatchObject({ code: 'internal' })
    await expect(threads.run('echo', () => 1)).rejects.toMatchObject({ code: 'internal' })
    await expect(threads.run('nothing', 0)).rejects.toMatchObject({ message: expect.stringContaining('no task "nothing"') })
    expect(await threads.run('echo', 'still here')).toBe('still here')
    expect(told).toEqual([])
  })

  test('rejects a canceled task at once while it waits, and before its thread ends when it does not listen', async () => {
    const threads = pool({ size: 1, program: unruly })
    const [first, second] = [new AbortController(), new AbortController()]
    const stuck = threads.run('ignore', 0, { signal: first.signal })
    const waiting = threads.run('echo', 1, { signal: second.signal })
    second.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'canceled' })
    first.abort()
    const order: string[] = []
    const stuckEnds = stuck.catch(({ code }) => void order.push(code))
    // The deaf thread is killed after 2 s and another takes over.
    expect(await threads.run('echo', 2).finally(() => order.push('the next'))).toBe(2)
    await stuckEnds
    expect(order).toEqual(['canceled', 'the next'])
    await expect(threads.run('echo', 3, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' })
  })

  test('close stops what runs and what waits, and refuses more', async () => {
    const threads = createThreadPool({ size: 1, program: unruly })
    const running = threads.run('obey', 0).catch((error: TandemError) => error.code)
    const waiting = threads.run('echo', 0).catch((error: TandemError) => error.code)
    await threads.close()
    expect(await waiting).toBe('canceled')
    expect(['stopped', 'canceled']).toContain(await running)
    await expect(threads.run('echo', 0)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('lets idle threads end', async () => {
    const threads = pool({ size: 2, program: unruly, idleTimeoutMs: 30 })
    const first = await threads.run('thread', 0)
    expect(await threads.run('thread', 0)).toBe(first)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await threads.run('thread', 0)).not.toBe(first)
  })

  test('moves arrays back and shares what is on shared memory', async () => {
    const threads = pool({ size: 1, program: unruly })
    const shared = shareArray(Float32Array.of(1, 2, 3))
    const back = await threads.run<Float32Array>('echo', shared)
    back[0] = 9
    expect(shared[0]).toBe(9)
    expect(shareArray(shared)).toBe(shared)
    const moved = new Float64Array([4])
    expect(await threads.run('echo', { moved }, { transfer: [moved.buffer] })).toEqual({ moved: Float64Array.of(4) })
    expect(moved.length).toBe(0)
    const fields = shareFields({ a: Uint8Array.of(1), b: 'text', c: undefined })
    expect(fields.a.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect({ b: fields.b, c: fields.c }).toEqual({ b: 'text', c: undefined })
  })
})

import { describe, expect, test } from 'vitest'
import { createHeap, createHeapLayout, viewsOf } from './heap.ts'
import { kernelsOn } from './kernels.ts'
import { createRng } from './rng.ts'

const [ROWS, K] = [23, 5]

/** Everything the kernels of short rows write, from one seed. */
function bytesOf(engine: 'auto' | 'typescript', stride: number): { readonly answers: readonly number[]; readonly bytes: Uint8Array } {
  const words = Math.ceil(stride / 8) * 8
  const layout = createHeapLayout()
  const { take } = layout
  const input = { x: take(ROWS * stride * 8), centers: take((K + 1) * stride * 8), mean: take(stride * 8), list: take(ROWS * 4) }
  const at = {
    short: take(ROWS * words * 2),
    about: take(ROWS * 32),
    shortCenters: take((K + 1) * words * 2),
    aboutCenters: take((K + 1) * 32),
    sums: take(K * stride * 8),
    shortSums: take(K * words * 8),
    counts: take(K * 8),
    potential: take(ROWS * 8 + 64),
    pairs: take(16),
    trialCounts: take(K * 4),
    lists: take(K * 256),
  }
  const found = { out: take(32), found: take(128), nearest: take(256), second: take(256), open: take(128) }
  const heap = createHeap(layout.bytes, engine)
  const { u8, u32, i32, f64 } = viewsOf(heap)
  const kernels = kernelsOn(heap)
  const rng = createRng(stride)
  for (let i = 0; i < ROWS * stride; i++) f64[(input.x >>> 3) + i] = (rng.next() - 0.5) * 10 ** (i % 5)
  for (let i = 0; i < K * stride; i++) f64[(input.centers >>> 3) + i] = f64[(input.x >>> 3) + i]! * 0.9 + rng.next() / 100
  for (let i = 0; i < stride; i++) f64[(input.mean >>> 3) + i] = rng.next()
  // One row is the mean, one as good as the mean, and the last ones are out of line.
  f64.copyWithin((input.x >>> 3) + 2 * stride, input.mean >>> 3, (input.mean >>> 3) + stride)
  f64.fill(0, (input.x >>> 3) + 3 * stride, (input.x >>> 3) + 4 * stride)
  for (let i = 0; i < ROWS; i++) u32[(input.list >>> 2) + i] = i < 19 ? i : ROWS + 18 - i
  for (let i = 0; i < ROWS; i++) f64[(at.potential >>> 3) + i] = i % 3 === 0 ? Number.POSITIVE_INFINITY : 10 ** (i % 10)

  kernels.shortenRows(input.x, stride, ROWS, input.mean, 32_000, words, at.short, at.about)
  kernels.shortenRows(input.centers, stride, K, input.mean, 65_000, words, at.shortCenters, at.aboutCenters)
  const [short, centers] = [[at.short, words] as const, [at.shortCenters, K, at.aboutCenters, 1e-4, found.out] as const]
  const results = [found.found, found.nearest, found.second, found.open] as const
  const open = kernels.nearShortCenters(...short, input.list, ROWS, at.about, ...centers, ...results)
  const kept = [...i32.slice(found.found >>> 2, (found.found >>> 2) + ROWS), ...u32.slice(found.open >>> 2, (found.open >>> 2) + open)]
  for (const place of [found.nearest, found.second]) kept.push(...f64.slice(place >>> 3, (place >>> 3) + ROWS))
  kernels.addRows(input.x, stride, input.list, ROWS, found.found, at.sums, at.counts)
  kernels.addShortRows(...short, at.about, input.list, ROWS, found.found, at.shortSums, at.counts)
  const [trials, counts] = [
    [at.shortCenters, K - 2, at.aboutCenters, 1e-4, at.potential, found.out] as const,
    [256, at.trialCounts] as const,
  ]
  kernels.shortTrials(...short, ROWS, at.about, ...trials, at.lists, ...counts)
  kernels.lessenValues(input.x, stride, input.list, ROWS - 2, input.centers + 8 * stride, at.potential)
  kernels.pairSums(at.potential, ROWS, at.pairs)
  return { answers: [open, ...kept], bytes: u8.slice(at.short, found.out) }
}

describe('kernels of short rows', () => {
  test.each([2, 6, 8, 16, 46, 64])('give the same bytes in WebAssembly and in TypeScript, with %i columns', (stride) => {
    expect(bytesOf('auto', stride)).toEqual(bytesOf('typescript', stride))
  })

  test('bound squared distances: the nearest from above, all others from below', () => {
    const rng = createRng(1)
    const [stride, n, k, words] = [50, 200, 3, 56]
    const layout = createHeapLayout()
    const { take } = layout
    const at = { x: take(n * stride * 8), centers: take((k + 1) * stride * 8), mean: take(stride * 8), list: take(n * 4) }
    const short = {
      rows: take(n * 112),
      about: take(n * 32),
      centers: take((k + 1) * 112),
      aboutCenters: take((k + 1) * 32),
      out: take(32),
    }
    const found = { found: take(n * 4), nearest: take(n * 8), second: take(n * 8), open: take(n * 4 + 16) }
    const heap = createHeap(layout.bytes)
    const { u32, i32, f64 } = viewsOf(heap)
    const kernels = kernelsOn(heap)
    for (let i = 0; i < n * stride; i++) f64[(at.x >>> 3) + i] = rng.next() - 0.5
    for (let i = 0; i < k * stride; i++) f64[(at.centers >>> 3) + i] = (rng.next() - 0.5) / 10
    for (let i = 0; i < n; i++) u32[(at.list >>> 2) + i] = i
    kernels.shortenRows(at.x, stride, n, at.mean, 32_000, words, short.rows, short.about)
    kernels.shortenRows(at.centers, stride, k, at.mean, 65_000, words, short.centers, short.aboutCenters)
    const rounding = Math.sqrt(words / 12) / 65_000
    for (let center = short.aboutCenters >>> 3; center < (short.aboutCenters >>> 3) + 4 * k; center += 4) {
      f64[center]! *= 2
      f64[center + 1]! *= 1 - 1e-10
      f64[center + 2] = Math.max(f64[center + 2]!, f64[center + 3]! / rounding)
    }
    const centers = [short.centers, k, short.aboutCenters, rounding, short.out] as const
    const results = [found.found, found.nearest, found.second, found.open] as const
    const open = kernels.nearShortCenters(short.rows, words, at.list, n, short.about, ...centers, ...results)
    expect(open).toBeLessThan(n / 10)
    for (let row = 0; row < n; row++) {
      const squares = Array.from({ length: k }, (_, center) => {
        let sum = 0
        for (let c = 0; c < stride; c++)
          sum += (f64[(at.x >>> 3) + row * stride + c]! - f64[(at.centers >>> 3) + center * stride + c]!) ** 2
        return sum
      })
      const own = squares[i32[(found.found >>> 2) + row]!]!
      const [nearest, second] = [f64[(found.nearest >>> 3) + row]!, f64[(found.second >>> 3) + row]!]
      expect(nearest).toBeGreaterThanOrEqual(own)
      expect(nearest).toBeLessThan(own * 1.01)
      for (const square of squares) if (square !== own) expect(second).toBeLessThanOrEqual(square)
    }
  })
})

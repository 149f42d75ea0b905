import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fusedGram } from './fused-gram.ts'
import { createHeap, createHeapLayout, type Heap, type HeapViews, viewsOf, withHeap, withTrainingHeap } from './heap.ts'
import { type Kernels, kernelsOn } from './kernels.ts'
import { COLUMN_WORDS, FOUND_NUMBERS, SEARCH_SCRATCH_BYTES } from './plain-columns.ts'
import { createRng } from './rng.ts'
import { builtKernels } from './testing/built-kernels.ts'

const ROWS = 1003
const BINS = 200
const CLASSES = 7
const CLASS_STRIDE = 32
/** Columns of a search: the first comes twice, so that its split is found twice. */
const SEARCHED = [0, 1, 2, 3, 0, 2]
const FOUND_BYTES = 2 * FOUND_NUMBERS * 8

/** A heap for every kernel, filled from a seed; the same bytes for both engines. */
function fill(engine: 'auto' | 'typescript', seed: number): { heap: Heap; kernels: Kernels; views: HeapViews; at: Places } {
  const layout = createHeapLayout()
  const at = places(layout.take)
  const heap = createHeap(layout.bytes, engine)
  const views = viewsOf(heap)
  const rng = createRng(seed)
  const { u8, i32, u32, f32, f64 } = views
  for (let i = 0; i < ROWS * 4; i++) u8[at.columns + i] = rng.below(BINS + 1)
  for (let i = 0; i < ROWS; i++) {
    u32[(at.idx >> 2) + i] = i
    u32[(at.entries >> 2) + i] = (i << 6) | rng.below(64)
    u32[(at.classes >> 2) + i] = ((1 + rng.below(9)) << 3) | rng.below(CLASSES)
    i32[(at.pairs >> 2) + 2 * i] = rng.below(2 ** 20) - 2 ** 19
    i32[(at.pairs >> 2) + 2 * i + 1] = 1 + rng.below(2 ** 20)
    f64[(at.scores >> 3) + i] = (rng.next() - 0.5) * (i % 7 === 0 ? 300 : 8)
    f64[(at.y >> 3) + i] = rng.below(2)
    f64[(at.weights >> 3) + i] = rng.next() * 3
    u8[at.labels + i] = rng.below(2)
    u8.set([rng.below(CLASSES), 0], at.manyLabels + 2 * i)
    f32[(at.floats >> 2) + i] = i % 11 === 0 ? [0, -0, Infinity, -Infinity, 1e-45][i % 5]! : (rng.next() - 0.5) * 10 ** (rng.below(12) - 6)
  }
  for (let code = 0; code < 64; code++) i32.set([code & 1, code >> 1, 1], (at.codes >> 2) + code * 4)
  for (let bin = 0; bin < 256; bin++) u8[at.goesLeft + bin] = rng.below(2)
  for (let i = 0; i < 256; i++) f32[(at.edges >> 2) + i] = i < 150 ? (i - 75) / 50 : Infinity
  return { heap, kernels: kernelsOn(heap), views, at }
}

function places(take: (bytes: number) => number) {
  return {
    columns: take(ROWS * 4),
    bins: take(ROWS),
    idx: take(ROWS * 4),
    entries: take(ROWS * 4),
    left: take(ROWS * 4),
    right: take(ROWS * 4),
    pairs: take(ROWS * 8),
    ordered: take(ROWS * 8),
    scores: take(ROWS * 8),
    y: take(ROWS * 8),
    weights: take(ROWS * 8),
    labels: take(ROWS),
    manyLabels: take(ROWS * 2),
    floats: take(ROWS * 4),
    scratch: take(ROWS * 4 + 4096),
    codes: take(64 * 16),
    goesLeft: take(256),
    edges: take(1024),
    hists: take(8 * 4096),
    out: take(256),
    centers: take(8 * 6 * 8),
    found: take(ROWS * 4),
    nearest: take(ROWS * 8),
    second: take(ROWS * 8),
    block: take(6 * 32 + 128),
    nodes: take(16 * 7 * 16),
    values: take(16 * 7 * 8),
    roots: take(64),
    depths: take(8),
    leaves: take(64),
    classHists: take(4 * 256 * CLASS_STRIDE),
    classes: take(ROWS * 4),
    totals: take(CLASS_STRIDE),
    classLeft: take(CLASS_STRIDE),
    rowCounts: take(1024),
    mask: take(32),
    map: take(256),
    table: take(SEARCHED.length * COLUMN_WORDS * 4),
    list: take(SEARCHED.length * 4),
    kept: take(SEARCHED.length * 4),
    flags: take(SEARCHED.length),
    searching: take(SEARCH_SCRATCH_BYTES),
    rules: take(9 * 8),
    searchHists: take(2 * SEARCHED.length * 4096),
    searched: take(FOUND_BYTES),
  }
}
type Places = ReturnType<typeof places>

/** Does something; returns what kernels answered, and the stretches of memory that they promise. */
type Step = (
  kernels: Kernels,
  at: Places,
  views: HeapViews,
) => { answer?: unknown; bytes: readonly (readonly [at: number, length: number])[] }
const four = ({ columns: c, hists: h }: Places) => [c, c + ROWS, c + 2 * ROWS, c + 3 * ROWS, h, h + 4096, h + 8192, h + 12288] as const
/** A kernel that fills histograms. */
const histograms =
  (run: (kernels: Kernels, at: Places) => void): Step =>
  (kernels, at) => {
    run(kernels, at)
    return { bytes: [[at.hists, 8 * 4096]] }
  }

const STEPS: Record<string, Step> = {
  sortFloats(k, at) {
    k.sortFloats(at.floats, at.scratch, ROWS)
    return { bytes: [[at.floats, ROWS * 4]] }
  },
  'sortFloats of values that share bytes'(k, at, { f32 }) {
    for (let i = 0; i < ROWS; i++) f32[(at.floats >> 2) + i] = (i * 7) % 5
    k.sortFloats(at.floats, at.scratch, ROWS)
    return { bytes: [[at.floats, ROWS * 4]] }
  },
  binColumn(k, at, { f32 }) {
    for (let i = 3; i < ROWS; i += 5) f32[(at.floats >> 2) + i] = Number.NaN
    const some = k.binColumn(at.floats, 3, Math.floor(ROWS / 3), at.edges, 151, at.bins)
    return { answer: [some, k.binColumn(at.edges, 1, 150, at.edges, 151, at.bins + 400)], bytes: [[at.bins, ROWS]] }
  },
  histogram1: histograms((k, at) => k.histogram1(at.columns, at.hists, at.idx + 40, at.pairs, 800)),
  histogram4: histograms((k, at) => k.histogram4(...four(at), at.idx, at.pairs, 900)),
  'histogram4 of an odd number of rows': histograms((k, at) => k.histogram4(...four(at), at.idx + 4, at.pairs, 901)),
  histogramAll1: histograms((k, at) => k.histogramAll1(at.columns, at.hists, at.pairs, ROWS)),
  histogramAll4: histograms((k, at) => k.histogramAll4(...four(at), at.pairs, ROWS)),
  histogramPacked1: histograms((k, at) => k.histogramPacked1(at.columns, at.hists, at.entries, at.codes, ROWS)),
  histogramPacked4: histograms((k, at) => k.histogramPacked4(...four(at), at.entries, at.codes, ROWS)),
  histogramClasses1: (k, at) => {
    k.histogramClasses1(at.columns, at.classHists, at.idx + 40, 0, at.classes, 800, CLASS_STRIDE, 3, 31)
    return { bytes: [[at.classHists, 256 * CLASS_STRIDE]] }
  },
  'histogramClasses4 of packed entries': (k, at) => {
    const [c0, c1, c2, c3] = four(at)
    const [h0, h1, h2, h3] = [0, 1, 2, 3].map((i) => at.classHists + i * 256 * CLASS_STRIDE) as [number, number, number, number]
    k.histogramClasses4(c0, c1, c2, c3, h0, h1, h2, h3, at.entries, 6, at.entries, ROWS, CLASS_STRIDE, 2, 15)
    return { bytes: [[at.classHists, 4 * 256 * CLASS_STRIDE]] }
  },
  gatherCodes: (k, at) => {
    k.gatherCodes(at.classes, at.idx + 12, 700, at.left)
    return { bytes: [[at.left, 700 * 4]] }
  },
  'walks down trees': (k, at, views) => {
    const leaves = (missing: boolean) => plantTrees(k, at, views, missing)
    const answer = [leaves(false), leaves(true)]
    return { answer, bytes: [[at.scores, ROWS * 8]] }
  },
  subtract: histograms((k, at) => {
    k.histogramAll1(at.columns, at.hists, at.pairs, ROWS)
    k.histogramAll1(at.columns + ROWS, at.hists + 4096, at.pairs, 500)
    k.subtract(at.hists, at.hists + 4096, BINS + 1)
  }),
  splitRows(k, at) {
    const left = k.splitRows(at.columns, at.entries, ROWS, 6, at.goesLeft, at.left, at.right)
    const right = (ROWS - left) * 4
    return {
      answer: left,
      bytes: [
        [at.left, left * 4],
        [at.right, right],
      ],
    }
  },
  'splitRows in place'(k, at) {
    const left = k.splitRows(at.columns, at.idx, ROWS, 0, at.goesLeft, at.idx, at.right)
    k.copy(at.idx + left * 4, at.right, (ROWS - left) * 4)
    return { answer: left, bytes: [[at.idx, ROWS * 4]] }
  },
  gather(k, at) {
    k.gather(at.pairs, at.idx + 12, 700, at.ordered)
    return { bytes: [[at.ordered, 700 * 8]] }
  },
  gatherBytes(k, at) {
    k.gatherBytes(at.columns, at.idx + 12, 700, at.ordered)
    return { bytes: [[at.ordered, 700]] }
  },
  numberRows(k, at) {
    k.numberRows(at.idx, 502)
    return { bytes: [[at.idx, 502 * 4]] }
  },
  addToScores(k, at) {
    k.addToScores(at.scores, 8, at.idx + 4, 500, 0.1)
    return { bytes: [[at.scores, ROWS * 8]] }
  },
  'addToScores of one of several'(k, at) {
    k.numberRows(at.idx, 300)
    k.addToScores(at.scores + 8, 24, at.idx + 4, 299, 0.1)
    return { bytes: [[at.scores, ROWS * 8]] }
  },
  'clear and copy'(k, at) {
    k.copy(at.left, at.entries, 999)
    k.clear(at.entries, 401)
    return {
      bytes: [
        [at.left, ROWS * 4],
        [at.entries, ROWS * 4],
      ],
    }
  },
  logisticGradients(k, at) {
    k.logisticGradients(at.scores, at.labels, at.weights, ROWS, at.pairs, at.out)
    k.quantise(at.pairs, ROWS, 2 ** 18, 2 ** 19, at.out + 64)
    return {
      bytes: [
        [at.pairs, ROWS * 8],
        [at.out, 80],
      ],
    }
  },
  'classProbabilities and classGradients'(k, at) {
    // 143 rows of 7 classes, some scores far apart.
    k.classProbabilities(at.scores, CLASSES, 143, at.ordered, at.hists)
    k.classGradients(at.ordered, CLASSES, 1, at.manyLabels, at.weights, 143, at.pairs, at.out)
    k.classGradients(at.ordered, CLASSES, 0, at.manyLabels, 0, 142, at.pairs + 143 * 8, at.out)
    return {
      bytes: [
        [at.ordered, 143 * CLASSES * 4],
        [at.pairs, 285 * 8],
        [at.out, 32],
      ],
    }
  },
  'logisticGradients without weights'(k, at) {
    k.logisticGradients(at.scores, at.labels, 0, ROWS - 2, at.pairs, at.out)
    k.quantise(at.pairs, ROWS - 2, 2 ** 20, 2 ** 20, at.out + 64)
    return {
      bytes: [
        [at.pairs, (ROWS - 2) * 8],
        [at.out, 80],
      ],
    }
  },
}

/** k-means of 6 columns: rows begin in the scores and go on in what follows, the last ones in zeros. */
const STRIDE = 6
const POINTS = 401
const nearest = (k: Kernels, at: Places, { f64 }: HeapViews, centers: number, n: number): void => {
  for (let i = 0; i < 8 * STRIDE; i++) f64[(at.centers >> 3) + i] = Math.sin(i) * 3
  k.nearestCenters(at.scores, STRIDE, at.idx, n, at.centers, centers, at.block, at.found, at.nearest, at.second)
}
for (const [centers, n] of [
  [1, 9],
  [4, 400],
  [7, POINTS],
] as const) {
  STEPS[`nearestCenters of ${centers}, and settleRows`] = (k, at, views) => {
    const { i32, f64 } = views
    nearest(k, at, views, centers, n)
    const found: (readonly [number, number])[] = [
      [at.found, n * 4],
      [at.nearest, n * 8],
      [at.second, n * 8],
    ]
    const kept = found.map(([from, length]) => views.u8.slice(from, from + length))
    // Labels stand in the entries, bounds in the ordered pairs, ways in the hists, sums and counts behind them.
    for (let i = 0; i < n; i++) i32[(at.entries >> 2) + i] = (i % (centers + 1)) - 1
    for (let i = 0; i < centers; i++) f64[(at.hists >> 3) + i] = i / 8
    const [sums, counts] = [at.hists + 4096, at.hists + 8192]
    const changed = k.settleRows(
      at.scores,
      STRIDE,
      at.idx,
      n,
      at.entries,
      at.ordered,
      at.hists,
      ...([at.found, at.nearest, at.second] as const),
      sums,
      counts,
    )
    const unsettled = k.unsettledRows(at.entries, at.ordered, at.hists, 3, n, at.left)
    const inertia = k.labelInertia(at.scores, STRIDE, 2, n, at.entries, at.centers)
    return {
      answer: [changed, unsettled, inertia, kept],
      bytes: [
        [at.hists, 3 * 4096],
        [at.entries, n * 4],
        [at.ordered, n * 8],
        [at.left, unsettled * 4],
      ],
    }
  }
}
for (const [trials, n] of [
  [3, POINTS],
  [5, 402],
  [1, 3],
] as const) {
  STEPS[`tryCenters of ${trials}, ${n} rows`] = (k, at, views) => {
    nearest(k, at, views, 2, n)
    k.tryCenters(at.scores, STRIDE, at.idx, n, at.centers, trials, at.block, at.second, at.hists, 4096, at.out)
    return { bytes: [...Array.from({ length: trials }, (_, trial) => [at.hists + trial * 4096, n * 8] as const), [at.out, trials * 16]] }
  }
}

/** Mixtures of 8 columns: rows begin in the scores; mean and factor in the centers, sums and scatter in the histograms. */
for (const n of [1, 6, 300]) {
  STEPS[`triangularDistances, diagonalDistances and addScatter of ${n} rows`] = (k, at, { f64 }) => {
    for (let i = 0; i < 80; i++) f64[(at.hists >> 3) + i] = Math.cos(i)
    for (let j = 0; j < 8; j++) for (let c = j + 1; c < 8; c++) f64[(at.hists >> 3) + 8 + (j & ~3) * 8 + (j & 3) + c * 4] = 0
    const [mean, factor] = [at.hists, at.hists + 64]
    k.triangularDistances(at.scores, 8, n, mean, factor, at.left, at.nearest)
    k.diagonalDistances(at.scores, 8, n, mean, factor, at.second)
    for (let i = 0; i < n; i++) f64[(at.weights >> 3) + i]! *= i % 5 === 0 || (i > 8 && i < 20) ? 0 : 1
    k.addScatter(at.scores, 8, n, mean, at.weights, 0, at.left, at.hists + 4096, at.hists + 4200)
    k.addScatter(at.scores, 8, n, mean, at.weights, 1, at.left, at.hists + 8192, at.hists + 8296)
    return {
      bytes: [
        [at.nearest, n * 8],
        [at.second, n * 8],
        [at.hists, 8 * 4096],
      ],
    }
  }
}

for (const n of [1, 8, 143]) {
  STEPS[`sharesOf ${n} rows`] = (k, at, { f64 }) => {
    // Seven components, some far from a row and one from all.
    for (let i = 0; i < 7 * 144; i++) f64[(at.scores >> 3) + i] = i > 6 * 144 ? 1e6 : Math.abs(f64[(at.scores >> 3) + (i % ROWS)]!) * 2
    for (let c = 0; c < 7; c++) f64[(at.out >> 3) + c] = Math.cos(c) * 5
    k.sharesOf(at.scores, 144, n, at.out, 7, at.nearest, at.second)
    return {
      bytes: [...Array.from({ length: 7 }, (_, c) => [at.scores + c * 144 * 8, n * 8] as const), [at.nearest, n * 8], [at.second, n * 8]],
    }
  }
}

/** Blocks of 8 vectors: matrices begin in the scores, vectors in the weights, products stand in the histograms. */
STEPS.denseTimes = (k, at, { f64 }) => {
  k.denseTimes(at.scores, 8, 12, 7, at.weights, 8, 0, at.hists)
  for (let row = 0; row < 8; row++) for (let c = 0; c < row; c++) f64[(at.weights >> 3) + row * 8 + c] = 0
  k.denseTimes(at.scores, 8, 12, 8, at.weights, 8, 1, at.hists + 1024)
  return { bytes: [[at.hists, 2048]] }
}
STEPS.addTransposedTimes = (k, at) => {
  k.addTransposedTimes(at.scores, 8, 8, 13, at.weights, 8, at.hists)
  k.addTransposedTimes(at.scores + 96, 8, 4, 5, at.weights, 8, at.hists)
  return { bytes: [[at.hists, 8 * 64]] }
}
STEPS.addGram = (k, at) => {
  k.addGram(at.scores, 8, 50, at.hists)
  k.addGram(at.scores + 64, 12, 7, at.hists + 4096)
  return { bytes: [[at.hists, 2 * 4096]] }
}
STEPS.packPanels = (k, at) => {
  k.packPanels(at.scores, 8, 9, at.weights, at.hists, at.hists + 2048)
  k.packPanels(at.scores + 64, 7, 5, at.weights, at.hists + 4096, at.hists + 2048)
  return { bytes: [[at.hists, 2 * 4096]] }
}
for (const m of [1, 8, 11]) {
  STEPS[`updateTimes of ${m} rows`] = (k, at, { f64 }) => {
    f64[(at.pairs >> 3) + m] = 0
    k.updateTimes(at.scores, 12, m, at.weights, at.ordered, at.pairs, at.hists)
    return {
      bytes: [
        [at.scores, 12 * 12 * 8],
        [at.hists, 12 * 8],
      ],
    }
  }
}
STEPS.reflectRows = (k, at, { f64 }) => {
  for (let i = 0; i < 12; i++) {
    f64.fill(0, (at.weights >> 3) + i * 12 + i, (at.weights >> 3) + (i + 1) * 12)
    f64[(at.hists >> 3) + i] = i % 5
  }
  k.reflectRows(at.scores, 12, 8, at.weights, at.hists, 1, 11)
  return { bytes: [[at.scores, 8 * 12 * 8]] }
}
STEPS.sparseTimes = (k, at, { i32, u32 }) => {
  i32.set([0, 0, 3, 4, 20], at.left >> 2)
  for (let i = 0; i < 20; i++) u32[(at.right >> 2) + i] = (i * 7) % 30
  k.sparseTimes(at.left, at.right, at.scores, 0, 4, at.weights, 16, at.hists)
  k.sparseTimes(at.left, at.right, at.scores, 2, 4, at.weights, 8, at.hists + 4096)
  return { bytes: [[at.hists, 2 * 4096]] }
}

/** Rows of 12 floats in the scores, of 16 in the weights. */
STEPS.floatDots = (k, at, { f32 }) => {
  for (let i = 0; i < 400; i++) f32[(at.scores >> 2) + i] = Math.sin(i)
  for (let i = 0; i < 400; i++) f32[(at.weights >> 2) + i] = Math.cos(3 * i)
  k.floatDots(at.scores, 12, 8, at.weights, 16, 6, 12, at.hists, 10)
  k.floatDots(at.scores, 12, 4, at.weights, 16, 2, 8, at.hists + 4096, 2)
  return { bytes: [[at.hists, 2 * 4096]] }
}
/** Rows of linear models: sparse ones begin in the scores, dense ones of 8 columns too, with a last row of zeros; weights in the weights. */
const sparseRows = (k: Places, { i32, u32 }: HeapViews): readonly [number, number, number] => {
  i32.set([0, 0, 3, 4, 20, 31], k.left >> 2)
  for (let i = 0; i < 31; i++) u32[(k.right >> 2) + i] = (i * 7) % 30
  return [k.left, k.right, k.scores]
}
STEPS['scores, sums and curvatures of sparse rows'] = (k, at, views) => {
  const rows = sparseRows(at, views)
  views.f64[(at.ordered >> 3) + 1] = 0
  k.sparseScores(...rows, 0, 5, at.weights, 0.25, at.hists)
  k.sparseScores(...rows, 3, 5, at.weights, -2, at.hists + 64)
  k.sparseAdd(...rows, 1, 5, at.weights, at.hists + 4096)
  const total = k.sparseCurve(...rows, 5, at.weights, 0.5, at.ordered, at.hists + 8192)
  return { answer: total, bytes: [[at.hists, 3 * 4096]] }
}
STEPS['scores, sums and curvatures of dense rows'] = (k, at, { f64 }) => {
  const [x, rows] = [at.scores, 41]
  f64.fill(0, (x >> 3) + rows * 8, (x >> 3) + (rows + 3) * 8)
  for (let i = 0; i < 44; i++) f64[(at.ordered >> 3) + i] = i < rows && (i < 8 || i > 15) ? Math.abs(Math.sin(i)) : 0
  k.denseScores(x, 8, rows, at.weights, 0.25, at.hists)
  k.denseAdd(x, 8, rows, at.ordered, at.hists + 4096)
  const total = k.denseCurve(x, 8, rows, at.weights, 0.5, at.ordered, at.hists + 8192)
  return { answer: total, bytes: [[at.hists, 3 * 4096]] }
}
for (const loss of ['logisticLosses', 'hingeLosses'] as const) {
  STEPS[loss] = (k, at, { f64 }) => {
    for (const [i, score] of [0, -0, 1, -1, 750, -750, 1e300, -1e300].entries()) f64[(at.scores >> 3) + i] = score
    if (loss === 'hingeLosses') for (let i = 0; i < ROWS; i++) f64[(at.y >> 3) + i] = 2 * f64[(at.y >> 3) + i]! - 1
    const parts = [600, ROWS - 600] as const
    let from = 0
    for (const n of parts) {
      const shift = from * 8
      f64[(at.weights >> 3) + ROWS] = 0
      k[loss](at.scores + shift, at.y + shift, at.weights + shift, at.nearest + shift, n, at.out)
      from += n
    }
    return {
      bytes: [
        [at.scores, ROWS * 8],
        [at.nearest, ROWS * 8],
        [at.out, 32],
      ],
    }
  }
}
for (const [classes, p] of [
  [2, 4],
  [5, 8],
  [7, 8],
  [8, 8],
  [9, 12],
] as const) {
  STEPS[`softmaxLosses and softmaxCurve of ${classes} classes`] = (k, at, { u32, f64 }) => {
    const n = 40
    for (let i = 0; i < n; i++) u32[(at.left >> 2) + i] = (i * 5) % classes
    f64[at.scores >> 3] = 900
    const loss = k.softmaxLosses(at.scores, p, classes, at.y, at.left, at.weights, n, at.ordered, at.out)
    k.softmaxCurve(at.nearest, p, at.y, at.scores, at.weights, n, at.out + 128)
    return {
      answer: loss,
      bytes: [
        [at.scores, n * p * 8],
        [at.ordered, n * p * 8],
        [at.nearest, n * p * 8],
        [at.out, 128 + p * 8],
      ],
    }
  }
}
for (const p of [4, 8]) {
  STEPS[`dualDescent of ${p} classes`] = (k, at, views) => {
    const rows = sparseRows(at, views)
    views.u32.set([3, 1, 4, 2, 3], at.entries >> 2)
    views.u32.set([0, 1, 2, p - 1, 1], at.classes >> 2)
    for (let i = 0; i < 5; i++) views.f64.set([0.5, 1 / (1.5 + i)], (at.nearest >> 3) + 2 * i)
    const [w, bias, alphas] = [at.hists, at.hists + 4096, at.hists + 8192]
    for (let pass = 0; pass < 3; pass++) {
      k.dualDescent(...rows, at.entries, 5, w, p, bias, at.classes, alphas, at.nearest, at.nearest + 8)
    }
    return { bytes: [[at.hists, 3 * 4096]] }
  }
}
for (const p of [4, 8, 12]) {
  STEPS[`sparseTimes and addSparseTransposedTimes of ${p} vectors`] = (k, at, views) => {
    const rows = sparseRows(at, views)
    k.sparseTimes(...rows, 1, 5, at.weights, p, at.hists)
    k.addSparseTransposedTimes(...rows, 1, 5, at.weights, p, at.hists + 4096)
    k.addSparseTransposedTimes(...rows, 0, 3, at.y, p, at.hists + 4096)
    return { bytes: [[at.hists, 8 * 4096]] }
  }
}

/** Sixteen trees of seven nodes; walks one row down all of them, and 24 rows down the first. Returns the leaves of the row. */
function plantTrees(k: Kernels, at: Places, { u32, f32, f64 }: HeapViews, missing: boolean): number[] {
  const rng = createRng(5)
  const trees = 16
  for (let node = 0; node < trees * 7; node++) {
    const place = node % 7
    const isLeaf = place > 2
    const to = (at.nodes >> 2) + node * 4
    u32[to] = isLeaf ? 0 : rng.below(5) * 4
    f32[to + 1] = isLeaf ? Number.POSITIVE_INFINITY : rng.next() - 0.5
    u32[to + 2] = (isLeaf ? node : node + place + 1) * 16
    u32[to + 3] = isLeaf ? 1 : rng.below(2)
    f64[(at.values >> 3) + node] = isLeaf ? rng.next() : 0
  }
  for (let i = 0; i < 24 * 5; i++) f32[(at.floats >> 2) + i] = missing && i % 7 === 0 ? Number.NaN : rng.next() - 0.5
  for (let t = 0; t < trees; t++) u32[(at.roots >> 2) + t] = t * 7 * 16
  u32.set([2, 3], at.depths >> 2)
  const [row, block] = missing ? [k.walkRowMissing, k.walkMissing] : [k.walkRowKnown, k.walkKnown]
  row(at.nodes, at.roots, at.depths, trees, at.floats + 20, at.leaves)
  block(at.nodes, at.values, 0, 2, at.floats, 20, 24, at.scores, 8)
  return [...u32.slice(at.leaves >> 2, (at.leaves >> 2) + trees)]
}

/** Scans of one column: [rows that take part, missing among them, lambda, fewest hessians, fewest rows]. */
const SCANS: readonly (readonly [rows: number, missing: boolean, lambda: number, minHessian: number, minRows: number])[] = [
  [ROWS, true, 0, 0, 1],
  [ROWS, false, 1000, 1e6, 20],
  [40, true, 0, 1, 15],
  [40, true, 0, 1, 21],
  [1, false, 0, 0, 1],
]
for (const [rows, missing, ...rules] of SCANS) {
  STEPS[`scan of ${rows} rows, ${rules.join(', ')}`] = (k, at, { u8, i32 }) => {
    if (!missing) for (let i = 0; i < ROWS; i++) u8[at.columns + i]! %= BINS
    k.histogram1(at.columns, at.hists, at.idx, at.pairs, rows)
    let [g, h] = [0, 0]
    for (let i = 0; i < rows; i++) {
      g += i32[(at.pairs >> 2) + 2 * i]!
      h += i32[(at.pairs >> 2) + 2 * i + 1]!
    }
    k.scan(at.hists, BINS, g, h, rows, ...rules, at.out)
    return { bytes: [[at.out, 9 * 8]] }
  }
}

/** Searches: [rows of both nodes, of the smaller, of the sibling to be scanned, columns, fewest rows]. */
const SEARCHES: readonly (readonly [rows: number, own: number, sibling: number, from: number, to: number, minRows: number])[] = [
  [ROWS, ROWS, 0, 0, 6, 1],
  [ROWS, ROWS, 0, 0, 3, 1],
  [ROWS, ROWS, 0, 1, 6, 1],
  [900, 300, 600, 0, 6, 20],
  [900, 300, 600, 0, 5, 20],
  [900, 300, 0, 0, 6, 1],
  [500, 40, 460, 2, 5, 15],
  [501, 41, 460, 2, 5, 15],
  [30, 10, 20, 4, 6, 8],
]
/** Columns in the order of the list: a tie of the third with the first is found again in both orders. */
const ORDERS = { 'in their order': [0, 1, 2, 3, 4, 5], 'in another order': [4, 2, 3, 0, 5, 1] }
for (const [rows, own, sibling, from, to, minRows] of SEARCHES) {
  for (const [ordered, order] of Object.entries(ORDERS)) {
    STEPS[`searchColumns ${from} to ${to} ${ordered} of ${rows}, ${own} and ${sibling} rows, ${minRows}`] = (k, at, views) => {
      const { u32, i32, f64 } = views
      SEARCHED.forEach((c, j) => {
        u32.set([at.columns + c * ROWS, j * (BINS + 1) * 16, BINS, j === 3 ? 0 : 1, j, 0, 0, 0, 0], (at.table >> 2) + j * COLUMN_WORDS)
      })
      u32.set(order, at.list >> 2)
      const sums = (n: number): [number, number] => {
        const both: [number, number] = [0, 0]
        for (let i = 0; i < 2 * n; i++) both[i % 2]! += i32[(at.pairs >> 2) + i]!
        return both
      }
      const [[g, h], [allG, allH]] = [sums(own), sums(rows)]
      const [built, other] = [at.searchHists, at.searchHists + SEARCHED.length * 4096]
      const search = (rowList: number, n: number, hist: number, parent: number): void => {
        const places = [at.rules, at.searching, at.flags, at.searched] as const
        k.searchColumns(at.table, at.list, from, to, rowList, at.pairs, n, hist, parent, ...places)
      }
      f64.set([allG, allH, 0, 0, 0, 0, 10, 1, minRows], at.rules >> 3)
      if (own < rows) search(at.idx, rows, other, 0)
      f64.set([g, h, own, allG - g, allH - h, sibling, 10, 1, minRows], at.rules >> 3)
      search(own === ROWS ? 0 : at.idx, own, built, own < rows ? other : 0)
      const kept = [1, 2, 3].map((mask) => k.keepColumns(at.list, 6, at.flags, mask, at.kept))
      return {
        answer: kept,
        bytes: [
          [at.searched, FOUND_BYTES],
          [at.flags, SEARCHED.length],
          [at.kept, kept[2]! * 4],
          [at.searchHists, 2 * SEARCHED.length * 4096],
        ],
      }
    }
  }
}

test.each(Object.keys(ORDERS))('searchColumns %s finds what scans of all columns find, of ties the first', (ordered) => {
  const { kernels: k, views, at } = fill('auto', 4)
  STEPS[`searchColumns 0 to 6 ${ordered} of 1003, 1003 and 0 rows, 1`]!(k, at, views)
  const alone = SEARCHED.map((c, j) => {
    if (j === 3) return -1
    k.clear(at.hists, 4096)
    k.histogramAll1(at.columns + c * ROWS, at.hists, at.pairs, ROWS)
    k.scan(at.hists, BINS, views.f64[at.rules >> 3]!, views.f64[(at.rules >> 3) + 1]!, ROWS, 10, 1, 1, at.out)
    return views.f64[at.out >> 3]!
  })
  const best = Math.max(...alone)
  expect(best).toBeGreaterThan(0)
  expect(views.f64[at.searched >> 3]).toBe(best)
  expect(views.f64[(at.searched >> 3) + 8]).toBe(alone.indexOf(best))
})

test('searchColumns says which columns leave both sides enough rows, and keepColumns keeps these', () => {
  const { kernels: k, views, at } = fill('auto', 4)
  // All rows but the last have the same value in columns 0 and 4; fewest rows 2.
  views.u8.fill(7, at.columns, at.columns + ROWS - 1)
  STEPS['searchColumns 0 to 6 in their order of 1003, 1003 and 0 rows, 1']!(k, at, views)
  const both = [at.rules, at.searching, at.flags, at.searched] as const
  const search = () => k.searchColumns(at.table, at.list, 0, 6, 0, at.pairs, ROWS, at.searchHists, 0, ...both)
  search()
  expect(k.keepColumns(at.list, 6, at.flags, 1, at.kept)).toBe(6)
  views.f64[(at.rules >> 3) + 8] = 2
  search()
  expect(k.keepColumns(at.list, 6, at.flags, 1, at.kept)).toBe(4)
  // Column 3 is not scanned here, so that nothing is known of it.
  expect([...views.u32.subarray(at.kept >> 2, (at.kept >> 2) + 4)]).toEqual([1, 2, 3, 5])
})

/** Scans of one column for several classes: [rows that take part, missing among them, fewest rows, only the bins that have rows]. */
const CLASS_SCANS: readonly (readonly [rows: number, missing: boolean, minRows: number, marked: boolean])[] = [
  [ROWS, true, 1, false],
  [ROWS, false, 20, false],
  [60, true, 1, true],
  [60, false, 1, true],
  [60, true, 14, true],
  [1, false, 1, true],
]
for (const [rows, missing, minRows, marked] of CLASS_SCANS) {
  STEPS[`scanClasses of ${rows} rows, ${missing}, ${minRows}, ${marked}`] = (k, at, { u8 }) => {
    if (!missing) for (let i = 0; i < ROWS; i++) u8[at.columns + i]! %= BINS
    const [hist, counts] = [at.classHists, minRows > 1 ? at.rowCounts : 0]
    if (marked) k.markBins(at.columns, at.idx, rows, 0, at.map, at.mask)
    else u8.fill(255, at.mask, at.mask + 32)
    k.histogramClasses1(at.columns, hist, at.idx, 0, at.classes, rows, CLASS_STRIDE, 3, 31)
    if (counts !== 0) k.countRows(at.columns, counts, at.idx, 0, rows)
    k.sumClasses(at.classes, rows, CLASS_STRIDE, 3, 31, at.totals)
    k.scanClasses(hist, CLASS_STRIDE, at.mask, BINS, at.totals, at.classLeft, counts, rows, minRows, at.out)
    // Places 7 and on are of other kernels.
    return {
      bytes: [
        [at.out, 7 * 8],
        [at.out + 64, 8],
        [at.totals, CLASS_STRIDE],
        [at.rowCounts, 1024],
      ],
    }
  }
}

/** Scans of the bins that few rows have. */
for (const [rows, minRows] of [
  [50, 1],
  [50, 12],
  [3, 1],
  [1, 1],
] as const) {
  STEPS[`scanMarked of ${rows} rows, ${minRows}`] = (k, at, { i32 }) => {
    k.markBins(at.columns, at.entries + 40, rows, 6, at.map, at.mask)
    k.histogramPacked1(at.columns, at.hists, at.entries + 40, at.codes, rows)
    let h = 0
    for (let bin = 0; bin <= BINS; bin++) h += i32[(at.hists >> 2) + bin * 4 + 1]!
    k.scanMarked(at.hists, at.mask, BINS, Math.round(rows / 3), h, rows, minRows, at.out)
    k.scan(at.hists, BINS, Math.round(rows / 3), h, rows, 0, 0, minRows, at.out + 128)
    const found = [0, 128].map((from) => [...new Float64Array(i32.buffer.slice(at.out + from, at.out + from + 72))])
    k.clearMarked(at.hists, 16, at.mask)
    return {
      answer: found,
      bytes: [
        [at.hists, 4096],
        [at.map, 256],
        [at.mask, 32],
      ],
    }
  }
}

describe('kernels', () => {
  test.each(Object.entries(STEPS))('in WebAssembly and in TypeScript leave the same bytes: %s', (_, step) => {
    for (const seed of [1, 2, 3]) {
      const [wasm, plain] = [fill('auto', seed), fill('typescript', seed)]
      expect(wasm.heap.memory).toBeDefined()
      expect(plain.heap.memory).toBeUndefined()
      const [one, other] = [wasm, plain].map(({ kernels, at, views }) => {
        const { answer, bytes } = step(kernels, at, views)
        return { answer, bytes: bytes.map(([from, length]) => Buffer.from(views.u8.slice(from, from + length)).toString('base64')) }
      })
      expect(one).toEqual(other)
    }
  })

  test('are compiled from the sources that are here', async () => {
    expect(await builtKernels('learners')).toBe(readFileSync(new URL('./kernel-bytes.ts', import.meta.url), 'utf8'))
  })

  test('that fuse are compiled from the sources that are here', async () => {
    expect(await builtKernels('fused')).toBe(readFileSync(new URL('./fused-bytes.ts', import.meta.url), 'utf8'))
  })

  test('that fuse round a product and its sum once, and give what the others give but for rounding', () => {
    const layout = createHeapLayout()
    const [panels, plain, fused] = [layout.take(8 * 50 * 8), layout.take(8 * 8 * 8), layout.take(8 * 8 * 8)] as const
    const heap = createHeap(layout.bytes)
    const addGram = fusedGram(heap)
    // Every ARM64 and every x64 since 2013 fuses; elsewhere there is nothing to compare.
    if (addGram === undefined) return
    const { f64 } = viewsOf(heap)
    const numbersAt = (at: number, length: number): Float64Array => f64.subarray(at >>> 3, (at >>> 3) + length)
    // Two rows of one panel: -(a a) times 1, then a times a, whose rounding is all that is left.
    const a = 1 + 2 ** -30
    numbersAt(panels, 8).set([-(a * a), a, 0, 0, a, a, 0, 0])
    numbersAt(panels, 8)[1] = 1
    addGram(panels, 4, 2, fused)
    expect(numbersAt(fused, 8)[4]).toBe(2 ** -60)
    numbersAt(fused, 64).fill(0)
    const rng = createRng(3)
    for (let at = 0; at < 400; at++) numbersAt(panels, 400)[at] = rng.next() - 0.5
    addGram(panels, 8, 50, fused)
    kernelsOn(heap).addGram(panels, 8, 50, plain)
    const [one, other] = [numbersAt(fused, 64), numbersAt(plain, 64)]
    for (let at = 0; at < 64; at++) expect(Math.abs(one[at]! - other[at]!)).toBeLessThan(1e-14)
  })

  test('share one memory for one work after the other, empty each time, and not at once', () => {
    const taken: unknown[] = []
    const fill = (heap: Heap): number => {
      taken.push(heap.buffer)
      const { u8 } = viewsOf(heap)
      const sum = u8.subarray(0, 4096).reduce((total, byte) => total + byte, 0)
      u8.fill(7, 0, 4096)
      return sum
    }
    expect([withHeap(4096, 'auto', fill), withHeap(4096, 'auto', fill)]).toEqual([0, 0])
    expect(taken[1]).toBe(taken[0])
    withHeap(4096, 'auto', (outer) => expect(withHeap(4096, 'auto', (inner) => inner.buffer)).not.toBe(outer.buffer))
    expect(() =>
      withHeap(4096, 'auto', () => {
        throw new RangeError('of the work')
      }),
    ).toThrow('of the work')
    expect(withHeap(4096, 'auto', (heap) => heap.buffer)).toBe(taken[0])
  })

  test('take the memory of the training before, empty, when it fits and no training is at it', () => {
    const bytes = 20 * 2 ** 20
    const taken = (size: number): ArrayBufferLike =>
      withTrainingHeap((makeHeap) => {
        const { buffer } = makeHeap(size)
        const all = new Uint8Array(buffer, 0, size)
        expect(all.every((byte) => byte === 0)).toBe(true)
        all.fill(7)
        return buffer
      })
    const first = taken(bytes)
    expect(taken(bytes * 0.9)).toBe(first)
    expect(taken(bytes * 2)).not.toBe(first)
    withTrainingHeap((makeHeap) => {
      const outer = makeHeap(bytes).buffer
      expect(taken(bytes)).not.toBe(outer)
    })
    const failed = (): ArrayBufferLike[] => {
      const seen: ArrayBufferLike[] = []
      expect(() =>
        withTrainingHeap((makeHeap) => {
          seen.push(makeHeap(bytes).buffer)
          throw new RangeError('of the training')
        }),
      ).toThrow('of the training')
      return seen
    }
    expect([taken(bytes)]).toEqual(failed())
  })

  test('refuse more memory than 32 bits address', () => {
    expect(() => createHeap(2 ** 32 + 1)).toThrow(expect.objectContaining({ code: 'memory_limit' }))
  })
})

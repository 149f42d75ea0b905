// The inner loops of the learners, by one interface: compiled to WebAssembly with vectors (assembly/), or in TypeScript.
// Both give the same bytes, since sums are of whole numbers and other arithmetic takes the same steps.

import { type Heap, viewsOf } from './heap.ts'
import { plainCenters } from './plain-centers.ts'
import { plainClasses } from './plain-classes.ts'
import { plainColumns } from './plain-columns.ts'
import { plainDots } from './plain-dots.ts'
import { plainEigen } from './plain-eigen.ts'
import { plainGaussians } from './plain-gaussians.ts'
import { plainGradients } from './plain-gradients.ts'
import { plainHistograms } from './plain-histograms.ts'
import { plainLinear } from './plain-linear.ts'
import { plainMarks } from './plain-marks.ts'
import { plainProducts } from './plain-products.ts'
import { plainRows } from './plain-rows.ts'
import { plainScan } from './plain-scan.ts'
import { plainShortRows } from './plain-short-rows.ts'
import { plainWalk } from './plain-walk.ts'
import { wasmKernels } from './wasm-kernels.ts'

/** Numbers that a scan writes: see assembly/scan.ts. */
export const SCAN_NUMBERS = 9

type FourColumns = [c0: number, c1: number, c2: number, c3: number, h0: number, h1: number, h2: number, h3: number]

type SparseRows = [starts: number, indices: number, values: number, from: number, to: number]

export type ClassCodes = [entries: number, shift: number, codes: number, n: number, stride: number, classBits: number, weightMask: number]

/** Arguments are byte offsets and counts; what each kernel does stands with its source in assembly/. */
export interface Kernels {
  sortFloats(keys: number, scratch: number, n: number): void
  binColumn(x: number, features: number, n: number, edges: number, missingBin: number, bins: number): number
  histogram1(c0: number, h0: number, idx: number, pairs: number, n: number): void
  histogram4(...given: [...FourColumns, idx: number, pairs: number, n: number]): void
  histogramAll1(c0: number, h0: number, pairs: number, n: number): void
  histogramAll4(...given: [...FourColumns, pairs: number, n: number]): void
  histogramPacked1(c0: number, h0: number, entries: number, codes: number, n: number): void
  histogramPacked4(...given: [...FourColumns, entries: number, codes: number, n: number]): void
  histogramClasses1(c0: number, h0: number, ...codes: ClassCodes): void
  histogramClasses4(...given: [...FourColumns, ...ClassCodes]): void
  countRows(c0: number, counts: number, entries: number, shift: number, n: number): void
  sumClasses(codes: number, n: number, stride: number, classBits: number, weightMask: number, totals: number): void
  gatherCodes(codes: number, entries: number, n: number, to: number): void
  scanClasses(
    hist: number,
    stride: number,
    mask: number,
    valueBins: number,
    totals: number,
    left: number,
    counts: number,
    rows: number,
    minRows: number,
    out: number,
  ): void
  markBins(column: number, entries: number, n: number, shift: number, map: number, mask: number): void
  clearMarked(hist: number, stride: number, mask: number): void
  scanMarked(hist: number, mask: number, valueBins: number, g: number, h: number, count: number, minRows: number, out: number): void
  subtract(hist: number, other: number, bins: number): void
  scan(
    hist: number,
    valueBins: number,
    g: number,
    h: number,
    count: number,
    lambda: number,
    minHessian: number,
    minRows: number,
    out: number,
  ): void
  searchColumns(
    columns: number,
    list: number,
    first: number,
    last: number,
    rows: number,
    pairs: number,
    n: number,
    built: number,
    sibling: number,
    rules: number,
    scratch: number,
    flags: number,
    found: number,
  ): void
  keepColumns(list: number, count: number, flags: number, mask: number, to: number): number
  splitRows(column: number, idx: number, n: number, shift: number, goesLeft: number, left: number, right: number): number
  numberRows(idx: number, n: number): void
  gather(pairs: number, idx: number, n: number, to: number): void
  gatherBytes(bytes: number, idx: number, n: number, to: number): void
  addToScores(scores: number, stride: number, idx: number, n: number, value: number): void
  clear(at: number, bytes: number): void
  copy(to: number, from: number, bytes: number): void
  logisticGradients(scores: number, y: number, weights: number, n: number, pairs: number, sums: number): void
  classProbabilities(scores: number, classes: number, n: number, probabilities: number, scratch: number): void
  classGradients(
    probabilities: number,
    classes: number,
    k: number,
    y: number,
    weights: number,
    n: number,
    pairs: number,
    sums: number,
  ): void
  quantise(pairs: number, n: number, scaleG: number, scaleH: number, sums: number): void
  nearestCenters(
    x: number,
    stride: number,
    list: number,
    n: number,
    centers: number,
    k: number,
    block: number,
    found: number,
    nearest: number,
    second: number,
  ): void
  unsettledRows(labels: number, bounds: number, paths: number, from: number, to: number, list: number): number
  settleRows(
    x: number,
    stride: number,
    list: number,
    n: number,
    labels: number,
    bounds: number,
    paths: number,
    found: number,
    nearest: number,
    second: number,
    sums: number,
    counts: number,
  ): number
  labelInertia(x: number, stride: number, from: number, to: number, labels: number, centers: number): number
  tryCenters(
    x: number,
    stride: number,
    list: number,
    n: number,
    centers: number,
    trials: number,
    block: number,
    potential: number,
    tried: number,
    trialBytes: number,
    sums: number,
  ): void
  shortenRows(x: number, stride: number, n: number, mean: number, limit: number, words: number, out: number, about: number): void
  nearShortCenters(
    x: number,
    words: number,
    list: number,
    n: number,
    about: number,
    centers: number,
    k: number,
    aboutCenters: number,
    rounding: number,
    out: number,
    found: number,
    nearest: number,
    second: number,
    open: number,
  ): number
  shortTrials(
    x: number,
    words: number,
    n: number,
    about: number,
    centers: number,
    trials: number,
    aboutCenters: number,
    rounding: number,
    potential: number,
    out: number,
    lists: number,
    listBytes: number,
    counts: number,
  ): void
  lessenValues(x: number, stride: number, list: number, n: number, center: number, values: number): void
  pairSums(values: number, n: number, out: number): void
  addRows(x: number, stride: number, list: number, n: number, found: number, sums: number, counts: number): void
  addShortRows(x: number, words: number, about: number, list: number, n: number, found: number, sums: number, counts: number): void
  triangularDistances(x: number, stride: number, n: number, mean: number, factor: number, scratch: number, out: number): void
  diagonalDistances(x: number, stride: number, n: number, mean: number, factor: number, out: number): void
  sharesOf(distances: number, stride: number, n: number, offsets: number, k: number, largest: number, sums: number): void
  addScatter(
    x: number,
    stride: number,
    n: number,
    mean: number,
    weights: number,
    diagonal: number,
    scratch: number,
    sums: number,
    scatter: number,
  ): void
  sparseTimes(starts: number, indices: number, values: number, from: number, to: number, v: number, p: number, out: number): void
  denseTimes(a: number, stride: number, n: number, columns: number, v: number, p: number, upper: number, out: number): void
  packPanels(rows: number, columns: number, n: number, shift: number, panels: number, sums: number): void
  addGram(panels: number, stride: number, n: number, out: number): void
  addTransposedTimes(a: number, stride: number, columns: number, n: number, u: number, p: number, out: number): void
  updateTimes(a: number, stride: number, m: number, v: number, w: number, x: number, y: number): void
  reflectRows(rows: number, stride: number, count: number, reflectors: number, factors: number, first: number, n: number): void
  floatDots(a: number, aStride: number, n: number, b: number, bStride: number, m: number, d: number, out: number, outStride: number): void
  sparseScores(...rows: [...SparseRows, w: number, bias: number, scores: number]): void
  sparseAdd(...rows: [...SparseRows, factors: number, sums: number]): void
  sparseCurve(starts: number, indices: number, values: number, n: number, w: number, bias: number, curvatures: number, sums: number): number
  denseScores(x: number, stride: number, n: number, w: number, bias: number, scores: number): void
  denseAdd(x: number, stride: number, n: number, factors: number, sums: number): void
  denseCurve(x: number, stride: number, n: number, w: number, bias: number, curvatures: number, sums: number): number
  logisticLosses(scores: number, targets: number, shares: number, curvatures: number, n: number, sums: number): void
  hingeLosses(scores: number, targets: number, shares: number, curvatures: number, n: number, sums: number): void
  softmaxLosses(
    scores: number,
    p: number,
    classes: number,
    bias: number,
    labels: number,
    shares: number,
    n: number,
    factors: number,
    biasSums: number,
  ): number
  softmaxCurve(scores: number, p: number, bias: number, probabilities: number, shares: number, n: number, biasSums: number): void
  dualDescent(
    starts: number,
    indices: number,
    values: number,
    order: number,
    n: number,
    w: number,
    p: number,
    bias: number,
    labels: number,
    alphas: number,
    diagonals: number,
    inverses: number,
  ): void
  addSparseTransposedTimes(...rows: [...SparseRows, u: number, p: number, out: number]): void
  walkKnown(...given: WalkArguments): void
  walkMissing(...given: WalkArguments): void
  walkRowKnown(...given: WalkRowArguments): void
  walkRowMissing(...given: WalkRowArguments): void
}

export type WalkRowArguments = [nodes: number, roots: number, depths: number, trees: number, row: number, leaves: number]

export type WalkArguments = [
  nodes: number,
  values: number,
  root: number,
  depth: number,
  x: number,
  stride: number,
  n: number,
  out: number,
  outStride: number,
]

/** The kernels at work on a heap. */
export function kernelsOn(heap: Heap): Kernels {
  if (heap.memory) return wasmKernels(heap.memory)
  const views = viewsOf(heap)
  return {
    ...plainHistograms(views),
    ...plainClasses(views),
    ...plainMarks(views),
    ...plainScan(views),
    ...plainColumns(views),
    ...plainRows(views),
    ...plainGradients(views),
    ...plainCenters(views),
    ...plainShortRows(views),
    ...plainGaussians(views),
    ...plainProducts(views),
    ...plainDots(views),
    ...plainEigen(views),
    ...plainLinear(views),
    ...plainWalk(views),
  }
}

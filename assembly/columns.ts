// A step of boosting for a run of columns in one call: their histograms of a node, those of its sibling, and the best split of both.
// Small nodes are many, and a call from JavaScript for each column and kernel takes longer than what it does.

import {
  histogram1,
  histogram2,
  histogram3,
  histogram4,
  histogramAll1,
  histogramAll2,
  histogramAll3,
  histogramAll4,
  subtract,
} from './histograms'
import { clear } from './rows'
import { scanAbove } from './scan'

/** Bytes of an entry of the table of columns: bins, offset in a histogram, value bins, whether to scan it here, feature. */
const ENTRY: usize = 20
/** Bytes for what is found in a node, and in both nodes, of a column. */
const FOUND: usize = 128
const FOUND_OF_BOTH: usize = 256

/**
 * Builds the histograms of columns first..last at `built` from n rows (`rows`, whose `pairs` stand in their order; rows 0: all rows)
 * and takes them from those at `sibling` (0: none). Then scans both. `rules` are 9 doubles: gradient, hessian and rows of the node
 * and of its sibling (rows 0: not to be scanned), lambda, least hessian, least rows. What is found in column j stands at
 * `found` + 256 j, as `scan` writes it, for the sibling 128 bytes on. A split that is not better than one of an earlier column of
 * the same call is left out: it would not be taken.
 */
export function searchColumns(
  columns: usize,
  first: i32,
  last: i32,
  rows: usize,
  pairs: usize,
  n: i32,
  built: usize,
  sibling: usize,
  rules: usize,
  found: usize,
): void {
  let builtBest: f64 = -1
  let siblingBest: f64 = -1
  // Four columns at a time: their histograms stay in the nearest cache.
  for (let start = first; start < last; start += 4) {
    const end = min<i32>(start + 4, last)
    build(columns + <usize>start * ENTRY, end - start, rows, pairs, n, built)
    for (let j = start; j < end; j++) {
      const column = columns + <usize>j * ENTRY
      const offset = <usize>load<u32>(column, 4)
      const valueBins = load<i32>(column, 8)
      if (sibling !== 0) subtract(sibling + offset, built + offset, valueBins + 1)
      if (load<u32>(column, 12) === 0) continue
      const out = found + <usize>j * FOUND_OF_BOTH
      builtBest = scanNode(builtBest, built + offset, valueBins, rules, rules + 48, out)
      if (sibling !== 0) siblingBest = scanNode(siblingBest, sibling + offset, valueBins, rules + 24, rules + 48, out + FOUND)
    }
  }
}

/** `count` histograms, up to four; those of neighbouring columns stand one after the other. */
function build(column: usize, count: i32, rows: usize, pairs: usize, n: i32, built: usize): void {
  const end = column + <usize>(count - 1) * ENTRY
  const from = <usize>load<u32>(column, 4)
  clear(built + from, <usize>load<u32>(end, 4) + ((<usize>(load<i32>(end, 8) + 1)) << 4) - from)
  const c0 = <usize>load<u32>(column)
  const h0 = built + from
  if (count === 1) {
    if (rows === 0) histogramAll1(c0, h0, pairs, n)
    else histogram1(c0, h0, rows, pairs, n)
    return
  }
  const c1 = <usize>load<u32>(column + ENTRY)
  const h1 = built + <usize>load<u32>(column + ENTRY, 4)
  if (count === 2) {
    if (rows === 0) histogramAll2(c0, c1, h0, h1, pairs, n)
    else histogram2(c0, c1, h0, h1, rows, pairs, n)
    return
  }
  const c2 = <usize>load<u32>(column + 2 * ENTRY)
  const h2 = built + <usize>load<u32>(column + 2 * ENTRY, 4)
  if (count === 3) {
    if (rows === 0) histogramAll3(c0, c1, c2, h0, h1, h2, pairs, n)
    else histogram3(c0, c1, c2, h0, h1, h2, rows, pairs, n)
    return
  }
  const c3 = <usize>load<u32>(column + 3 * ENTRY)
  const h3 = built + <usize>load<u32>(column + 3 * ENTRY, 4)
  if (rows === 0) histogramAll4(c0, c1, c2, c3, h0, h1, h2, h3, pairs, n)
  else histogram4(c0, c1, c2, c3, h0, h1, h2, h3, rows, pairs, n)
}

/** Scans a node, whose sums stand at `node`; returns the best score so far. */
function scanNode(best: f64, hist: usize, valueBins: i32, node: usize, rules: usize, out: usize): f64 {
  const count = <i32>load<f64>(node, 16)
  if (count === 0) {
    store<f64>(out, -1)
    return best
  }
  const lambda = load<f64>(rules)
  const minHessian = load<f64>(rules, 8)
  return scanAbove(best, hist, valueBins, load<f64>(node), load<f64>(node, 8), count, lambda, minHessian, <i32>load<f64>(rules, 16), out)
}

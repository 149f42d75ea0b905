// Runs in a thread: judges versions on the rows that were held out for all of them. A row is known by the hash of its content;
// equal rows are paired in their order. Each difference is bootstrapped on the same draws (paired bootstrap, Koehn 2004).
import { createRng } from '../../../algorithms/math/rng.ts'
import type { BootstrapInterval } from '../../../algorithms/metrics/bootstrap.ts'
import { bootstrapMetrics } from '../../../algorithms/metrics/bootstrap-metrics.ts'
import {
  classificationMetrics,
  differenceOf,
  type ResampledMetrics,
  regressionMetrics,
  weightedMetrics,
} from '../../../algorithms/metrics/resampled-metrics.ts'
import { Z_95 } from '../../../algorithms/metrics/wilson-interval.ts'
import { sha256 } from '../../../platform/storage/sha256.ts'
import { decodeHeldOut, type HeldOutRows } from '../held-out-file.ts'
import type { Comparison } from './schema.ts'

export interface CompareHeldOutInput {
  /** The first is the reference. Without a file: from before these were kept. */
  readonly versions: readonly { readonly version: string; readonly file: Uint8Array | undefined }[]
}

type Compared = Omit<Comparison, 'model'>

/** Fewer common rows say nothing. */
const FEWEST_ROWS = 10
/** A version that shares less of the rows would shrink the comparison of the others to what it shares. */
const SMALLEST_SHARE = 0.2
const LEVEL = 0.95
/** Rows times draws of one difference. */
const DRAWN_ROWS = 2e6
/** Normal quantile of 0.8: how often the rows asked for would decide. */
const Z_POWER = 0.8416212335729143
/** Beyond so many times the rows at hand the differences seen so far say nothing about how many it would take. */
const FARTHEST = 100
const SEED = 0x70616972
/** As they are shown: what versions are chosen by comes first. */
const ORDER = ['logLoss', 'accuracy', 'rocAuc', 'f1', 'precision', 'recall', 'brier', 'ece', 'rmse', 'mae', 'r2']
const HIGHER_IS_BETTER = new Set(['accuracy', 'rocAuc', 'f1', 'precision', 'recall', 'r2'])

export function compareHeldOut({ versions }: CompareHeldOutInput): Compared {
  const incomparable: { version: string; reason: string }[] = []
  const opened = versions.flatMap(({ version, file }) => {
    if (file !== undefined) return [{ version, held: decodeHeldOut(file, { sha256 }) }]
    incomparable.push({ version, reason: 'It was made before held-out rows were kept with a version. Train again.' })
    return []
  })
  const reference = versions[0]!.version
  const nothing = { reference, rows: 0, level: LEVEL, metrics: [] }
  const [first, ...others] = opened
  if (first === undefined || first.version !== reference) {
    for (const { version } of opened)
      incomparable.push({ version, reason: `The reference ${reference} has no held-out rows to compare with.` })
    return { ...nothing, incomparable }
  }
  let common = keysOf(first.held)
  const judged = [first]
  for (const { version, held } of others) {
    const both = joined(common, held)
    const reason = obstacle(first.held, held, both.length, common.length, reference)
    if (reason === undefined) {
      common = both
      judged.push({ version, held })
    } else incomparable.push({ version, reason })
  }
  if (common.length < FEWEST_ROWS) {
    const reason = `It has ${common.length} held-out rows; ${FEWEST_ROWS} are needed.`
    return { ...nothing, incomparable: [...judged.map(({ version }) => ({ version, reason })), ...incomparable] }
  }
  return { reference, rows: common.length, level: LEVEL, metrics: metricsOf(judged, common), incomparable }
}

/** Content hash, which of several equal rows, and what came true. */
interface RowKey {
  readonly key: string
  readonly truth: string | number
}

function keysOf(held: HeldOutRows): RowKey[] {
  const seen = new Map<number, number>()
  return Array.from(held.hashes, (hash, row) => {
    const copies = seen.get(hash) ?? 0
    seen.set(hash, copies + 1)
    return { key: `${hash} ${copies}`, truth: truthOf(held, row) }
  })
}

const truthOf = ({ task, classes, truth }: HeldOutRows, row: number): string | number =>
  task === 'classification' ? classes[truth[row]!]! : truth[row]!

/** Those of the rows that another version held out too. Equal hashes of different rows are told apart by what came true. */
function joined(common: readonly RowKey[], held: HeldOutRows): RowKey[] {
  const known = new Map(keysOf(held).map(({ key, truth }) => [key, truth]))
  return common.filter(({ key, truth }) => known.get(key) === truth)
}

function obstacle(reference: HeldOutRows, held: HeldOutRows, shared: number, rows: number, name: string): string | undefined {
  if (held.task !== reference.task || held.target !== reference.target) {
    return `It predicts ${held.target} (${held.task}), and ${name} predicts ${reference.target} (${reference.task}).`
  }
  const needed = Math.max(FEWEST_ROWS, Math.ceil(SMALLEST_SHARE * rows))
  if (shared >= needed) return undefined
  return `Only ${shared} of the ${rows} compared rows were held out for it too; ${needed} are needed. Train it again on the same rows.`
}

type Judged = readonly { readonly version: string; readonly held: HeldOutRows }[]

function metricsOf(judged: Judged, common: readonly RowKey[]): Compared['metrics'] {
  // Every version is judged by the weights that the reference was trained with.
  const weights = weightsOf(judged[0]!.held, common)
  const [reference, ...others] = judged.map(({ version, held }) => {
    const metrics = resampledOf(held, common, judged)
    return { version, metrics: weights === undefined ? metrics : weightedMetrics(metrics, weights) }
  })
  const rows = common.length
  const resamples = Math.min(1000, Math.max(200, Math.floor(DRAWN_ROWS / rows)))
  const values = judged.map(() => new Float64Array(reference!.metrics.names.length))
  for (const [index, { metrics }] of [reference!, ...others].entries()) metrics.judge(new Float64Array(rows).fill(1), values[index]!)
  // The same seed: every version meets the same draws.
  const differences = others.map(({ metrics }) =>
    bootstrapMetrics(rows, differenceOf(reference!.metrics, metrics), { rng: createRng(SEED), resamples, confidence: LEVEL }),
  )
  return ORDER.flatMap((metric) => {
    const place = reference!.metrics.names.indexOf(metric)
    if (place < 0 || Number.isNaN(values[0]![place]!)) return []
    const higherIsBetter = HIGHER_IS_BETTER.has(metric)
    const own = { version: reference!.version, value: values[0]![place]!, difference: 0, low: 0, high: 0 }
    const versions = others.flatMap(({ version }, index) => {
      const difference = differences[index]![metric]
      return difference === undefined ? [] : [verdict(version, values[index + 1]![place]!, difference, higherIsBetter, rows)]
    })
    return [{ metric, higherIsBetter, versions: [{ ...own, decided: 'undecided' as const, moreRowsNeeded: null }, ...versions] }]
  })
}

function verdict(
  version: string,
  value: number,
  { value: difference, low, high, standardError }: BootstrapInterval,
  higherIsBetter: boolean,
  rows: number,
): Compared['metrics'][number]['versions'][number] {
  const shown = { version, value, difference, low, high }
  if (low > 0 || high < 0) return { ...shown, decided: low > 0 === higherIsBetter ? 'better' : 'worse', moreRowsNeeded: null }
  return { ...shown, decided: 'undecided', moreRowsNeeded: moreRowsFor({ difference, standardError, rows }) }
}

/**
 * Rows that would decide a difference as large as the one seen in 8 of 10 cases, of the paired standard error, which shrinks with the
 * square root of the rows (Cohen 1988, ch. 2). Without the second quantile it would be decided in one of two cases only.
 */
export function moreRowsFor(seen: { readonly difference: number; readonly standardError: number; readonly rows: number }): number | null {
  const { difference, standardError, rows } = seen
  const needed = Math.ceil(rows * (((Z_95 + Z_POWER) * standardError) / difference) ** 2) - rows
  return Number.isNaN(needed) || needed > FARTHEST * rows ? null : Math.max(1, needed)
}

function weightsOf(held: HeldOutRows, common: readonly RowKey[]): Float64Array | undefined {
  if (held.weights === undefined) return undefined
  const rowOf = new Map(keysOf(held).map(({ key }, row) => [key, row]))
  return Float64Array.from(common, ({ key }) => held.weights![rowOf.get(key)!]!)
}

/** A version's predictions of the common rows, under the labels that any of the versions knows. */
function resampledOf(held: HeldOutRows, common: readonly RowKey[], judged: Judged): ResampledMetrics {
  const rowOf = new Map(keysOf(held).map(({ key }, row) => [key, row]))
  const rows = common.map(({ key }) => rowOf.get(key)!)
  if (held.task === 'regression') {
    const said = Float64Array.from(rows, (row) => held.predictions[row]!)
    return regressionMetrics(
      Float64Array.from(rows, (row) => held.truth[row]!),
      said,
    )
  }
  const labels = [...new Set(judged.flatMap((each) => each.held.classes))]
  const columns = labels.map((label) => held.classes.indexOf(label))
  const width = held.classes.length
  const said = new Float64Array(rows.length * labels.length)
  for (const [index, row] of rows.entries()) {
    for (const [k, column] of columns.entries()) said[index * labels.length + k] = column < 0 ? 0 : held.predictions[row * width + column]!
  }
  return classificationMetrics(
    common.map(({ truth }) => labels.indexOf(String(truth))),
    said,
    labels.length,
  )
}

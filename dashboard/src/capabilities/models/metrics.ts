// What each metric is called, in which unit it stands, and which direction is better.
import { NUMBER, POINTS, SHARE, SIGNED, type Unit } from '../../charts/unit.ts'
import { metricText } from '../../text/metrics.ts'

export interface Metric {
  readonly name: string
  readonly title: string
  /** Where there is little room. */
  readonly short: string
  /** What it measures, in one line. */
  readonly meaning: string
  readonly unit: Unit
  /** Of a difference of two values. */
  readonly difference: Unit
  readonly higherIsBetter: boolean
}

const SHARES = new Set(['accuracy', 'precision', 'recall', 'f1', 'coverage'])
const LOWER_IS_BETTER = new Set(['logLoss', 'brier', 'ece', 'rmse', 'mae', 'mape'])

/** In the order of a page: what matters first. */
const ORDER = ['accuracy', 'f1', 'rocAuc', 'averagePrecision', 'precision', 'recall', 'logLoss', 'brier', 'ece', 'mae', 'rmse', 'r2']

export type Task = 'classification' | 'regression'

/** The one shown where there is room for one. */
export function mainMetricOf(task: Task): string {
  return task === 'classification' ? 'accuracy' : 'mae'
}

export function metricOf(name: string): Metric {
  const known = metricText[name as keyof typeof metricText]
  const isShare = SHARES.has(name)
  return {
    name,
    title: known?.title ?? name,
    short: known !== undefined && 'short' in known ? known.short : (known?.title ?? name).toLowerCase(),
    meaning: known?.meaning ?? '',
    unit: isShare ? SHARE : NUMBER,
    difference: isShare ? POINTS : SIGNED,
    higherIsBetter: !LOWER_IS_BETTER.has(name),
  }
}

/** Names in the order in which they are shown; unknown ones last, by name. */
export function inMetricOrder(names: Iterable<string>): string[] {
  const place = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  return [...names].sort((a, b) => place(a) - place(b) || a.localeCompare(b))
}

const ALGORITHM_NAMES: Readonly<Record<string, string>> = {
  'random-forest': 'random forest',
  'boosted-trees': 'boosted trees',
  lightgbm: 'LightGBM',
  auto: 'try all',
}

export function algorithmName(algorithm: string): string {
  return ALGORITHM_NAMES[algorithm] ?? algorithm.replaceAll('-', ' ')
}

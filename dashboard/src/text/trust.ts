// The words for what surrounds a model: what it promises.
import { formatCount } from '../ui/format.ts'

export const coverageText = {
  levels: 'Promised and kept',
  levelsSubtitle: (rows: number) => `How often the truth was inside, 95 % interval, n ${formatCount(rows)} held-out rows`,
  parts: (share: string) => `Kept at ${share}, by part`,
  partsOfClasses: 'Of the rows of each true class. The promise holds on average over all rows, not in each class',
  partsOfRanges: 'Of rows with predictions in each range, each calibrated by its own errors',
  columns: ['Part', 'Inside', '95 % interval', 'Size'],
  asked: (share: string) => `asked ${share}`,
  kept: 'inside',
  classes: (mean: string, single: string) => `size ${mean}, ${single} one alone`,
  width: (mean: string) => `width ${mean}`,
  rows: (rows: number, size: string) => `${formatCount(rows)} rows, ${size}`,
  sizeOfSet: (mean: string) => `size ${mean}`,
  sizeOfInterval: (mean: string) => `width ${mean}`,
  none: 'This version promises nothing: too few rows were left to measure how often it is right.',
  foot: (rows: number, highest: string) =>
    `Any coverage up to ${highest} can be asked for with each prediction. It was learned from ${formatCount(rows)} rows, each predicted by a fold that had not seen it, and holds for new rows that are like them.`,
} as const

export const promiseText = {
  label: 'Certainty wanted',
  hint: 'The answer then names every class, or the whole interval, that holds the truth so often.',
  option: (share: string) => `${share} of all cases`,
  none: 'none',
  set: (share: string) => `True in ${share} of all cases:`,
  one: 'no other class is needed',
  several: (count: number) => `any of these ${count}`,
} as const

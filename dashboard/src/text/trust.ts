// The words for what surrounds a model: what it promises, its card.
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

export const cardText = {
  tab: 'Card',
  markdown: 'Download as Markdown',
  json: 'Download as JSON',
  none: 'This version has no card',
  noneHint: 'It was trained before cards were written. Train again; the new version has one.',
  summary: 'What it is',
  limits: 'Limits',
  limitsSubtitle: 'What the numbers forbid to conclude',
  weakSpots: 'Weak spots',
  weakSpotsSubtitle: (examined: number) =>
    `Kinds of rows it errs on more than on all others, beyond chance after correction for looking at ${formatCount(examined)}`,
  noWeakSpots: (examined: number) => `None of ${formatCount(examined)} kinds of rows is worse than the rest beyond chance.`,
  weakSpotColumns: { slice: 'Rows with', rows: 'Rows', mean: 'Mean', elsewhere: 'Elsewhere', atLeast: 'Worse by at least' },
  loss: { classification: 'log loss', regression: 'absolute error' },
  quality: 'Quality',
  qualitySubtitle: (rows: number) => `On ${formatCount(rows)} held-out rows, 95 % intervals by bootstrap`,
  qualityColumns: ['Metric', 'Value', '95 % interval', 'Folds, mean ± sd'],
  promises: 'Promises',
  promisesSubtitle: 'How often the truth was inside what a prediction stated, on the held-out rows',
  noPromises: 'None: too few rows were left to measure how often it is right.',
  promiseColumns: ['Asked', 'Kept', '95 % interval'],
  size: { classification: 'Classes on average', regression: 'Mean width' },
  data: 'Data',
  dataSubtitle: (rows: number) => `${formatCount(rows)} training rows; the features that count most first`,
  dataColumns: ['Feature', 'Kind', 'Missing', 'Values', 'Loss when shuffled'],
  training: 'Training',
  rows: (rows: number, features: number) => `${formatCount(rows)} rows, ${formatCount(features)} features`,
  facts: {
    algorithm: 'Algorithm',
    target: 'Target',
    trained: 'Trained',
    learned: 'Learned from',
    judged: 'Judged on',
    skipped: 'Left out',
    classes: 'Judged classes',
    fingerprint: 'Fingerprint',
    seed: 'seed',
    took: 'took',
    library: 'library',
  },
} as const

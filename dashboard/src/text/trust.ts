// The words for what surrounds a model: what it promises, its card, what moves it.
import { formatCount } from '../ui/format.ts'

export const coverageText = {
  levels: 'Promised and kept',
  levelsSubtitle: (rows: number) => `How often the truth was inside, 95 % interval, n ${formatCount(rows)} judged rows`,
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
  noneHint: 'It was trained before cards were written, or taken over from a file. Evaluate it on rows with the target, or train again.',
  qualityOfImported: (rows: number) => `On ${formatCount(rows)} rows that were sent for it, 95 % intervals by bootstrap`,
  taken: (format: string, features: number) => `elsewhere (${format}), ${formatCount(features)} features`,
  summary: 'What it is',
  limits: 'Limits',
  limitsSubtitle: 'What the numbers forbid to conclude',
  weakSpots: 'Weak spots',
  weakSpotsSubtitle: (examined: number) =>
    `Kinds of rows it errs on more than on all others, beyond chance after correction for looking at ${formatCount(examined)}`,
  noWeakSpots: (examined: number) =>
    examined === 0
      ? 'Too few rows to look for any.'
      : `None of ${formatCount(examined)} kinds of rows is worse than the rest beyond chance.`,
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

export const dependenceText = {
  title: 'How answers move with a feature',
  subtitle: 'Partial dependence on a sample of the training rows',
  of: (rows: number, isCurve: boolean) =>
    `Mean answer when ${formatCount(rows)} training rows are set to each value, all else as it is. ${isCurve ? 'Band' : 'Line'}: 80 % of the rows${isCurve ? '; thin lines: single rows' : ''}`,
  feature: 'Feature',
  class: 'Class',
  answer: 'mean answer',
  probability: (label: string) => `probability of ${label}`,
  band: '80 % of the rows',
  foot: 'It says what the model does, not what causes what: features that hang together are moved apart here.',
  old: 'This version keeps no sample of its training rows: it was made before these were kept. Train again.',
} as const

export const whatIfText = {
  title: 'What would change this?',
  subtitle: 'Few changes, to values seen in training, each checked by asking the version',
  wished: 'To be answered',
  low: 'At least',
  high: 'At most',
  fixed: 'Cannot change',
  find: 'Find ways',
  none: 'No way was found with three changes. Let more features change, or wish for less.',
  now: (prediction: string, label: string | undefined) =>
    label === undefined ? `Now ${prediction}.` : `"${label}" has a probability of ${prediction} now.`,
  thenClass: (value: string, share: string) => `then ${value}, ${share}`,
  thenNumber: (value: string) => `then ${value}`,
  try: 'Fill in',
  missing: 'missing',
  foot: 'It says what the model would answer, not what would happen.',
} as const

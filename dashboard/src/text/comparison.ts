// The words of comparing models and of moving one between runtimes.
import type { Rollout } from '../../../src/interfaces/client/index.ts'

export const comparisonText = {
  title: 'Compare embeddings',
  hint: 'Two models, or one in two runtimes, on the same texts; computed past the cache, in turns',
  first: 'First',
  second: 'Second',
  texts: 'Texts',
  textsHint: 'One a line, at most 256; from four on their neighbours are compared too',
  sample:
    'A summer sale of running shoes for women\nThe invoice of March is overdue by two weeks.\nWie richte ich den Drucker im zweiten Stock ein?\n12.5 % more clicks, at half the cost per order\nSneakers for a marathon, now cheaper\nYour payment from spring has not arrived yet',
  compare: 'Compare',
  failed: 'The comparison did not work',
  where: { node: 'in Node', python: 'in Python' },
  columns: { model: 'Model', p50: 'One text, p50', p95: 'p95', rate: 'Texts a second', dimensions: 'Dimensions', memory: 'Memory' },
  cosine: (mean: string, least: string) => `Cosine of the same text: ${mean} on average, ${least} at least.`,
  noCosine: 'Their vectors have different widths, so a cosine between them means nothing.',
  neighbours: (share: string, count: number) => `${share} of the ${count} nearest texts of each text are the same.`,
  parity: 'Their vectors may stand in one index',
  noParity: 'Their vectors must not stand in one index',
} as const

export const answersText = {
  title: 'Compare answers of a model',
  hint: 'Two versions, or a version and a model of a worker, asked the sample of rows kept with the first; in turns, nothing is logged',
  model: 'Model',
  first: 'First',
  second: 'Second',
  version: (name: string, isActive: boolean, runtime: 'node' | 'python') =>
    `${name}${runtime === 'python' ? ', fitted by Python' : ''}${isActive ? ', in service' : ''}`,
  onWorker: 'A model of a worker',
  worker: 'Its name on the worker',
  workerHint: 'As the worker serves it: tabular.NAME, or the name on a remote inference server',
  compare: 'Compare',
  failed: 'The comparison did not work',
  where: { node: 'answered by Node', python: 'answered by Python' },
  columns: { who: 'Version', p50: 'One row, p50', p99: 'p99', rate: 'Rows a second', size: 'Version’s memory', process: 'Process' },
  same: (share: string, rows: number) => `${share} of ${rows} rows get the same class.`,
  apart: (mean: string, largest: string) => `Probabilities are ${mean} apart on average, ${largest} at most.`,
  values: (mean: string, largest: string) => `Values are ${mean} apart on average, ${largest} at most.`,
  parity: 'One may stand in for the other',
  noParity: 'They answer differently',
} as const

export const rolloutText = {
  title: 'Rollout to Python',
  hint: 'A model moves to the workers step by step, and back at the first gate that does not hold',
  model: 'Model',
  start: 'Start rollout',
  started: 'The rollout has started',
  steps: 'Steps in percent',
  stepsWrong: 'Numbers from 1 to 100, each larger than the one before, such as 10, 50, 100',
  hold: 'Seconds a step lasts at least',
  texts: 'Texts a step needs',
  cosine: 'Least cosine',
  abort: 'Take back',
  aborted: 'The model is computed as the settings prefer',
  abortTitle: 'Take the rollout back?',
  abortBody: 'All of the model goes back at once to what the settings prefer.',
  none: 'No model moves. One that Node and the workers both have can be moved here.',
  noModel: 'No model is computed in both runtimes here.',
  statuses: { running: 'Running', complete: 'Complete', 'stepped-back': 'Stepped back', aborted: 'Taken back' } satisfies Record<
    Rollout['status'],
    string
  >,
  share: (share: string) => `${share} of the batches go to Python`,
  facts: {
    steps: 'Steps',
    cosine: 'Least cosine',
    latency: "Time, against Node's",
    errors: 'Errors',
    texts: 'Texts in this step',
    reason: 'Why',
  },
  atLeast: (value: string, limit: string) => `${value} (at least ${limit})`,
  atMost: (value: string, limit: string) => `${value} (at most ${limit})`,
} as const

// Judging a version on rows that came after its training.
import { formatCount } from '../ui/format.ts'

export const newRowsText = {
  on: 'Judged on',
  heldOut: 'held-out rows of the training',
  option: (name: string, rows: number, at: string) => `${name}, ${formatCount(rows)} rows, ${at}`,
  evaluate: 'Evaluate on new rows',
  facts: (name: string, rows: number) => `${formatCount(rows)} rows of ${name}, sent for it after the training. Intervals: 95 %`,
  weighed: (column: string) => `Metrics count each row by ${column}.`,
  skipped: (rows: number) => `${formatCount(rows)} more were left out: without the target, of weight 0, or with another number of cells.`,
  known: (known: number, rows: number) => `${formatCount(known)} of these ${formatCount(rows)} rows stand in the rows of its training`,
  knownHint: 'On rows it has learned from, a version seems better than it is on others.',
  heldOutValue: (value: string) => `held-out ${value}`,
  delete: 'Delete this evaluation',
  deleteTitle: (name: string) => `Delete the evaluation on ${name}?`,
  deleteText: 'The version and its other evaluations stay.',
  deleted: 'The evaluation is deleted',
  title: 'Evaluate on new rows',
  description: (target: string) =>
    `Rows with the columns of the model and with "${target}". They judge the version; they train nothing and are not kept.`,
  drop: 'Drop a CSV or NDJSON file here',
  dropHint:
    'Delimiter, encoding and decimals are found out. Columns that are no feature are not read; rows without the target are left out and counted. Where the training had weights, those of these rows count.',
  table: 'Or a table that is there',
  noTable: 'Choose a table',
  start: 'Evaluate',
  uploading: (share: string) => `Sending, ${share}`,
  judging: 'Judging',
  failed: 'The rows cannot judge this version',
  weakSpots: 'Weak spots',
  metricsSubtitle: (rows: number) => `On these ${formatCount(rows)} rows with 95 % intervals, beside the held-out rows of the training`,
  heldOutColumn: 'Held-out rows',
  cardTitle: 'On rows sent later',
  cardSubtitle: 'Apart from the held-out rows; 95 % intervals',
  cardColumns: { name: 'Rows', at: 'Judged', rows: 'Count', known: 'In its training' },
  unknown: 'not known',
} as const

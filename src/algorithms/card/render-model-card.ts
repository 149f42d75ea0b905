// A model card as Markdown, for people and for pull requests.
import type { ModelCard } from './model-card.ts'

/** The card as Markdown. Sections that the card says nothing of are left out. */
export function renderModelCard(card: ModelCard): string {
  const { name, description } = card
  const lines = [
    `# ${cell(name)}`,
    '',
    ...(description === undefined ? [] : [line(description), '']),
    summaryOf(card),
    '',
    ...qualityOf(card),
    ...newRowsOf(card),
    ...promiseOf(card),
    ...weakSpotsOf(card),
    ...limitsOf(card),
    ...dataOf(card),
    ...trainingOf(card),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

function summaryOf({ algorithm, task, target, data, imported }: ModelCard): string {
  const of = target === undefined ? '' : ` of \`${cell(target)}\``
  const skipped = data.skippedRows ? `; ${data.skippedRows} rows were left out` : ''
  const learnt =
    imported === undefined
      ? `Learnt from ${data.trainingRows} rows with ${data.features.length} features; judged on ${data.judgedRows} rows it did not learn from`
      : `Taken over from a file (${cell(imported)}) with ${data.features.length} features; judged on ${data.judgedRows} rows that were sent for it`
  const text = `${cell(algorithm)}, ${task}${of}. ${learnt}${skipped}.${heldOutOf(data)}`
  const classes = data.classes.map(({ label, rows }) => `${cell(label)} (${rows})`).join(', ')
  return classes === '' ? text : `${text}\n\nClasses in the judged rows: ${classes}.`
}

function heldOutOf({ heldOut, weight }: ModelCard['data']): string {
  // The words hold code spans of their own.
  const which = heldOut === undefined ? '' : ` Held out: ${line(heldOut)}.`
  return weight === undefined ? which : `${which} Rows are weighed by \`${cell(weight)}\`.`
}

function qualityOf({ metrics, crossValidation, data: { weight } }: ModelCard): string[] {
  const folds = crossValidation && crossValidation.folds > 0 ? crossValidation : undefined
  const rows = Object.entries(metrics).map(([metric, { value, low, high }]) => {
    const cells = [metric, short(value), `${short(low)} to ${short(high)}`]
    const mean = folds?.mean[metric]
    if (folds) cells.push(mean === undefined ? '' : `${short(mean)} ± ${short(folds.std[metric] ?? 0)}`)
    return cells
  })
  const head = ['metric', 'value', '95 % interval', ...(folds ? [`${folds.folds} folds, mean ± sd`] : [])]
  const weighted = weight === undefined ? [] : [`Each row counts by its \`${cell(weight)}\`, here and in the folds.`, '']
  return ['## Quality', '', ...weighted, ...table(head, rows), '']
}

function newRowsOf({ newRows = [], task }: ModelCard): string[] {
  if (newRows.length === 0) return []
  const metrics = task === 'classification' ? ['accuracy', 'rocAuc', 'logLoss'] : ['mae', 'rmse', 'r2']
  const shown = metrics.filter((metric) => newRows.some((each) => each.metrics[metric] !== undefined))
  const rows = newRows.map(({ name, createdAt, rows: count, knownRows, metrics: found, weight }) => [
    ...[
      weight === undefined ? name : `${name}, weighed by ${weight}`,
      createdAt.slice(0, 16).replace('T', ' '),
      String(count),
      knownRows === null ? 'not known' : String(knownRows),
    ],
    ...shown.map((metric) => {
      const one = found[metric]
      return one === undefined ? '' : `${short(one.value)} (${short(one.low)} to ${short(one.high)})`
    }),
  ])
  return ['## On rows sent later', '', ...table(['rows', 'judged (UTC)', 'count', 'of these in its training', ...shown], rows), '']
}

function promiseOf({ coverage, task, data: { weight } }: ModelCard): string[] {
  if (coverage === undefined) return []
  if (coverage === null) return ['## Promises', '', 'None: too few rows were left to measure how often it is right.', '']
  const size = task === 'classification' ? 'classes on average' : 'mean width'
  const rows = coverage.levels.map(({ coverage: asked, value, low, high, size: mean }) => [
    share(asked),
    share(value),
    `${share(low)} to ${share(high)}`,
    short(mean),
  ])
  return [
    '## Promises',
    '',
    `A prediction can be asked for a coverage of up to ${short(coverage.highest)}; learned from ${coverage.calibrationRows} rows, measured on the judged rows${weight === undefined ? '' : ', each counted once whatever its weight'}:`,
    '',
    ...table(['asked', 'kept', '95 % interval', size], rows),
    '',
  ]
}

function weakSpotsOf({ task, weakSpots }: ModelCard): string[] {
  const loss = task === 'classification' ? 'log loss' : 'absolute error'
  const head = ['## Weak spots', '']
  if (weakSpots.slices.length === 0) return [...head, `None of ${weakSpots.examined} slices is worse than the rest beyond chance.`, '']
  const rows = weakSpots.slices.map((slice) => [
    slice.name,
    String(slice.rows),
    short(slice.meanLoss),
    short(slice.otherLoss),
    short(slice.atLeast),
  ])
  return [
    ...head,
    `Of ${weakSpots.examined} slices these have a larger ${loss} than all other rows, beyond chance after correction for looking at many.`,
    '',
    ...table(['slice', 'rows', `mean ${loss}`, 'elsewhere', 'worse by at least'], rows),
    '',
  ]
}

function limitsOf({ limits }: ModelCard): string[] {
  return ['## Limits', '', ...(limits.length === 0 ? ['None are known.'] : limits.map((limit) => `- ${line(limit)}`)), '']
}

function dataOf({ data: { columns, fingerprint } }: ModelCard): string[] {
  if (columns === undefined) return []
  const rows = columns.map(({ name, kind, missing, values, importance }) => [name, kind, share(missing), values, short(importance)])
  const named = fingerprint === undefined ? [] : [`Fingerprint of the rows: \`${fingerprint}\`.`, '']
  return ['## Data', '', ...named, ...table(['feature', 'kind', 'missing', 'values', 'loss when shuffled'], rows), '']
}

function trainingOf({ trained }: ModelCard): string[] {
  if (trained === undefined) return []
  const { parameters, seed, libraryVersion, durationMs } = trained
  const set = Object.entries(parameters).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)])
  const rows = [...set, ['seed', String(seed)], ['library', libraryVersion], ['took', `${short(durationMs / 1000)} s`]]
  return ['## Training', '', ...table(['parameter', 'value'], rows), '']
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)]
}

const share = (value: number): string => `${Number((value * 100).toPrecision(3))} %`

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}

/** Text inside a table: no line ends, no column ends. */
function cell(text: string): string {
  return line(text).replaceAll('|', '\\|')
}

const line = (text: string): string => text.replaceAll(/\s+/g, ' ')

// The rows of one training: those of a dataset, and predictions whose outcome is known. Turned into a matrix on shared
// memory, part by part in a thread, so that neither all parts nor a copy stand in memory at once.
import { createHash } from 'node:crypto'
import { TandemError } from '../../errors.ts'
import type { Artifacts } from '../../platform/storage/artifacts.ts'
import type { ThreadPool } from '../../platform/threads/pool.ts'
import {
  type AsideColumn,
  asideColumns,
  type CategoryTables,
  type CheckedDefinition,
  createRowEncoder,
  type Feature,
  type FeatureRow,
} from '../models/index.ts'
import { timeFromText } from './aside-writer.ts'
import { type DocumentPart, type Documents, joinDocuments } from './documents.ts'
import { createPause } from './event-loop-pause.ts'
import { type AsideNotes, addNotes } from './fill-aside.ts'
import type { ColumnRecipe, Filled, FillMatrixInput } from './fill-matrix.ts'
import { sortedLabels } from './infer-definition.ts'
import type { Dataset, JudgedPrediction, TrainingStore } from './store.ts'
import { createTableWriter, labelOf } from './table-writer.ts'
import { textHash } from './text-hash.ts'

type LoadPart = () => Promise<Uint8Array>

/** Rows that are ready to be read, and what is known of them. */
export interface TrainingTable {
  readonly rows: number
  readonly parts: readonly LoadPart[]
  /** Labels in order; empty for regression. */
  readonly classes: readonly string[]
  readonly classCounts: Readonly<Record<string, number>>
  readonly categories: CategoryTables
  readonly fingerprint: string
  /** Of the packed parts. */
  readonly bytes: number
  /** Rows that were left out: streams without target, outcomes that no longer fit. */
  readonly skippedRows: number
}

export interface TrainingRowsParts {
  readonly store: TrainingStore
  readonly artifacts: Artifacts
  readonly maxRows: number
}

export interface RowsWanted {
  readonly definition: CheckedDefinition
  readonly dataset: Dataset | undefined
  /** Adds predictions whose outcome came until this time. */
  readonly outcomesUntil: number | undefined
  readonly model: string
  readonly signal: AbortSignal
}

const OUTCOMES_PER_READ = 1000

export async function gatherRows(parts: TrainingRowsParts, wanted: RowsWanted): Promise<TrainingTable> {
  const { definition, features } = wanted.definition
  const { artifacts } = parts
  // Rows of another target say nothing about this one.
  const usable = wanted.dataset?.summary.target === definition.target && wanted.dataset.summary.task === definition.task
  const dataset = usable ? wanted.dataset : undefined
  const outcomes =
    wanted.outcomesUntil === undefined ? undefined : await packOutcomes(parts, wanted, wanted.outcomesUntil, dataset?.rows ?? 0)
  const summaries = [dataset?.summary, outcomes?.summary].filter((summary) => summary !== undefined)
  const classCounts = addCounts(summaries.map((summary) => summary.classCounts))
  const labels = Object.keys(classCounts)
  const categories = features.map((feature) => {
    if (feature.kind !== 'category') return null
    return feature.values ?? [...new Set(summaries.flatMap((summary) => summary.categories[feature.name] ?? []))].sort()
  })
  return {
    rows: (dataset?.rows ?? 0) + (outcomes?.rows ?? 0),
    bytes: (dataset?.bytes ?? 0) + (outcomes?.parts ?? []).reduce((sum, part) => sum + part.length, 0),
    parts: [
      ...(dataset?.parts ?? []).map(
        (hash): LoadPart =>
          () =>
            artifacts.get(hash),
      ),
      ...(outcomes?.parts ?? []).map(
        (part): LoadPart =>
          async () =>
            part,
      ),
    ],
    classes: definition.task === 'regression' ? [] : (definition.classes ?? sortedLabels(labels)),
    classCounts,
    categories,
    fingerprint: createHash('sha256')
      .update(`${dataset?.fingerprint ?? ''} ${outcomes?.fingerprint ?? ''}`)
      .digest('hex'),
    // All of them where the target is another.
    skippedRows: (wanted.dataset?.summary.skippedRows ?? 0) + (usable ? 0 : (wanted.dataset?.rows ?? 0)) + (outcomes?.skipped ?? 0),
  }
}

export function recipeColumns(features: readonly Feature[], categories: CategoryTables): ColumnRecipe[] {
  return features.map(({ name, kind }, index) => ({
    name,
    texts: categories[index] ?? null,
    ...(kind === 'text' ? { isDocument: true } : kind === 'date' ? { isDate: true } : {}),
  }))
}

/** Reads every part into the matrix, and counts what does not fit. */
export async function fillFromParts(
  pool: ThreadPool,
  table: Pick<TrainingTable, 'rows' | 'parts'>,
  input: Omit<FillMatrixInput, 'bytes' | 'firstRow'>,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (fraction: number) => void },
): Promise<Pick<Filled, 'misfits'> & { readonly documents: readonly Documents[]; readonly aside: AsideNotes }> {
  checkTextRows(table.rows, input.recipe)
  let firstRow = 0
  const texts: DocumentPart[] = []
  const all = new Uint32Array((input.fitting?.features.length ?? 0) + 1)
  let notes: AsideNotes = { missing: [], numbers: 0, dates: 0 }
  for (const [index, load] of table.parts.entries()) {
    signal.throwIfAborted()
    const bytes = await load()
    const { rows, misfits, documents, aside } = await pool.run<Filled>('training.fill', { ...input, bytes, firstRow }, { signal })
    for (const [column, count] of misfits.entries()) all[column]! += count
    texts.push(...documents)
    if (aside !== undefined) notes = addNotes(notes, aside)
    firstRow += rows
    onProgress?.((index + 1) / table.parts.length)
  }
  if (firstRow !== table.rows) {
    throw new TandemError(
      'artifact_damaged',
      `The stored rows are damaged: the parts hold ${firstRow} rows, but ${table.rows} were stored. Send the rows again.`,
    )
  }
  return { misfits: all, documents: joinDocuments(texts), aside: notes }
}

/** Rows whose numbers float32 holds: a free text is known by its row. */
const MOST_TEXT_ROWS = 2 ** 24

function checkTextRows(rows: number, recipe: readonly ColumnRecipe[]): void {
  const text = recipe.find(({ isDocument }) => isDocument)
  if (text === undefined || rows <= MOST_TEXT_ROWS) return
  throw new TandemError(
    'too_many_rows',
    `There are ${rows} rows, and a model that reads free texts ("${text.name}") takes ${MOST_TEXT_ROWS}. Send fewer rows, or leave the text out.`,
    { details: { rows, maximum: MOST_TEXT_ROWS } },
  )
}

interface PackedOutcomes {
  readonly rows: number
  readonly parts: readonly Uint8Array[]
  readonly summary: Pick<Dataset['summary'], 'classCounts' | 'categories'>
  readonly fingerprint: string
  readonly skipped: number
}

async function packOutcomes(
  { store, maxRows }: TrainingRowsParts,
  { model, definition: checked, signal }: RowsWanted,
  until: number,
  datasetRows: number,
): Promise<PackedOutcomes> {
  const { definition, features } = checked
  const { target, task, classes } = definition
  const aside = asideColumns(definition, features)
  const packed: Uint8Array[] = []
  const sink = async (part: Uint8Array): Promise<void> => void packed.push(part)
  const writer = createTableWriter({
    dataset: 'outcomes',
    features,
    target: { name: target, task, ...(classes ? { classes } : {}) },
    unknownColumns: 'ignore',
    sink,
  })
  const encoder = createRowEncoder(features)
  const scratch = new Float32Array(features.length)
  const pause = createPause()
  const names = new Set(features.map(({ name }) => name))
  /** Without features that the definition has no more; the writer leaves them out too. */
  const known = (row: FeatureRow): FeatureRow => Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name)))
  let skipped = 0
  let first = 0
  let after: readonly [number, string] | undefined
  for (;;) {
    signal.throwIfAborted()
    const judged = await store.listJudged(model, { after, until, limit: OUTCOMES_PER_READ })
    // Predictions made before the definition changed may no longer fit it.
    const fits = (row: FeatureRow): boolean => encoder.encode(row, scratch, 0) || encoder.encode(known(row), scratch, 0)
    const good = judged.filter((row) => fits(row.features) && fitsTarget(row, checked) && fitsAside(row, aside))
    skipped += judged.length - good.length
    const rows = good.map(({ features: row, value }) => ({ ...row, [target]: value }))
    const keys = good.map(({ predictionId }) => textHash(predictionId))
    await writer.add({ kind: 'objects', rows, first, lines: undefined }, keys)
    first += rows.length
    if (datasetRows + first > maxRows) {
      throw new TandemError(
        'too_many_rows',
        `The stored rows and the outcomes of "${model}" are more than ${maxRows}. Raise TANDEM_MAX_ROWS, or train on rows you choose.`,
      )
    }
    const last = judged.at(-1)
    if (last === undefined || judged.length < OUTCOMES_PER_READ) break
    after = [last.receivedAt, last.predictionId]
    if (pause.due()) await pause.rest()
  }
  const summary = await writer.finish()
  return { rows: summary.rows, parts: packed, summary, fingerprint: summary.fingerprint, skipped }
}

function fitsTarget({ value }: JudgedPrediction, { definition }: CheckedDefinition): boolean {
  if (definition.task === 'regression') return typeof value === 'number' && Math.abs(value) <= 1e38
  const label = labelOf(value)
  return label !== undefined && (definition.classes === undefined || definition.classes.includes(label))
}

/** A prediction knows what its rows are weighed and parted by only where that is a feature. */
function fitsAside({ features }: JudgedPrediction, columns: readonly AsideColumn[]): boolean {
  return columns.every(({ name, role, isFeature }) => {
    const value = features[name]
    if (!isFeature || value === undefined || value === null) return false
    return role !== 'time' || timeFromText(String(value)) !== undefined
  })
}

function addCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum = new Map<string, number>()
  for (const counts of all) for (const [label, count] of Object.entries(counts)) sum.set(label, (sum.get(label) ?? 0) + count)
  return Object.fromEntries(sum)
}

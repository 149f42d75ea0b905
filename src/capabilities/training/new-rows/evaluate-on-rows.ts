// Judges a version on rows that are sent for it: reads them as the version would have been asked, lets a thread judge them, and keeps what it
// found beside the evaluation of the training.
import { createHash, randomUUID } from 'node:crypto'
import { TandemError } from '../../../errors.ts'
import type { Artifacts } from '../../../platform/storage/artifacts.ts'
import type { ThreadPool } from '../../../platform/threads/pool.ts'
import { createSharedTrainingSet } from '../../../platform/threads/shared-arrays.ts'
import { type LiveModel, type Models, type NewRowsEvaluation, tellsUnseen } from '../../models/index.ts'
import type { PackRows } from '../intake.ts'
import type { RowSource } from '../row-batches.ts'
import type { TrainingStore } from '../store.ts'
import type { TableSummary } from '../table-writer.ts'
import { fillFromParts, recipeColumns } from '../training-rows.ts'
import type { JudgedNewRows, JudgeNewRowsInput } from './judge-new-rows.ts'
import { FEWEST_JUDGED_ROWS } from './schema.ts'

export interface EvaluateOptions {
  /** What the rows are called. */
  readonly name?: string
  /** Columns that are no feature of the version. Default `reject`. */
  readonly unknownColumns?: 'reject' | 'ignore'
  readonly raggedRows?: 'reject' | 'skip'
  readonly actor?: string
  readonly signal?: AbortSignal
}

/**
 * @throws `version_not_found`, `artifact_damaged`; `invalid_input`, `target_missing`, `too_few_rows`, `too_many_rows`, `memory_limit` for
 *         rows that cannot judge it.
 */
export type EvaluateOnRows = (
  model: string,
  version: string,
  rows: RowSource,
  options?: EvaluateOptions & { readonly label: string },
) => Promise<NewRowsEvaluation>

export interface EvaluateOnRowsParts {
  readonly models: Models
  readonly store: TrainingStore
  readonly artifacts: Artifacts
  readonly pool: ThreadPool
  /** Reads rows on the thread of streams. */
  readonly pack: PackRows
  readonly clock: () => number
  readonly memoryLimitBytes: number
}

export function createEvaluateOnRows(parts: EvaluateOnRowsParts): EvaluateOnRows {
  const { models, pool, pack, clock, memoryLimitBytes } = parts
  return async (model, reference, source, options = { label: 'rows' }) => {
    const { name = options.label, unknownColumns = 'reject', raggedRows = 'reject', actor = 'program' } = options
    const signal = options.signal ?? new AbortController().signal
    const live = await models.load(model, reference)
    const { header, fitted } = live
    const { task, target, features, classes } = header
    const packed: Uint8Array[] = []
    const summary = await pack(
      withNumbers(source, header),
      {
        ...{ dataset: 'evaluation', features, unknownColumns, raggedRows },
        target: { name: target, task, ...(task === 'classification' ? { classes } : {}) },
        sink: async (part) => void packed.push(part),
      },
      signal,
    )
    refuse(summary, live, memoryLimitBytes)
    const { x, y } = createSharedTrainingSet(summary.rows, features.length, classes.length)
    const hashes = new Uint32Array(new SharedArrayBuffer(summary.rows * 4))
    // A text that it does not know is what it would have been when it was asked.
    const recipe = recipeColumns(features, header.categories).map((column, index) =>
      column.texts !== null && tellsUnseen(fitted, index) ? { ...column, unseen: column.texts.length } : column,
    )
    const rows = { rows: summary.rows, parts: packed.map((part) => async () => part) }
    const written = { recipe, x, target: { name: target, classes: task === 'regression' ? null : classes, y, hashes } }
    const { documents } = await fillFromParts(pool, rows, written, { signal })
    const input: JudgeNewRowsInput = {
      ...{ fitted, x, y, documents, features, labels: classes, categories: header.categories },
      ...{ conformal: header.conformal ?? null, intervalCoverage: header.intervalCoverage, seed: header.seed },
    }
    const { evaluation, weakSpots } = await pool.run<JudgedNewRows>('training.judge-new-rows', input, { signal })
    const made: NewRowsEvaluation = {
      ...evaluation,
      ...{ id: randomUUID(), model, version: live.version, name, createdBy: actor, createdAt: new Date(clock()).toISOString() },
      ...{ skippedRows: summary.skippedRows, fingerprint: summary.fingerprint, weakSpots },
      knownRows: await knownRows(parts, live, hashes, signal),
    }
    await models.newRows.add(made)
    return made
  }
}

/** A CSV that is streamed is read by the decimal mark of the columns that are numbers to the version. */
function withNumbers(source: RowSource, { features, task, target }: LiveModel['header']): RowSource {
  if (!('bytes' in source) || source.names === 'mended') return source
  const numbers = features.filter(({ kind }) => kind === 'number').map(({ name }) => name)
  return { ...source, reading: { ...source.reading, numbers: task === 'regression' ? [...numbers, target] : numbers } }
}

function refuse({ rows, bytes, skippedRows }: TableSummary, { name, version, header }: LiveModel, limitBytes: number): void {
  const { features, target, classes } = header
  if (rows < FEWEST_JUDGED_ROWS) {
    const skipped = skippedRows > 0 ? ` ${skippedRows} more have no ${target}, or another number of cells.` : ''
    throw new TandemError(
      'too_few_rows',
      `There ${rows === 1 ? 'is 1 row' : `are ${rows} rows`} to judge version ${version} of model "${name}" on, and ${FEWEST_JUDGED_ROWS} are needed.${skipped} Send more rows with ${target}.`,
      { details: { rows, minimum: FEWEST_JUDGED_ROWS } },
    )
  }
  // The matrix, twice where it is judged; the predictions with what the metrics draw of them; the packed rows.
  const needed = rows * (2 * (features.length * 4 + 8) + 3 * 8 * Math.max(1, classes.length)) + bytes
  if (needed <= limitBytes) return
  const megabytes = (value: number): number => Math.ceil(value / 2 ** 20)
  throw new TandemError(
    'memory_limit',
    `Judging ${rows} rows of ${features.length} features needs about ${megabytes(needed)} MB, more than the ${megabytes(limitBytes)} MB this server allows. Send a random part of the rows.`,
    { details: { bytes: needed, limitBytes } },
  )
}

/** Of the rows those that stand in the rows of the version's training, by their content; null when these are not stored any more. */
async function knownRows(
  { models, store, artifacts, pool }: EvaluateOnRowsParts,
  { name, version }: LiveModel,
  hashes: Uint32Array,
  signal: AbortSignal,
): Promise<number | null> {
  const { dataFingerprint, imported } = await models.getVersion(name, version)
  if (imported !== undefined) return null
  for (const { id } of await store.datasetParts(name)) {
    const dataset = await store.findDataset(id)
    // As a training without outcomes names its rows; those with outcomes are known by their predictions.
    if (dataset === undefined || fingerprintOf(dataset.fingerprint) !== dataFingerprint) continue
    const trained = new Set<number>()
    for (const part of dataset.parts) {
      signal.throwIfAborted()
      const bytes = await artifacts.get(part)
      for (const hash of await pool.run<Uint32Array>('training.row-hashes', bytes, { signal })) trained.add(hash)
    }
    return hashes.reduce((count, hash) => count + (trained.has(hash) ? 1 : 0), 0)
  }
  return null
}

const fingerprintOf = (rows: string): string => createHash('sha256').update(`${rows} `).digest('hex')

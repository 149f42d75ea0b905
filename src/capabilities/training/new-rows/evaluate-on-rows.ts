// Judges a version on rows that are sent for it: reads them as the version would have been asked, lets a thread judge them, and keeps what it
// found beside the evaluation of the training.
import { createHash, randomUUID } from 'node:crypto'
import { TandemError } from '../../../errors.ts'
import type { Artifacts } from '../../../platform/storage/artifacts.ts'
import type { ThreadPool } from '../../../platform/threads/pool.ts'
import { createSharedTrainingSet } from '../../../platform/threads/shared-arrays.ts'
import { type AsideColumn, type LiveModel, type Models, type NewRowsEvaluation, tellsUnseen } from '../../models/index.ts'
import { createAside } from '../fill-aside.ts'
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
  /** Column of the weights of these rows, which they must have. Default: that of the training, where they have it. */
  readonly weight?: string
  /** Whether to measure what the version leans on, by shuffling each feature among these rows. Default false. */
  readonly importances?: boolean
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
    const { name = options.label, unknownColumns = 'reject', raggedRows = 'reject', importances = false, actor = 'program' } = options
    const signal = options.signal ?? new AbortController().signal
    const live = await models.load(model, reference)
    const { header, fitted } = live
    const { task, target, features, classes } = header
    const weight = options.weight ?? (await models.getVersion(model, live.version)).weight
    if (options.weight !== undefined) refuseWeight(options.weight, header)
    const beside: AsideColumn[] = weight === undefined ? [] : [{ name: weight, role: 'weight', isFeature: false }]
    const packed: Uint8Array[] = []
    const summary = await pack(
      withNumbers(source, header, weight),
      {
        ...{ dataset: 'evaluation', features, unknownColumns, raggedRows, aside: beside, asideMayLack: options.weight === undefined },
        target: { name: target, task, ...(task === 'classification' ? { classes } : {}) },
        sink: async (part) => void packed.push(part),
      },
      signal,
    )
    refuse(summary, live, memoryLimitBytes)
    const aside = summary.aside.length > 0 ? createAside(beside, summary.rows) : undefined
    const { x, y } = createSharedTrainingSet(summary.rows, features.length, classes.length)
    const hashes = new Uint32Array(new SharedArrayBuffer(summary.rows * 4))
    // A text that it does not know is what it would have been when it was asked.
    const recipe = recipeColumns(features, header.categories).map((column, index) =>
      column.texts !== null && tellsUnseen(fitted, index) ? { ...column, unseen: column.texts.length } : column,
    )
    const rows = { rows: summary.rows, parts: packed.map((part) => async () => part) }
    const written = { recipe, x, target: { name: target, classes: task === 'regression' ? null : classes, y, hashes } }
    const { documents } = await fillFromParts(pool, rows, { ...written, ...(aside && { aside }) }, { signal })
    const counted = countedRows(aside?.weights, summary.rows)
    if (counted.length < FEWEST_JUDGED_ROWS) throw tooFew(counted.length, summary.rows - counted.length, live)
    const input: JudgeNewRowsInput = {
      ...{ fitted, x, y, weights: aside?.weights, rows: counted, documents, features, labels: classes, categories: header.categories },
      ...{ conformal: header.conformal ?? null, intervalCoverage: header.intervalCoverage, seed: header.seed, importances },
    }
    const { evaluation, weakSpots, permutation } = await pool.run<JudgedNewRows>('training.judge-new-rows', input, { signal })
    const made: NewRowsEvaluation = {
      ...evaluation,
      ...{ id: randomUUID(), model, version: live.version, name, createdBy: actor, createdAt: new Date(clock()).toISOString() },
      ...{ skippedRows: summary.skippedRows + summary.rows - counted.length, fingerprint: summary.fingerprint, weakSpots },
      ...(aside && weight !== undefined ? { weight } : {}),
      ...(permutation && {
        permutationImportances: Object.fromEntries(
          features.map(({ name: feature }, at) => [feature, { mean: permutation.mean[at]!, std: permutation.std[at]! }]),
        ),
      }),
      knownRows: await knownRows(
        parts,
        live,
        Uint32Array.from(counted, (row) => hashes[row]!),
        signal,
      ),
    }
    await models.newRows.add(made)
    return made
  }
}

/** A CSV that is streamed is read by the decimal mark of the columns that are numbers to the version. */
function withNumbers(source: RowSource, { features, task, target }: LiveModel['header'], weight: string | undefined): RowSource {
  if (!('bytes' in source) || source.names === 'mended') return source
  const numbers = features.filter(({ kind }) => kind === 'number').map(({ name }) => name)
  if (task === 'regression') numbers.push(target)
  if (weight !== undefined) numbers.push(weight)
  return { ...source, reading: { ...source.reading, numbers } }
}

function refuseWeight(weight: string, { features, target }: LiveModel['header']): void {
  if (weight !== target && features.every(({ name }) => name !== weight)) return
  const message = `weight "${weight}" is ${weight === target ? 'the target' : 'a feature'} of the version; weights stand in a column of their own`
  throw new TandemError('invalid_input', `${message}.`, { errors: [{ path: '/weight', message }] })
}

/** Rows of weight 0 judge nothing, as they teach nothing in a training. */
function countedRows(weights: Float64Array | undefined, rows: number): Int32Array {
  const all = Int32Array.from({ length: rows }, (_, row) => row)
  return weights === undefined ? all : all.filter((row) => weights[row]! > 0)
}

function refuse({ rows, bytes, skippedRows }: TableSummary, live: LiveModel, limitBytes: number): void {
  const { features, classes } = live.header
  if (rows < FEWEST_JUDGED_ROWS) throw tooFew(rows, skippedRows, live)
  // The matrix, twice where it is judged; the predictions with what the metrics draw of them; the packed rows.
  const needed = rows * (2 * (features.length * 4 + 16) + 3 * 8 * Math.max(1, classes.length)) + bytes
  if (needed <= limitBytes) return
  const megabytes = (value: number): number => Math.ceil(value / 2 ** 20)
  throw new TandemError(
    'memory_limit',
    `Judging ${rows} rows of ${features.length} features needs about ${megabytes(needed)} MB, more than the ${megabytes(limitBytes)} MB this server allows. Send a random part of the rows.`,
    { details: { bytes: needed, limitBytes } },
  )
}

function tooFew(rows: number, leftOut: number, { name, version, header: { target } }: LiveModel): TandemError {
  const skipped = leftOut > 0 ? ` ${leftOut} more have no ${target}, the weight 0, or another number of cells.` : ''
  return new TandemError(
    'too_few_rows',
    `There ${rows === 1 ? 'is 1 row' : `are ${rows} rows`} to judge version ${version} of model "${name}" on, and ${FEWEST_JUDGED_ROWS} are needed.${skipped} Send more rows with ${target}.`,
    { details: { rows, minimum: FEWEST_JUDGED_ROWS } },
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

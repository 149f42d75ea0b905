// Takes rows in: checks them, packs them into parts, stores the parts and last of all the dataset. When anything fails
// nothing stays behind. The dataset is durable when this returns.
import { randomUUID } from 'node:crypto'
import { TandemError } from '../../errors.ts'
import type { Artifacts } from '../../platform/storage/artifacts.ts'
import type { StreamThread } from '../../platform/threads/stream-thread.ts'
import { asideColumns, type CheckedDefinition, describeFeature } from '../models/index.ts'
import { type RowLimits, type RowSource, readRows } from './row-batches.ts'
import type { TakeRows } from './row-tasks.ts'
import type { Dataset, TrainingStore } from './store.ts'
import { createTableWriter, type TableSummary, type TableWriterOptions } from './table-writer.ts'

export const FEWEST_ROWS = 10

export interface IntakeParts {
  readonly store: TrainingStore
  readonly artifacts: Artifacts
  readonly clock: () => number
  readonly limits: RowLimits
  /** Runs the row tasks. */
  readonly streams: StreamThread
}

export interface IntakeOptions {
  readonly model: string
  readonly definition: CheckedDefinition
  readonly unknownColumns: 'reject' | 'ignore'
  readonly raggedRows?: 'reject' | 'skip'
  /** Refuses what training could not hold in memory. */
  readonly checkMemory: (taken: { readonly rows: number; readonly classes: number; readonly bytes: number }) => void
  readonly signal?: AbortSignal
}

/** @throws `invalid_input`, `target_missing`, `too_few_rows`, `too_few_classes`, `too_many_rows`, `payload_too_large`, `malformed_body`, `memory_limit`. */
export async function takeRows(source: RowSource, parts: IntakeParts, options: IntakeOptions): Promise<Dataset> {
  const { store, artifacts, clock } = parts
  const { definition, features } = options.definition
  const id = randomUUID()
  const hashes: string[] = []
  const { target, task, classes } = definition
  const { unknownColumns, raggedRows = 'reject' } = options
  const aside = asideColumns(definition, features)
  const named = { name: target, task, ...(classes ? { classes } : {}) }
  const writer = { dataset: id, features, target: named, ...(aside.length > 0 ? { aside } : {}), unknownColumns, raggedRows }
  const sink = async (part: Uint8Array): Promise<void> => {
    options.signal?.throwIfAborted()
    hashes.push(await artifacts.put(part))
  }
  try {
    const summary = await packRows(source, parts, { ...writer, sink }, options.signal)
    checkSummary(summary, task, target)
    const { rows, bytes, classCounts } = summary
    options.checkMemory({ rows, bytes, classes: classes?.length ?? Object.keys(classCounts).length })
    const dataset: Dataset = {
      id,
      model: options.model,
      createdAt: clock(),
      rows: summary.rows,
      fingerprint: summary.fingerprint,
      parts: hashes,
      bytes: summary.bytes,
      summary: { target, task, classCounts: summary.classCounts, categories: summary.categories, skippedRows: summary.skippedRows },
    }
    await store.insertDataset(dataset)
    return dataset
  } catch (error) {
    // The parts are this dataset's alone. What cannot be deleted now is space, not a wrong state.
    await Promise.allSettled(hashes.map((hash) => artifacts.delete(hash)))
    throw error
  }
}

/** As `packRows`, with the limits and the thread of streams. */
export type PackRows = (source: RowSource, writer: TableWriterOptions, signal: AbortSignal) => Promise<TableSummary>

/** Rows that are objects are in memory already; a stream is cut and checked on its thread. */
export async function packRows(
  source: RowSource,
  { limits, streams }: Pick<IntakeParts, 'limits' | 'streams'>,
  { sink, ...writer }: TableWriterOptions,
  signal: AbortSignal | undefined,
): Promise<TableSummary> {
  if ('bytes' in source) {
    const { bytes, reading, names } = source
    const argument: TakeRows = { reading, names, limits: limitsOf(limits), writer }
    return streams.run<TableSummary>('rows.take', argument, { input: bytes, onOutput: sink, signal })
  }
  const packer = createTableWriter({ ...writer, sink })
  for await (const batch of readRows(source, limits)) {
    signal?.throwIfAborted()
    await packer.add(batch)
  }
  return packer.finish()
}

/** Alone what a thread needs of the settings. */
export function limitsOf({ maxRows, uploadLimitBytes }: RowLimits): RowLimits {
  return { maxRows, uploadLimitBytes }
}

/** What no model can be trained on, told before anything starts. */
export function checkSummary(
  { rows, classCounts, skippedRows }: Pick<TableSummary, 'rows' | 'classCounts' | 'skippedRows'>,
  task: 'classification' | 'regression',
  target: string,
): void {
  if (rows < FEWEST_ROWS) {
    const skipped =
      skippedRows > 0 ? ` (${skippedRows} more were left out: they have no ${target}, or do not fit the definition any more)` : ''
    throw new TandemError(
      'too_few_rows',
      `There ${rows === 1 ? 'is 1 row' : `are ${rows} rows`}${skipped}, but training needs at least ${FEWEST_ROWS}, of which some are held out to judge the result. Add rows.`,
      { details: { rows, minimum: FEWEST_ROWS } },
    )
  }
  const classes = Object.keys(classCounts)
  if (task === 'classification' && classes.length < 2) {
    throw new TandemError(
      'too_few_classes',
      `All ${rows} rows have the same ${target} ("${classes[0]}"), so there is nothing to tell apart. Add rows of another class.`,
      { details: { rows, classes } },
    )
  }
}

/** Stored rows of which some no longer fit: whether enough are left, and if not, what keeps most of them out. */
export function checkFitting(
  { rows, classes }: { readonly rows: number; readonly classes: readonly string[] },
  { count, classRows, misfits }: { readonly count: number; readonly classRows: Uint32Array; readonly misfits: Uint32Array },
  { definition, features }: CheckedDefinition,
  model: string,
): void {
  const present = classes.filter((_, index) => classRows[index]! > 0)
  const tooFewClasses = definition.task === 'classification' && present.length < 2
  if (count >= FEWEST_ROWS && !tooFewClasses) return
  const worst = misfits.indexOf(Math.max(...misfits))
  const feature = features[worst]
  const cause =
    feature === undefined
      ? `${misfits[worst]} have a ${definition.target} that is no class any more`
      : `${misfits[worst]} have a "${feature.name}" that is not, as it is defined now, ${describeFeature(feature)}`
  const left = count >= FEWEST_ROWS ? `${count} rows of one class ("${present[0]}")` : `${count} of ${rows} rows`
  throw new TandemError(
    count >= FEWEST_ROWS ? 'too_few_classes' : 'too_few_rows',
    `The definition of "${model}" has changed since its rows were stored, and only ${left} fit it: ${cause}. Train on new rows, or define the model so that the stored ones fit.`,
    { details: { rows: count, stored: rows, skipped: rows - count, minimum: FEWEST_ROWS } },
  )
}

// The first part of a training: the stored rows become a matrix on shared memory, weighed and parted as the definition says.
import { TandemError } from '../../errors.ts'
import type { JobContext } from '../../platform/jobs/jobs.ts'
import { createSharedTrainingSet } from '../../platform/threads/shared-arrays.ts'
import { asideColumns, type CheckedDefinition } from '../models/index.ts'
import { type Aside, checkAside, createAside } from './fill-aside.ts'
import type { HoldOut, HoldOutInput } from './hold-out.ts'
import { checkFitting, checkSummary, FEWEST_ROWS } from './intake.ts'
import { matrixColumns } from './matrix-columns.ts'
import type { Prepared } from './prepared-table.ts'
import type { RowSplit } from './row-split.ts'
import { heldOutWords, shownSplit } from './shown-split.ts'
import type { Recipe, Table } from './tasks.ts'
import type { TrainJobParts } from './train-job.ts'
import type { TrainPayload } from './train-payload.ts'
import { fillFromParts, gatherRows, recipeColumns } from './training-rows.ts'

/** Rows to a matrix on shared memory, with those that are held out. @throws what the rows or the memory do not allow */
export async function prepareTable(
  parts: TrainJobParts,
  payload: Pick<TrainPayload, 'model' | 'dataset' | 'outcomes' | 'definition'>,
  definition: CheckedDefinition,
  { recipes, now }: { readonly recipes: readonly Recipe[]; readonly now: number },
  context: JobContext,
): Promise<Prepared> {
  const { store, pool } = parts
  const { signal } = context
  context.progress(0.01, 'Reading the rows', 'reading')
  const dataset = payload.dataset === null ? await store.latestDataset(payload.model) : await store.findDataset(payload.dataset)
  if (dataset === undefined && payload.dataset !== null) throw modelDeleted(payload.model)
  const rows = await gatherRows(parts, {
    definition,
    dataset,
    outcomesUntil: payload.outcomes ? now : undefined,
    model: payload.model,
    signal,
  })
  const { task, target } = definition.definition
  checkSummary(rows, task, target)
  const width = definition.features.length
  const { preparation, weight, split: asked } = definition.definition
  const { features } = definition
  parts.checkMemory({ ...rows, features, preparation, weight, split: asked, classes: rows.classes.length }, recipes)
  const { x, y } = createSharedTrainingSet(rows.rows, width, rows.classes.length)
  const aside = createAside(asideColumns(definition.definition, definition.features), rows.rows)
  const columns = matrixColumns(definition.features, rows, preparation)
  const hashes = new Uint32Array(new SharedArrayBuffer(rows.rows * 4))
  // Stored rows may be older than the definition.
  const fits = payload.definition === null ? new Uint8Array(new SharedArrayBuffer(rows.rows)).fill(1) : undefined
  const input = {
    recipe: recipeColumns(definition.features, rows.categories),
    x,
    target: { name: target, classes: task === 'regression' ? null : rows.classes, y, hashes },
    ...(fits === undefined ? {} : { fitting: { features: definition.features, fits } }),
    ...(aside.columns.length === 0 ? {} : { aside }),
  }
  const {
    misfits,
    documents,
    aside: notes,
  } = await fillFromParts(pool, rows, input, {
    signal,
    onProgress: (fraction) => context.progress(0.01 + 0.07 * fraction),
  })
  checkAside(aside, notes, rows.rows, payload.model)
  const weights = aside.weights === undefined ? {} : { weights: aside.weights }
  const table: Table = { x, y, features: width, classes: rows.classes.length, columns, documents, ...weights, ...rowSplit(aside) }
  const holding: HoldOutInput = { hashes, y, classes: table.classes, ...(fits ? { fits } : {}), weights: table.weights, split: table.split }
  const { train, heldOut, classRows, weightless, parted } = await pool.run<HoldOut>('training.hold-out', holding, { signal })
  const count = train.length + heldOut.length
  const skippedRows = rows.skippedRows + rows.rows - count
  checkWeighted(definition.definition.weight, { count, weightless, classRows, classes: rows.classes })
  if (count + weightless < rows.rows) checkFitting(rows, { count, classRows, misfits }, definition, payload.model)
  const skipped = skippedRows === 0 ? '' : `, ${skippedRows} skipped${weightless === 0 ? '' : ` (${weightless} of weight 0)`}`
  const split = shownSplit(definition.definition, parted, notes.numbers > 0)
  const how = split === undefined ? '' : `: ${heldOutWords(split, { heldOut: heldOut.length, count })}`
  context.progress(0.09, `Read ${count} rows${skipped}, ${heldOut.length} held out to judge the result${how}`)
  return { table, rows, train, heldOut, parted, split, hashes, count, skippedRows }
}

function rowSplit({ groups, times }: Aside): { readonly split?: RowSplit } {
  if (groups !== undefined) return { split: { by: 'group', groups } }
  return times === undefined ? {} : { split: { by: 'time', times } }
}

/** Whether the rows that weigh something are enough. */
function checkWeighted(
  weight: string | undefined,
  left: { readonly count: number; readonly weightless: number; readonly classRows: Uint32Array; readonly classes: readonly string[] },
): void {
  const { count, weightless, classRows, classes } = left
  if (weight === undefined || weightless === 0) return
  const present = classes.filter((_, index) => classRows[index]! > 0)
  const oneClass = classes.length > 0 && present.length < 2
  if (count >= FEWEST_ROWS && !oneClass) return
  const what = count < FEWEST_ROWS ? `${count} rows` : `rows of one class ("${present[0]}")`
  throw new TandemError(
    count < FEWEST_ROWS ? 'too_few_rows' : 'too_few_classes',
    `Only ${what} have a weight ("${weight}") above 0; ${weightless} have the weight 0 and do not count. Training needs at least ${FEWEST_ROWS} rows${classes.length > 0 ? ' of two classes' : ''}.`,
    { details: { rows: count, weightless, minimum: FEWEST_ROWS } },
  )
}

export function modelDeleted(model: string): TandemError {
  return new TandemError('model_not_found', `The rows of this training were deleted with model "${model}".`, { details: { model } })
}

// How good the version in service is on the held-out rows of a new training, which neither has seen.
import { TandemError } from '../../errors.ts'
import type { ThreadPool } from '../../platform/threads/pool.ts'
import { type ModelDefinition, type Models, tellsUnseen } from '../models/index.ts'
import type { Prepared } from './prepared-table.ts'
import type { CompareInput } from './tasks.ts'
import { fillFromParts, recipeColumns } from './training-rows.ts'

export async function championLoss(
  { models, pool }: { readonly models: Models; readonly pool: ThreadPool },
  { model, version }: { readonly model: string; readonly version: string },
  { task, target }: ModelDefinition,
  { table, rows, heldOut }: Prepared,
  signal: AbortSignal,
): Promise<number | { incomparable: string }> {
  let champion: Awaited<ReturnType<Models['load']>>
  try {
    champion = await models.load(model, version)
  } catch (error) {
    if (!TandemError.is(error)) throw error
    return { incomparable: `it cannot be loaded (${error.code})` }
  }
  const { header, fitted } = champion
  if (header.task !== task || header.target !== target) return { incomparable: `it predicts ${header.target} as a ${header.task}` }
  // Its own columns and category tables: it is judged as it would have answered.
  const positions = new Int32Array(new SharedArrayBuffer(rows.rows * 4)).fill(-1)
  for (const [index, row] of heldOut.entries()) positions[row] = index
  const x = new Float32Array(new SharedArrayBuffer(heldOut.length * header.features.length * 4))
  const recipe = recipeColumns(header.features, header.categories).map((column, index) =>
    column.texts !== null && tellsUnseen(fitted, index) ? { ...column, unseen: column.texts.length } : column,
  )
  const { documents } = await fillFromParts(pool, rows, { recipe, x, positions }, { signal })
  const y = Float64Array.from(heldOut, (row) => table.y[row]!)
  const classColumns = rows.classes.map((label) => header.classes.indexOf(label))
  const input: CompareInput = { fitted, x, documents, y, classColumns }
  return (await pool.run<{ loss: number }>('training.compare', input, { signal })).loss
}

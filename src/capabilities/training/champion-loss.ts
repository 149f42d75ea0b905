// How good the version in service is on the held-out rows of a new training, which neither has seen.
import { TandemError } from '../../errors.ts'
import type { ThreadPool } from '../../platform/threads/pool.ts'
import { type ModelDefinition, type Models, tellsUnseen, type Version } from '../models/index.ts'
import { timeFromText } from './aside-writer.ts'
import type { Prepared } from './prepared-table.ts'
import type { CompareInput } from './tasks.ts'
import { fillFromParts, recipeColumns } from './training-rows.ts'

export async function championLoss(
  { models, pool }: { readonly models: Models; readonly pool: ThreadPool },
  { model, version }: { readonly model: string; readonly version: string },
  { task, target, split }: ModelDefinition,
  { table, rows, heldOut, parted }: Prepared,
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
  const otherwise = heldOutOtherwise(await models.getVersion(model, version), split, parted)
  if (otherwise !== undefined) return { incomparable: otherwise }
  // Its own columns and category tables: it is judged as it would have answered.
  const positions = new Int32Array(new SharedArrayBuffer(rows.rows * 4)).fill(-1)
  for (const [index, row] of heldOut.entries()) positions[row] = index
  const x = new Float32Array(new SharedArrayBuffer(heldOut.length * header.features.length * 4))
  const recipe = recipeColumns(header.features, header.categories).map((column, index) =>
    column.texts !== null && tellsUnseen(fitted, index) ? { ...column, unseen: column.texts.length } : column,
  )
  const { documents } = await fillFromParts(pool, rows, { recipe, x, positions }, { signal })
  const y = Float64Array.from(heldOut, (row) => table.y[row]!)
  const weights = table.weights && Float64Array.from(heldOut, (row) => table.weights![row]!)
  const classColumns = rows.classes.map((label) => header.classes.indexOf(label))
  const input: CompareInput = { fitted, x, documents, y, weights, classColumns }
  return (await pool.run<{ loss: number }>('training.compare', input, { signal })).loss
}

/** Why a version may have learned from rows that are held out now; undefined: it has not. */
function heldOutOtherwise(
  { split: own, imported }: Version,
  split: ModelDefinition['split'] = { by: 'random' },
  parted: Prepared['parted'],
): string | undefined {
  // A model of another program has not learned from these rows.
  if (imported !== undefined) return undefined
  const [before, now] = [own ?? ({ by: 'random' } as const), split]
  const isSame = before.by === now.by && ('column' in before ? before.column : '') === ('column' in now ? now.column : '')
  if (!isSame) return `its rows were held out ${howOf(before)}, so it may have learned from some of these`
  if (own?.by !== 'time' || parted?.by !== 'time') return undefined
  const until = timeFromText(own.from)?.time
  return until !== undefined && until > parted.from
    ? `it has learned from rows until ${own.from}, some of which are held out now`
    : undefined
}

const howOf = (split: { readonly by: string; readonly column?: string }): string =>
  split.by === 'random' ? 'at random' : `by the ${split.by} "${split.column}"`

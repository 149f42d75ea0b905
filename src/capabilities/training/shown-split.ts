// What parted the rows of a training, as its version and its card tell it.
import type { ModelDefinition, VersionSplit } from '../models/index.ts'
import type { Parted } from './row-split.ts'

/**
 * @param timesAreNumbers  whether the times are numbers as they stand in the rows, not dates.
 * @returns  undefined for rows that were parted at random.
 */
export function shownSplit(
  { split }: Pick<ModelDefinition, 'split'>,
  parted: Parted | undefined,
  timesAreNumbers: boolean,
): VersionSplit | undefined {
  if (split === undefined || split.by === 'random' || parted === undefined) return undefined
  const { column } = split
  if (parted.by === 'group') return { ...parted, column }
  const text = timesAreNumbers ? String : textOfTime
  return { by: 'time', column, from: text(parted.from), until: text(parted.until) }
}

/** A day where it begins one. */
function textOfTime(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString()
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, -14) : text.replace('.000Z', 'Z')
}

/** "the latest 20 % by `date`, from 2024-03-01". */
export function heldOutWords(split: VersionSplit, { heldOut, count }: { readonly heldOut: number; readonly count: number }): string {
  const share = `${Number(((heldOut / count) * 100).toPrecision(2))} %`
  if (split.by === 'time') return `the latest ${share} by \`${split.column}\`, from ${split.from}`
  return `${split.heldOutGroups} of ${split.groups} groups by \`${split.column}\`, each with all its rows (${share})`
}

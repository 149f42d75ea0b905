// The values of a property as few colours: categories by how often they come, numbers in equal parts of their range.
import type { CollectionMap } from '../../../../../src/interfaces/client/index.ts'
import { mapText } from '../../../text/collections.ts'
import { formatNumber } from '../../../ui/format.ts'

type Value = CollectionMap['points'][number]['value']

export interface MapSeries {
  readonly names: readonly string[]
  readonly counts: readonly number[]
  /** Of each point. */
  readonly of: readonly number[]
  /** The place of what has no colour of its own. */
  readonly restAt: number | undefined
}

const MOST_COLOURS = 8
const NUMBER_PARTS = 5

export function mapSeries(values: readonly Value[]): MapSeries {
  if (values.every((value) => value === null)) return grouped(values, () => mapText.all, [mapText.all], undefined)
  const numbers = values.filter((value) => typeof value === 'number')
  const present = values.filter((value) => value !== null)
  if (numbers.length === present.length && new Set(numbers).size > MOST_COLOURS) return byRange(values, numbers)
  const counts = new Map<string, number>()
  for (const value of present) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name)
  const named = ranked.slice(0, MOST_COLOURS)
  const known = new Set(named)
  const hasRest = ranked.length > named.length || present.length < values.length
  const nameOf = (value: Value): string => (value !== null && known.has(String(value)) ? String(value) : mapText.others)
  return grouped(values, nameOf, hasRest ? [...named, mapText.others] : named, hasRest ? named.length : undefined)
}

function byRange(values: readonly Value[], numbers: readonly number[]): MapSeries {
  const sorted = [...numbers].sort((a, b) => a - b)
  const edges = Array.from({ length: NUMBER_PARTS + 1 }, (_, at) => sorted[Math.round((at / NUMBER_PARTS) * (sorted.length - 1))]!)
  const names = Array.from({ length: NUMBER_PARTS }, (_, at) => mapText.range(formatNumber(edges[at]), formatNumber(edges[at + 1])))
  const unique = [...new Set(names)]
  const hasRest = numbers.length < values.length
  const nameOf = (value: Value): string => {
    if (typeof value !== 'number') return mapText.others
    const part = edges.findIndex((edge, at) => at > 0 && value <= edge)
    return names[part < 1 ? NUMBER_PARTS - 1 : part - 1]!
  }
  return grouped(values, nameOf, hasRest ? [...unique, mapText.others] : unique, hasRest ? unique.length : undefined)
}

function grouped(
  values: readonly Value[],
  nameOf: (value: Value) => string,
  names: readonly string[],
  restAt: number | undefined,
): MapSeries {
  const of = values.map((value) => names.indexOf(nameOf(value)))
  const counts = names.map((_, series) => of.reduce((sum, one) => sum + Number(one === series), 0))
  return { names, counts, of, restAt }
}

// The same document in several columns gets one colour, and each of its places is named in the others.
import type { AnyDocument, Hit } from '../../../../../src/collections.ts'
import type { Mode } from '../search.ts'

export interface LinkedHit {
  /** A series colour of the charts, for the first eight that stand in more than one column. */
  readonly colour: string | undefined
  /** From 1. */
  readonly places: ReadonlyMap<Mode, number>
}

const COLOURS = 8

export function linkHits(columns: ReadonlyMap<Mode, readonly Pick<Hit<AnyDocument>, 'id'>[]>): ReadonlyMap<string, LinkedHit> {
  const places = new Map<string, Map<Mode, number>>()
  for (const [mode, hits] of columns) {
    for (const [place, { id }] of hits.entries()) {
      const known = places.get(id) ?? new Map<Mode, number>()
      places.set(id, known.set(mode, place + 1))
    }
  }
  // The ones nearest to the top of any column are coloured first.
  const shared = [...places].filter(([, known]) => known.size > 1).sort(([, left], [, right]) => highest(left) - highest(right))
  const colours = new Map(shared.slice(0, COLOURS).map(([id], index) => [id, `var(--series-${index + 1})`]))
  return new Map([...places].map(([id, known]) => [id, { colour: colours.get(id), places: known }]))
}

const highest = (places: ReadonlyMap<Mode, number>): number => Math.min(...places.values())

// Which of some rows match a query: scored by the indexes that searches use, so that a match means what a hit means.
import type { RowFilter } from '../../../algorithms/retrieval/filter-rows.ts'
import type { TermReader } from '../../../algorithms/retrieval/search-terms.ts'
import type { KeywordThread } from '../keyword-thread.ts'
import type { SemanticIndex } from '../semantic.ts'
import type { NewSavedQuery } from './schema.ts'

export interface MatchParts {
  readonly shelf: number
  readonly thread: KeywordThread
  readonly semantic: SemanticIndex | undefined
  readonly reader: TermReader
}

const LEAST_COSINE = 0.5

/** The score of each row that matches; null where only a filter is asked. */
export async function matchRows(
  { shelf, thread, semantic, reader }: MatchParts,
  { query = '', mode = 'semantic', filter, threshold }: Omit<NewSavedQuery, 'name'>,
  rows: readonly number[],
): Promise<Map<number, number | null>> {
  const passing = filter === undefined ? rows : await passingOf({ shelf, thread }, filter as RowFilter, rows)
  if (query.trim() === '' || passing.length === 0) return new Map(passing.map((row) => [row, null]))
  if (mode === 'keyword') {
    const wanted = new Set([...reader.terms(query)].map(({ term }) => term))
    const found = await thread.run('explain', { shelf, query, rows: passing })
    const scores = found.map((terms) => ({ score: terms.reduce((sum, { score }) => sum + score, 0), words: terms.length }))
    const matches = passing.flatMap((row, at): [number, number][] => {
      const { score, words } = scores[at]!
      return wanted.size > 0 && words === wanted.size && score >= (threshold ?? 0) ? [[row, score]] : []
    })
    return new Map(matches)
  }
  if (semantic === undefined) return new Map()
  const { rows: near, scores } = await semantic.search({ text: query }, { k: passing.length, bits: Promise.resolve(bitsOf(passing)) })
  const matches = [...near.keys()].flatMap((at): [number, number][] =>
    scores[at]! >= (threshold ?? LEAST_COSINE) ? [[near[at]!, scores[at]!]] : [],
  )
  return new Map(matches)
}

async function passingOf(
  { shelf, thread }: Pick<MatchParts, 'shelf' | 'thread'>,
  filter: RowFilter,
  rows: readonly number[],
): Promise<readonly number[]> {
  const found = await thread.run('find', {
    ...{ shelf, query: undefined, k: 1, filter, prefix: false, facets: [], wantsBits: true },
  })
  const bits = found.bits ?? new Uint32Array()
  return rows.filter((row) => ((bits[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0)
}

function bitsOf(rows: readonly number[]): Uint32Array {
  const bits = new Uint32Array((Math.max(...rows) >>> 5) + 1)
  for (const row of rows) bits[row >>> 5]! |= 1 << (row & 31)
  return bits
}

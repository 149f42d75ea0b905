// One search of one collection: words and meaning side by side, filtered, fused, thinned of near copies, cut to a page, and shown.

import type { RowFilter } from '../../algorithms/retrieval/filter-rows.ts'
import { reciprocalRankFusion, weightedScoreFusion } from '../../algorithms/retrieval/fuse-rankings.ts'
import { highlight } from '../../algorithms/retrieval/highlight.ts'
import type { Ranking } from '../../algorithms/retrieval/keyword-index.ts'
import { maximalMarginalRelevance } from '../../algorithms/retrieval/maximal-marginal-relevance.ts'
import type { TermReader } from '../../algorithms/retrieval/search-terms.ts'
import { type ErrorCode, TandemError } from '../../errors.ts'
import type { Found } from './keyword-messages.ts'
import type { KeywordThread } from './keyword-thread.ts'
import { type Hit, MOST_HITS, type SearchAnswer, type SearchInput, type SearchMode, type StoredDocument } from './schema.ts'
import { encodeSearchCursor, readSearchCursor } from './search-cursor.ts'
import type { Near, SemanticIndex, SemanticSearch } from './semantic.ts'
import type { ShownDocuments } from './shown-documents.ts'
import type { SearchStore } from './store.ts'

export interface SearchParts {
  readonly uid: string
  readonly shelf: number
  readonly store: SearchStore
  readonly thread: KeywordThread
  readonly semantic: SemanticIndex | undefined
  readonly reader: TermReader
  readonly shown: ShownDocuments
}

/** Each ranking of a hybrid search is looked at so deep: further places add next to nothing. */
const LEAST_POOL = 100
/** Near copies are looked for among so many of the best. */
const DIVERSITY_POOL = 100

type Plain = Omit<SearchAnswer, 'cached' | 'tookMs'>

/** @throws `invalid_input`, `document_not_found`, `shape_mismatch`, `unavailable`; the reason of the signal between two steps. */
export async function runSearch(parts: SearchParts, input: SearchInput, signal?: AbortSignal): Promise<Plain> {
  signal?.throwIfAborted()
  const offset = readSearchCursor(input)
  const limit = Math.min(input.limit ?? 10, MOST_HITS - offset)
  if (limit < 1) {
    throw new TandemError('invalid_input', `A search shows its first ${MOST_HITS} hits. Narrow it by a filter instead of paging further.`)
  }
  const rankings = await findRows(parts, input, offset + limit)
  signal?.throwIfAborted()
  const order = await arrange(parts, input, rankings, offset + limit)
  signal?.throwIfAborted()
  const page = { rows: order.rows.subarray(offset, offset + limit), scores: order.scores.subarray(offset, offset + limit) }
  const more = order.rows.length > offset + limit && offset + limit < MOST_HITS
  return {
    hits: await showHits(parts, input, page, rankings),
    ...(more ? { nextCursor: encodeSearchCursor(input, offset + limit) } : {}),
    ...(input.facets === undefined ? {} : { facets: rankings.facets as NonNullable<SearchAnswer['facets']> }),
    mode: rankings.mode,
    model: rankings.semantic === undefined ? null : (parts.semantic?.state().model ?? null),
    ...(rankings.degraded === undefined ? {} : { degraded: rankings.degraded }),
  }
}

interface Rankings {
  readonly mode: SearchMode
  readonly keyword: Ranking | undefined
  readonly semantic: Ranking | undefined
  readonly facets: Found['facets']
  readonly degraded?: string
  /** The row of the document that hits should be like. */
  readonly own?: number
}

async function findRows(parts: SearchParts, input: SearchInput, depth: number): Promise<Rankings> {
  const query = input.query?.trim() === '' ? undefined : input.query
  const near = await nearOf(parts, input, query)
  const mode = modeOf(input, near, query)
  // One more than shown tells whether there is another page; one more again for the document that is left out of its own.
  const pool = Math.max(depth + 2, mode === 'hybrid' ? LEAST_POOL : 0, input.diversity ? DIVERSITY_POOL : 0)
  const wantsWords = mode !== 'semantic' || near === undefined
  const filter = input.filter as RowFilter | undefined
  const { shelf, thread, semantic } = parts
  const asksThread = wantsWords || filter !== undefined || input.facets !== undefined
  const asked = asksThread
    ? thread.run('find', {
        ...{ shelf, query: wantsWords ? query : undefined, k: wantsWords ? pool : 1, filter, prefix: input.prefix === true },
        ...{ facets: input.facets ?? [], wantsBits: mode !== 'keyword' },
      })
    : undefined
  if (mode === 'keyword' || near === undefined) {
    const found = await asked!
    return { mode, keyword: found, semantic: undefined, facets: found.facets }
  }
  const bits = filter === undefined ? undefined : asked!.then((found) => found.bits)
  // The words are looked up while the model reads the query.
  const [words, meaning] = await Promise.allSettled([asked, searchMeaning(semantic, near, { k: pool, bits })])
  if (words.status === 'rejected') throw words.reason
  const own = 'row' in near ? { own: near.row } : {}
  const found = { mode, keyword: wantsWords ? words.value : undefined, facets: words.value?.facets ?? {}, ...own }
  if (meaning.status === 'fulfilled') return { ...found, semantic: meaning.value }
  // Words alone answer a hybrid search, and the answer says so; a semantic one has nothing to fall back to.
  if (mode !== 'hybrid' || !TandemError.is(meaning.reason) || !PASSING.includes(meaning.reason.code)) throw meaning.reason
  return { ...found, semantic: undefined, degraded: meaning.reason.message }
}

const PASSING: readonly ErrorCode[] = ['unavailable', 'dependency_missing', 'overloaded', 'timeout', 'network']

async function searchMeaning(semantic: SemanticIndex | undefined, near: Near, options: SemanticSearch): Promise<Ranking> {
  if (semantic === undefined)
    throw new TandemError('unavailable', 'The collection has no embedding model, so only its words can be searched.')
  return semantic.search(near, options)
}

async function nearOf({ uid, store }: SearchParts, input: SearchInput, query: string | undefined): Promise<Near | undefined> {
  const given = [query, input.vector, input.like].filter((each) => each !== undefined)
  if (given.length > 1) {
    throw new TandemError('invalid_input', 'A search is by one of query, vector and like. Give only one of them.', {
      errors: [{ path: '/', message: 'only one of query, vector and like may be given' }],
    })
  }
  if (input.vector !== undefined) return { vector: input.vector }
  if (input.like === undefined) return query === undefined ? undefined : { text: query }
  const document = await store.byId(uid, input.like)
  if (document === undefined) throw documentNotFound(input.like)
  return { row: document.row }
}

export function documentNotFound(id: string): TandemError {
  return new TandemError('document_not_found', `The collection has no document "${id}".`, { details: { id } })
}

function modeOf(input: SearchInput, near: Near | undefined, query: string | undefined): SearchMode {
  const byMeaning = near !== undefined && query === undefined
  if (byMeaning && input.mode !== undefined && input.mode !== 'semantic') {
    throw new TandemError(
      'invalid_input',
      `A search by ${input.like === undefined ? 'vector' : 'like'} has no words, so its mode is semantic.`,
      {
        errors: [{ path: '/mode', message: `mode must be semantic or absent, got "${input.mode}"` }],
      },
    )
  }
  return input.mode ?? (byMeaning ? 'semantic' : near === undefined ? 'keyword' : 'hybrid')
}

/** The order in which rows are shown. */
async function arrange(parts: SearchParts, input: SearchInput, rankings: Rankings, depth: number): Promise<Ranking> {
  const { keyword, semantic } = rankings
  let order = fuse(parts, input, rankings)
  if (input.like !== undefined) {
    const { own } = rankings
    const kept = [...order.rows.keys()].filter((place) => order.rows[place] !== own)
    order = { rows: Int32Array.from(kept, (place) => order.rows[place]!), scores: Float64Array.from(kept, (place) => order.scores[place]!) }
  }
  const { diversity = 0 } = input
  if (diversity === 0 || parts.semantic === undefined || (keyword ?? semantic) === undefined) return order
  const rows = order.rows.subarray(0, Math.max(DIVERSITY_POOL, depth + 1))
  const highest = order.scores[0] ?? 1
  const lowest = order.scores[rows.length - 1] ?? 0
  // Scaled, so that scores of any kind weigh against cosines.
  const relevance = Float64Array.from(rows, (_, place) => (highest === lowest ? 1 : (order.scores[place]! - lowest) / (highest - lowest)))
  const similarity = await parts.semantic.similarities(rows)
  const chosen = maximalMarginalRelevance(relevance, similarity, { k: Math.min(rows.length, depth + 1), lambda: 1 - diversity })
  return { rows: Int32Array.from(chosen, (place) => rows[place]!), scores: Float64Array.from(chosen, (place) => order.scores[place]!) }
}

function fuse({ semantic: index }: SearchParts, input: SearchInput, { keyword, semantic }: Rankings): Ranking {
  if (semantic === undefined) return keyword!
  if (keyword === undefined) return semantic
  const { weights = { semantic: index!.weight, keyword: 1 }, fusion = 'rank' } = input
  const join = fusion === 'rank' ? reciprocalRankFusion : weightedScoreFusion
  return join([semantic, keyword], { weights: [weights.semantic, weights.keyword] })
}

async function showHits(parts: SearchParts, input: SearchInput, page: Ranking, rankings: Rankings): Promise<Hit[]> {
  const { shelf, thread, reader } = parts
  const rows = [...page.rows]
  const explained = input.explain === true && rankings.keyword !== undefined && input.query !== undefined && input.query.trim() !== ''
  const [documents, terms] = await Promise.all([
    readDocuments(parts, rows, input.highlight === true),
    explained ? thread.run('explain', { shelf, query: input.query!, rows }) : undefined,
  ])
  const scoreIn = (ranking: Ranking | undefined, row: number): number | null => {
    const place = ranking?.rows.indexOf(row) ?? -1
    return place < 0 ? null : ranking!.scores[place]!
  }
  return rows.flatMap((row, place) => {
    // One that was deleted in this moment.
    const found = documents.get(row)
    if (found === undefined) return []
    const { document, text } = found
    return {
      id: String(document.id),
      score: page.scores[place]!,
      document,
      ...(input.explain === true ? { scores: { semantic: scoreIn(rankings.semantic, row), keyword: scoreIn(rankings.keyword, row) } } : {}),
      ...(terms === undefined ? {} : { terms: terms[place]!.map((each) => ({ ...each })) }),
      ...(input.highlight === true ? { highlight: shown(highlight(reader, text, input.query ?? '')) } : {}),
    }
  })
}

type Shown = ReadonlyMap<number, { readonly document: StoredDocument; readonly text: string }>

/** The texts are read only where they are to be shown. */
async function readDocuments({ uid, store, shown }: SearchParts, rows: readonly number[], withTexts: boolean): Promise<Shown> {
  if (withTexts) return new Map((await store.byRows(uid, rows)).map((document) => [document.row, document]))
  const contents = await shown.read(rows)
  // Each answer has documents of its own: a caller may change them.
  return new Map(Array.from(contents, ([row, content]) => [row, { document: JSON.parse(content), text: '' }]))
}

function shown({ text, marks, cutStart, cutEnd }: ReturnType<typeof highlight>): NonNullable<Hit['highlight']> {
  return { text, marks: marks.map(([start, end]) => [start, end]), cutStart, cutEnd }
}

// Keywords: phrases of the text by how they stand in it, ranked by how near they are to its meaning, no two alike.
import type { Phrase } from '../../../algorithms/text/keywords/find-phrases.ts'
import { TandemError } from '../../../errors.ts'
import type { Embeddings } from '../../embeddings/index.ts'
import type { LanguageThread } from '../runtimes/language-thread.ts'
import type { Keyword } from '../schema.ts'
import type { Answered, TaskChain } from '../task-chain.ts'
import { embedTexts } from './embed-texts.ts'

export interface KeywordsOptions {
  readonly limit?: number | undefined
  readonly maxWords?: number | undefined
  readonly diversity?: number | undefined
  readonly embedder?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** That the package brings: a transformer would need a second for the phrases of one text. */
const EMBEDDER = 'static-en-256'
/** Looked at by their meaning, of each text; more would say nothing new. */
const MOST_PHRASES = 40

export async function readKeywords(
  {
    chain,
    thread,
    embeddings,
  }: { readonly chain: TaskChain; readonly thread: LanguageThread; readonly embeddings: Pick<Embeddings, 'embedBatch'> },
  texts: readonly string[],
  { limit = 10, maxWords = 3, diversity = 0.3, embedder, signal }: KeywordsOptions,
): Promise<Answered<readonly Keyword[]> & { readonly embedder: string | null }> {
  let by: string | null = null
  const vectorsOf = async (items: readonly (readonly Phrase[])[]): Promise<readonly (Float32Array | undefined)[]> => {
    const all = items.flatMap((phrases, at) => (phrases.length === 0 ? [] : [...phrases.map(({ text }) => text), texts[at]!]))
    if (all.length === 0) return items.map(() => undefined)
    const { values, model, dimensions } = await embedTexts(embeddings, all, { embedder: embedder ?? EMBEDDER, signal, remember: false })
    by = model
    let from = 0
    return items.map((phrases) => {
      if (phrases.length === 0) return undefined
      const start = from
      from += (phrases.length + 1) * dimensions
      return values.slice(start, from)
    })
  }
  const node = async (): Promise<readonly Keyword[][]> => {
    const found = await thread.run('language.phrases', { texts, maxWords, most: Math.max(MOST_PHRASES, 2 * limit) }, { signal })
    const vectors = await vectorsOf(found).catch((error: unknown) => {
      // Named by the caller, or gone: not to be passed over.
      if (embedder !== undefined || signal?.aborted || !TandemError.is(error)) throw error
      chain.noteFallback(`embedder_${error.code}`)
      return found.map(() => undefined)
    })
    const items = found.map((phrases, at) => ({ phrases, vectors: vectors[at] }))
    const ranked = await thread.run('language.rank', { items, k: limit, diversity }, { signal })
    return ranked.map((phrases) =>
      phrases.map(({ text, score, count, start, end }) => ({ text, score: Math.min(1, score), count, start, end })),
    )
  }
  const answered = await chain.answer<readonly Keyword[]>(texts, node, undefined, { signal })
  return { ...answered, embedder: by, model: by === null ? answered.model : `${answered.model} and ${by}` }
}

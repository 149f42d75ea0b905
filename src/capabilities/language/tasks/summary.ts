// Summaries: the central sentences of the text, or one that a model of a worker writes.
import { TandemError } from '../../../errors.ts'
import type { Embeddings } from '../../embeddings/index.ts'
import type { LanguageThread } from '../runtimes/language-thread.ts'
import type { WorkerAnswer } from '../runtimes/python-language.ts'
import type { Summary } from '../schema.ts'
import type { Answered, TaskChain } from '../task-chain.ts'
import { embedTexts } from './embed-texts.ts'

export type BareSummary = Omit<Summary, 'language' | 'sentenceCount'> & { readonly sentenceCount: number | undefined }

export interface SummaryOptions {
  readonly sentences?: number | undefined
  readonly query?: string | undefined
  readonly kind?: 'extracted' | 'any' | undefined
  readonly signal?: AbortSignal | undefined
}

export interface SummaryParts {
  readonly chain: TaskChain
  readonly thread: LanguageThread
  readonly embeddings: Pick<Embeddings, 'embedBatch'>
}

/** That the package brings: a transformer would need seconds for the sentences of a book. */
const EMBEDDER = 'static-en-256'
/** Of all texts; above it a question is answered by words alone. */
const MOST_SENTENCES = 5_000
/** Of a sentence, about. */
const TOKENS = 40
const MOST_TOKENS = 500

export async function readSummary(
  { chain, thread, embeddings }: SummaryParts,
  texts: readonly string[],
  { sentences = 3, query, kind = 'any', signal }: SummaryOptions,
): Promise<Answered<BareSummary>> {
  const node = async (): Promise<readonly BareSummary[]> => {
    const vectors = query === undefined ? undefined : await vectorsOf({ chain, thread, embeddings }, texts, query, signal)
    const asked = { texts, sentences, ...(query === undefined ? {} : { query }), ...(vectors === undefined ? {} : { vectors }) }
    const found = await thread.run('language.summary', asked, { signal })
    return found.map(({ text, sentences: chosen, sentenceCount }) => ({
      ...{ summary: text, kind: 'extracted' as const, sentenceCount },
      sentences: chosen.map((each) => ({ ...each })),
    }))
  }
  return chain.answer<BareSummary>(
    texts,
    node,
    // What is asked of the text is asked of its sentences.
    kind === 'extracted' || query !== undefined
      ? undefined
      : {
          parameters: { max_tokens: Math.min(MOST_TOKENS, sentences * TOKENS) },
          read: async ({ values }: WorkerAnswer<string>) =>
            values.map((summary) => ({ summary, kind: 'written' as const, sentences: [], sentenceCount: undefined })),
        },
    { signal },
  )
}

/** Of the sentences of each text and of the query; undefined where there are too many, or none can be had. */
async function vectorsOf({ chain, thread, embeddings }: SummaryParts, texts: readonly string[], query: string, signal?: AbortSignal) {
  if (query.trim() === '') return undefined
  const split = await thread.run('language.sentences', texts, { signal })
  const all = [...split.flat(), query]
  if (all.length > MOST_SENTENCES) return undefined
  try {
    const { values, dimensions } = await embedTexts(embeddings, all, { embedder: EMBEDDER, signal, remember: false })
    const last = values.subarray(values.length - dimensions)
    let from = 0
    const rows = split.map((sentences) => {
      const own = new Float32Array((sentences.length + 1) * dimensions)
      own.set(values.subarray(from, from + sentences.length * dimensions))
      own.set(last, sentences.length * dimensions)
      from += sentences.length * dimensions
      return own
    })
    return { rows, dimensions }
  } catch (error) {
    if (signal?.aborted || !TandemError.is(error)) throw error
    chain.noteFallback(`embedder_${error.code}`)
    return undefined
  }
}

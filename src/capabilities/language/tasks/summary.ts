// Summaries: the central sentences of the text, or one that a model of a worker writes.
import type { LanguageThread } from '../runtimes/language-thread.ts'
import type { WorkerAnswer } from '../runtimes/python-language.ts'
import type { Summary } from '../schema.ts'
import type { Answered, TaskChain } from '../task-chain.ts'

export type BareSummary = Omit<Summary, 'language' | 'sentenceCount'> & { readonly sentenceCount: number | undefined }

export interface SummaryOptions {
  readonly sentences?: number | undefined
  readonly query?: string | undefined
  readonly kind?: 'extracted' | 'any' | undefined
  readonly signal?: AbortSignal | undefined
}

/** Of a sentence, about. */
const TOKENS = 40
const MOST_TOKENS = 500

export async function readSummary(
  { chain, thread }: { readonly chain: TaskChain; readonly thread: LanguageThread },
  texts: readonly string[],
  { sentences = 3, query, kind = 'any', signal }: SummaryOptions,
): Promise<Answered<BareSummary>> {
  const node = async (): Promise<readonly BareSummary[]> => {
    const found = await thread.run('language.summary', { texts, sentences, ...(query === undefined ? {} : { query }) }, { signal })
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

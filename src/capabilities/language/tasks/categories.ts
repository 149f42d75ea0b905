// Categories without training: the nearest label by the meaning of its name, description and examples; or an entailment model of a worker.
import { TandemError } from '../../../errors.ts'
import { workerFailure } from '../../../platform/python/failure.ts'
import type { Embeddings } from '../../embeddings/index.ts'
import type { CheckedLabel } from '../check-input.ts'
import type { LanguageThread } from '../runtimes/language-thread.ts'
import type { WorkerAnswer } from '../runtimes/python-language.ts'
import type { Category } from '../schema.ts'
import type { Answered, TaskChain } from '../task-chain.ts'
import { embedTexts } from './embed-texts.ts'

export interface CategoriesParts {
  readonly chain: TaskChain
  readonly thread: LanguageThread
  readonly embeddings: Pick<Embeddings, 'embedBatch' | 'status'>
}

export interface CategoriesOptions {
  readonly labels: readonly CheckedLabel[]
  readonly limit?: number | undefined
  readonly embedder?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Of the worker. */
const MOST_OF_WORKER = { labels: 50, characters: 200 } as const

export async function readCategories(
  { chain, thread, embeddings }: CategoriesParts,
  texts: readonly string[],
  { labels, limit = 3, embedder, signal }: CategoriesOptions,
): Promise<Answered<readonly Category[]>> {
  let by: string | undefined
  const node = async (): Promise<readonly Category[][]> => {
    const described = labels.map(({ name, description, examples }) => [
      name,
      ...(description === undefined ? [] : [description]),
      ...examples,
    ])
    const known = await embedTexts(embeddings, described.flat(), { embedder, signal })
    by = known.model
    if (embedder === undefined && embeddings.status().models.find(({ name }) => name === known.model)?.kind === 'hash') {
      throw new TandemError('unavailable', 'No embedding model that knows meanings can answer; hashed words cannot tell labels apart.')
    }
    const own = await embedTexts(embeddings, texts, { embedder: known.model, signal, remember: false })
    const scores = await thread.run(
      'language.labels',
      {
        ...{ texts: own.values, labels: known.values, dimensions: own.dimensions },
        counts: described.map((each) => each.length),
      },
      { signal },
    )
    return scores.map((each) =>
      best(
        labels.map(({ name }, at) => ({ label: name, score: each.scores[at]!, similarity: each.similarities[at]! })),
        limit,
      ),
    )
  }
  const shown = labels.map(({ name, description }) => description ?? name)
  const isForWorker =
    embedder === undefined &&
    labels.length <= MOST_OF_WORKER.labels &&
    new Set(shown).size === shown.length &&
    shown.every((text) => text.length <= MOST_OF_WORKER.characters)
  const answered = await chain.answer<readonly Category[]>(
    texts,
    node,
    isForWorker ? { parameters: { labels: shown }, read: async (answer) => readAnswer(answer, labels, shown, limit) } : undefined,
    { signal },
  )
  return answered.runtime === 'node' && by !== undefined ? { ...answered, model: by } : answered
}

function readAnswer(
  { values }: WorkerAnswer<Readonly<Record<string, number>>>,
  labels: readonly CheckedLabel[],
  shown: readonly string[],
  limit: number,
): Category[][] {
  return values.map((scores) =>
    best(
      labels.map(({ name }, at) => {
        const score = scores[shown[at]!]
        if (score === undefined) throw workerFailure('bad_answer', `The worker gave no score for the label "${name.slice(0, 60)}".`)
        return { label: name, score, similarity: null }
      }),
      limit,
    ),
  )
}

function best(categories: readonly Category[], limit: number): Category[] {
  return [...categories].sort((left, right) => right.score - left.score).slice(0, limit)
}

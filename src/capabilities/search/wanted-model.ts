// Which model should make a collection's vectors instead of the one that does.
import type { Embeddings } from '../embeddings/index.ts'
import type { VectorSource } from './store.ts'

export interface WantedModel {
  readonly embeddings: Pick<Embeddings, 'embedBatch' | 'status'>
  /** What the collection asks for; undefined: the first that can answer. */
  readonly embedder: string | undefined
  readonly serving: VectorSource
  /** Whether the model that serves gave vectors that are not comparable with those in the index. */
  readonly hasChanged: boolean
}

/**
 * Another model than the one that serves, when it is wanted more and can answer; undefined: it stays. Only those that would be wanted are
 * asked, so that no model is held in memory for the question.
 */
export async function findWantedModel({ embeddings, embedder, serving, hasChanged }: WantedModel): Promise<VectorSource | undefined> {
  const { models, default: defaults } = embeddings.status()
  const isKnown = models.some(({ name }) => name === serving.model)
  const place = defaults.indexOf(serving.model)
  // A model that stands in for a better one, which fails at the moment, does not take its place.
  const better = embedder !== undefined ? [embedder] : isKnown && place >= 0 ? defaults.slice(0, place) : defaults
  const wanted = better.filter((name) => name !== serving.model)
  if (hasChanged) wanted.push(serving.model)
  for (const model of wanted) {
    const answer = await embeddings.embedBatch(['Which model answers?'], { model }).catch(() => undefined)
    if (answer !== undefined && answer.fingerprint !== serving.fingerprint) return answer
  }
  return undefined
}

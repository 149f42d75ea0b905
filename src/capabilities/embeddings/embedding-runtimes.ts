// The embeddings with what compares their runtimes and moves models between them: each needs the others.
import type { ServerEvents } from '../../platform/events/create-events.ts'
import type { Runtimes } from '../../platform/python/runtimes.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Comparison, createComparison } from './comparison/compare-models.ts'
import { createEmbeddings, type Embeddings, type EmbeddingsParts } from './embeddings.ts'
import { createRecentTexts } from './rollout/recent-texts.ts'
import { createRollouts, type Rollouts } from './rollout/rollouts.ts'
import { createRolloutStore } from './rollout/store-sql.ts'

export interface EmbeddingRuntimesParts extends Omit<EmbeddingsParts, 'python' | 'onComputed'> {
  readonly runtimes: Runtimes
  /** Models that workers may compute too. */
  readonly computable: ReadonlySet<string>
  readonly database: Pick<Database, 'db'>
  readonly events: ServerEvents
}

export interface EmbeddingRuntimes {
  readonly embeddings: Embeddings
  readonly comparison: Comparison
  readonly rollouts: Rollouts
}

export function createEmbeddingRuntimes({ runtimes, computable, database, events, ...parts }: EmbeddingRuntimesParts): EmbeddingRuntimes {
  const recent = createRecentTexts()
  const embeddings = createEmbeddings({
    ...parts,
    python: { ...runtimes.forEmbeddings(computable), share: (model) => rollouts.share(model) },
    onComputed: recent.note,
  })
  const rollouts = createRollouts({
    ...{ embeddings, recent, events, clock: parts.clock, log: parts.log, store: createRolloutStore(database) },
    workerPaths: () => runtimes.python.paths.list(),
  })
  const comparison = createComparison({ embeddings, rssBytes: (runtime) => runtimes.get(runtime).rssBytes })
  return { embeddings, comparison, rollouts }
}

// Every migration in order. Add the next one at the end; never change one that was released.
import { initial } from './0001-initial.ts'
import { judging } from './0002-judging.ts'
import { operations } from './0003-operations.ts'
import { uploads } from './0004-uploads.ts'
import { trust } from './0005-trust.ts'
import { vectors } from './0006-vectors.ts'
import { collections } from './0007-collections.ts'
import { embeddingCache } from './0008-embedding-cache.ts'
import { collectionSyncs } from './0009-collection-syncs.ts'
import { vectorTokens } from './0010-vector-tokens.ts'
import { embeddingVersions } from './0011-embedding-versions.ts'
import { savedQueries } from './0012-saved-queries.ts'
import { runtimeRollouts } from './0013-runtime-rollouts.ts'
import { newRows } from './0014-new-rows.ts'
import type { Migration } from './migration.ts'

export const MIGRATIONS: readonly Migration[] = [
  initial,
  judging,
  operations,
  uploads,
  trust,
  vectors,
  collections,
  embeddingCache,
  collectionSyncs,
  vectorTokens,
  embeddingVersions,
  savedQueries,
  runtimeRollouts,
  newRows,
]

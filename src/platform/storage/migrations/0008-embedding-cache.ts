// Vectors of texts that were embedded before. The comment before an index names the query that needs it.
import type { Migration } from './migration.ts'

export const embeddingCache: Migration = {
  number: 8,
  name: 'embedding-cache',
  statements: [
    `create table embedding_cache (
      fingerprint {text} not null,
      text_hash {text} not null,
      vector {blob} not null,
      created_at {integer} not null,
      primary key (fingerprint, text_hash)
    ) {options}`,
    // Which ones are the oldest?
    'create index embedding_cache_by_age on embedding_cache (created_at)',
  ],
}

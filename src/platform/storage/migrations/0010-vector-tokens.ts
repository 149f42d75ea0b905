// What tells a vector index from one of the same name that was dropped before.
import type { Migration } from './migration.ts'

export const vectorTokens: Migration = {
  number: 10,
  name: 'vector-tokens',
  statements: [`alter table vector_indexes add column token {text} not null default ''`],
}

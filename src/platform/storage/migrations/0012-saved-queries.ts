// Queries that are kept, and the documents that came to match them. The comment before an index names the query that needs it.
import type { Migration } from './migration.ts'

export const savedQueries: Migration = {
  number: 12,
  name: 'saved-queries',
  statements: [
    `create table saved_queries (
      id {text} primary key,
      collection {text} not null,
      name {text} not null,
      search {text} not null,
      matched_until {integer} not null,
      matches {integer} not null,
      last_match_at {integer},
      created_by {text},
      created_at {integer} not null
    ) {options}`,
    // Which queries does a collection have?
    'create index saved_queries_of_collection on saved_queries (collection, created_at, id)',
    `create table saved_query_matches (
      query {text} not null,
      document {text} not null,
      score {real},
      matched_at {integer} not null,
      primary key (query, document)
    ) {options}`,
    // What matched last?
    'create index saved_query_matches_by_age on saved_query_matches (query, matched_at, document)',
  ],
}

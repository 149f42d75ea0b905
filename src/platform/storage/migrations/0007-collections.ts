// Collections and their documents. The comment before an index names the query that needs it.
import type { Migration } from './migration.ts'

export const collections: Migration = {
  number: 7,
  name: 'collections',
  statements: [
    `create table collections (
      name {text} primary key,
      uid {text} not null,
      definition {text} not null,
      origin {text} not null,
      text_key {text} not null,
      vectors {text},
      last_sequence {integer} not null,
      next_row {integer} not null,
      deleted {integer} not null,
      created_at {integer} not null,
      updated_at {integer} not null
    ) {options}`,
    // Writing: the counters of one collection.
    'create unique index collections_uid on collections (uid)',

    `create table documents (
      collection {text} not null,
      row {integer} not null,
      id {text} not null,
      sequence {integer} not null,
      content {text},
      text {text},
      hash {text} not null,
      text_hash {text} not null,
      embedded {text},
      updated_at {integer} not null,
      primary key (collection, row)
    ) {options}`,
    // By id, and pages in the order of ids.
    'create unique index documents_id on documents (collection, id)',
    // What an index has not read yet.
    'create index documents_sequence on documents (collection, sequence)',
    // What has no vector yet.
    'create index documents_unembedded on documents (collection, row) where embedded is null and content is not null',
  ],
}

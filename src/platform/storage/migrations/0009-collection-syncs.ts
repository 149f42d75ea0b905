// How far the sync of a collection with its source has come.
import type { Migration } from './migration.ts'

export const collectionSyncs: Migration = {
  number: 9,
  name: 'collection-syncs',
  statements: [
    `create table collection_syncs (
      collection {text} primary key,
      state {text} not null,
      updated_at {integer} not null
    ) {options}`,
  ],
}

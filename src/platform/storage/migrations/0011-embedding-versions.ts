// Fine-tuned embedding models: their versions, and the examples of trainings that wait or run.
import type { Migration } from './migration.ts'

export const embeddingVersions: Migration = {
  number: 11,
  name: 'embedding-versions',
  statements: [
    `create table embedding_models (
      name {text} primary key,
      base {text} not null,
      collection {text},
      active {text},
      history {text} not null,
      created_at {integer} not null,
      updated_at {integer} not null
    ) {options}`,
    `create table embedding_versions (
      model {text} not null,
      version {text} not null,
      created_at {integer} not null,
      sha256 {text} not null,
      size_bytes {integer} not null,
      content {blob} not null,
      metadata {text} not null,
      primary key (model, version)
    ) {options}`,
    `create table embedding_examples (
      id {text} primary key,
      content {blob} not null,
      created_at {integer} not null
    ) {options}`,
  ],
}

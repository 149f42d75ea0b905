// Vector indexes: what they are, the log of their rows, and float32 rows of those that keep them.
import type { Migration } from './migration.ts'

export const vectors: Migration = {
  number: 6,
  name: 'vectors',
  statements: [
    `create table vector_indexes (
      name {text} primary key,
      dimensions {integer} not null,
      metric {text} not null,
      float32 {integer} not null,
      mean {blob},
      code_candidates {integer} not null,
      code_recall {real} not null,
      code_rows {integer} not null,
      last_segment {integer} not null
    ) {options}`,

    `create table vector_segments (
      index_name {text} not null,
      number {integer} not null,
      rows {integer} not null,
      bytes {integer} not null,
      content {blob} not null,
      primary key (index_name, number)
    ) {options}`,

    `create table vector_floats (
      index_name {text} not null,
      key {integer} not null,
      content {blob} not null,
      primary key (index_name, key)
    ) {options}`,
  ],
}

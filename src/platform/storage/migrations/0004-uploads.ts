// Tables that were uploaded to be looked at and trained on. The comment before an index names the query that needs it.
import type { Migration } from './migration.ts'

export const uploads: Migration = {
  number: 4,
  name: 'uploads',
  statements: [
    `create table uploads (
      id {text} primary key,
      name {text} not null,
      bytes {integer} not null,
      parts {integer} not null,
      created_at {integer} not null,
      touched_at {integer} not null,
      expires_at {integer} not null,
      created_by {text},
      summary {text}
    ) {options}`,

    `create table upload_parts (
      upload {text} not null,
      part {integer} not null,
      content {blob} not null,
      primary key (upload, part)
    ) {options}`,
  ],
}

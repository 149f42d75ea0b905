// Evaluations of versions on rows that were sent for it, beside the one of the training.
import type { Migration } from './migration.ts'

export const newRows: Migration = {
  number: 14,
  name: 'new-rows',
  statements: [
    `create table new_row_evaluations (
      id {text} primary key,
      model {text} not null,
      version {text} not null,
      created_at {integer} not null,
      summary {text} not null,
      content {blob} not null,
      foreign key (model, version) references versions (model, version) on delete cascade
    ) {options}`,
    'create index new_row_evaluations_by_version on new_row_evaluations (model, version, created_at, id)',
  ],
}

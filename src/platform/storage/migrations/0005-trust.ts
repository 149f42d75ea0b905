// What lets a model be trusted: cards and sample rows of versions, and what predictions promised.
import type { Migration } from './migration.ts'

export const trust: Migration = {
  number: 5,
  name: 'trust',
  statements: [
    // SQLite cannot change a check: the table is made anew with more kinds.
    `create table reports_of_versions (
      model {text} not null,
      version {text} not null,
      kind {text} not null check (kind in ('evaluation', 'profile', 'held-out', 'card', 'sample')),
      content {blob} not null,
      primary key (model, version, kind),
      foreign key (model, version) references versions (model, version) on delete cascade
    ) {options}`,
    'insert into reports_of_versions (model, version, kind, content) select model, version, kind, content from version_reports',
    'drop table version_reports',
    'alter table reports_of_versions rename to version_reports',

    // JSON { coverage, set } or { coverage, interval } of predictions that were asked for it.
    'alter table predictions add column promised {text}',
  ],
}

// What running the server needs: traffic by minute and hour, and of each job what it is about, where it stands, and its log.
import type { Migration } from './migration.ts'

export const operations: Migration = {
  number: 3,
  name: 'operations',
  statements: [
    `create table traffic (
      step_ms {integer} not null,
      "at" {integer} not null,
      server {text} not null,
      content {text} not null,
      primary key (step_ms, "at", server)
    ) {options}`,

    'alter table jobs add column subject {text}',
    'alter table jobs add column stage {text}',
    // Jobs of one model, newest first.
    'create index jobs_by_subject on jobs (subject, created_at, id)',

    `create table job_log (
      id {autoincrement},
      job {text} not null references jobs (id) on delete cascade,
      "at" {integer} not null,
      progress {real} not null,
      message {text} not null
    ) {options}`,
    // The log of one job, in order.
    'create index job_log_by_job on job_log (job, id)',
  ],
}

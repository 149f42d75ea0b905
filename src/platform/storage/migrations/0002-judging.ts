// What judging models needs: reports of a training, running sums of live predictions and outcomes by hour, and whether a
// prediction came true beside its outcome, so that no chart and no filter reads every prediction.
import type { Migration } from './migration.ts'

// Bucket b counts latencies from EDGES[b - 1] to below EDGES[b] microseconds: a factor of 2^(1/4) each, up to 10 s.
// capabilities/predictions/latency-buckets.ts computes the same.
const EDGES = [...new Set(Array.from({ length: 94 }, (_, step) => Math.ceil(2 ** (step / 4))))]
const BUCKET = `case ${EDGES.map((edge, bucket) => `when p.latency_us < ${edge} then ${bucket}`).join(' ')} else ${EDGES.length} end`
const HOUR = '(p.created_at / 3600000) * 3600000'
/** Numbers as JSON; a text begins with a quote. Only a regression has no probabilities. */
const NUMBERS = `p.probabilities is null and p."value" not like '"%' and o."value" not like '"%'`
const CONFIDENCE_BIN = `case when p.confidence >= 1 then 9 else ${Array.from({ length: 9 }, (_, at) => `(case when p.confidence >= ${(at + 1) / 10} then 1 else 0 end)`).join(' + ')} end`

export const judging: Migration = {
  number: 2,
  name: 'judging',
  statements: [
    `create table version_reports (
      model {text} not null,
      version {text} not null,
      kind {text} not null check (kind in ('evaluation', 'profile', 'held-out')),
      content {blob} not null,
      primary key (model, version, kind),
      foreign key (model, version) references versions (model, version) on delete cascade
    ) {options}`,

    'alter table outcomes add column hit {integer}',
    'alter table outcomes add column error {real}',
    `update outcomes set
      hit = (select case when p.probabilities is null then null when p."value" = outcomes."value" then 1 else 0 end
        from predictions p where p.id = outcomes.prediction_id),
      error = (select case when ${NUMBERS.replaceAll('o."value"', 'outcomes."value"')}
        then abs(cast(outcomes."value" as {real}) - cast(p."value" as {real})) end
        from predictions p where p.id = outcomes.prediction_id)`,
    // Predictions with an outcome, newest first (ids sort by time), by whether they came true.
    'create index outcomes_by_prediction on outcomes (model, prediction_id, hit)',

    // Filters are decided in the index; only the rows of the page are read.
    'drop index predictions_by_model',
    'create index predictions_by_model on predictions (model, created_at, id, version, source, "value", confidence)',
    'create index predictions_by_time on predictions (created_at, id, model, version, source, "value", confidence)',

    `create table prediction_hours (
      model {text} not null,
      "hour" {integer} not null,
      version {text} not null,
      bucket {integer} not null,
      predictions {integer} not null,
      primary key (model, "hour", version, bucket)
    ) {options}`,
    `insert into prediction_hours (model, "hour", version, bucket, predictions)
      select p.model, ${HOUR}, coalesce(p.version, ''), ${BUCKET}, count(*)
      from predictions p group by 1, 2, 3, 4`,

    `create table outcome_hours (
      model {text} not null,
      "hour" {integer} not null,
      version {text} not null,
      bin {integer} not null,
      outcomes {integer} not null,
      hits {integer} not null,
      confidence {real} not null,
      error {real} not null,
      error_squares {real} not null,
      primary key (model, "hour", version, bin)
    ) {options}`,
    `insert into outcome_hours (model, "hour", version, bin, outcomes, hits, confidence, error, error_squares)
      select p.model, ${HOUR}, coalesce(p.version, ''), ${CONFIDENCE_BIN},
        count(*), coalesce(sum(o.hit), 0), sum(p.confidence), coalesce(sum(o.error), 0), coalesce(sum(o.error * o.error), 0)
      from outcomes o join predictions p on p.id = o.prediction_id group by 1, 2, 3, 4`,
  ],
}

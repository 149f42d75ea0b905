// Every table of tables.ts. The comment before an index names the query that needs it.
import type { Migration } from './migration.ts'

export const initial: Migration = {
  number: 1,
  name: 'initial',
  statements: [
    `create table models (
      name {text} primary key,
      definition {text} not null,
      origin {text} not null check (origin in ('config', 'api')),
      created_at {integer} not null,
      updated_at {integer} not null
    ) {options}`,

    `create table versions (
      model {text} not null references models (name) on delete cascade,
      version {text} not null,
      created_at {integer} not null,
      algorithm {text} not null,
      artifact {text} not null,
      artifact_bytes {integer} not null,
      metadata {text} not null,
      primary key (model, version)
    ) {options}`,
    // Is an artifact still in use?
    'create index versions_by_artifact on versions (artifact)',

    `create table aliases (
      model {text} not null,
      alias {text} not null,
      version {text} not null,
      updated_at {integer} not null,
      primary key (model, alias),
      foreign key (model, version) references versions (model, version) on delete cascade
    ) {options}`,
    // Which names point to a version (the foreign key asks too)?
    'create index aliases_by_version on aliases (model, version)',

    `create table activations (
      id {autoincrement},
      model {text} not null,
      version {text} not null,
      previous {text},
      activated_at {integer} not null,
      actor {text} not null,
      action {text} not null,
      reason {text} not null
    ) {options}`,
    // History of one model, newest first.
    'create index activations_by_model on activations (model, id)',

    `create table datasets (
      id {text} primary key,
      model {text} not null,
      created_at {integer} not null,
      "rows" {integer} not null,
      "columns" {text} not null,
      fingerprint {text} not null,
      parts {text} not null,
      bytes {integer} not null
    ) {options}`,
    // Newest rows of one model.
    'create index datasets_by_model on datasets (model, created_at)',

    `create table artifacts (
      hash {text} primary key,
      size_bytes {integer} not null,
      content {blob} not null,
      created_at {integer} not null
    ) {options}`,

    `create table predictions (
      id {text} primary key,
      model {text} not null,
      version {text},
      created_at {integer} not null,
      features {text} not null,
      "value" {text} not null,
      probabilities {text},
      confidence {real} not null,
      source {text} not null check (source in ('model', 'fallback')),
      reason {text},
      latency_us {integer} not null,
      request_id {text}
    ) {options}`,
    // One model's predictions by cursor (created_at, id), and windows of time for live metrics.
    'create index predictions_by_model on predictions (model, created_at, id)',

    `create table outcomes (
      prediction_id {text} primary key,
      model {text} not null,
      "value" {text} not null,
      "at" {integer} not null,
      received_at {integer} not null
    ) {options}`,
    // How many came since the last training?
    'create index outcomes_by_model on outcomes (model, received_at)',

    `create table jobs (
      id {text} primary key,
      kind {text} not null,
      status {text} not null check (status in ('queued', 'running', 'succeeded', 'failed', 'canceled')),
      priority {integer} not null,
      payload {text} not null,
      result {text},
      error {text},
      progress {real} not null,
      message {text},
      attempts {integer} not null,
      max_attempts {integer} not null,
      created_at {integer} not null,
      run_at {integer} not null,
      started_at {integer},
      finished_at {integer},
      lease_token {text},
      lease_until {integer},
      cancel_requested {integer} not null,
      unique_key {text},
      created_by {text}
    ) {options}`,
    // Claim: status = 'queued', kind in (...), run_at <= now, largest priority first, then the longest due.
    'create index jobs_to_claim on jobs (status, priority desc, run_at, id)',
    // Leases that ran out: status = 'running', lease_until < now.
    'create index jobs_by_lease on jobs (status, lease_until)',
    // Lists, newest first.
    'create index jobs_by_time on jobs (created_at, id)',
    // Old finished ones to remove.
    'create index jobs_by_finish on jobs (finished_at)',
    // At most one unfinished job per key.
    "create unique index jobs_unique_key on jobs (unique_key) where unique_key is not null and status in ('queued', 'running')",

    `create table schedules (
      name {text} primary key,
      cron {text} not null,
      timezone {text} not null,
      kind {text} not null,
      payload {text} not null,
      enabled {integer} not null,
      next_run_at {integer} not null,
      last_run_at {integer},
      updated_at {integer} not null
    ) {options}`,

    `create table api_keys (
      id {text} primary key,
      name {text} not null,
      prefix {text} not null,
      hash {text} not null unique,
      scopes {text} not null,
      created_at {integer} not null,
      last_used_at {integer},
      expires_at {integer},
      revoked_at {integer},
      rate_limit_per_minute {integer}
    ) {options}`,

    `create table sessions (
      hash {text} primary key,
      kind {text} not null check (kind in ('link', 'cookie')),
      key_id {text} not null,
      created_at {integer} not null,
      expires_at {integer} not null,
      used_at {integer}
    ) {options}`,
    // What has expired?
    'create index sessions_by_expiry on sessions (expires_at)',
    // Sessions of a revoked key.
    'create index sessions_by_key on sessions (key_id)',

    `create table idempotency (
      "key" {text} primary key,
      fingerprint {text} not null,
      status {integer},
      headers {text},
      body {text},
      created_at {integer} not null,
      expires_at {integer} not null
    ) {options}`,
    // What has expired?
    'create index idempotency_by_expiry on idempotency (expires_at)',

    `create table settings (
      name {text} primary key,
      "value" {text} not null,
      updated_at {integer} not null
    ) {options}`,
  ],
}

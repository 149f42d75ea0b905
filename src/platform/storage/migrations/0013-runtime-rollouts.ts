// Models that move between runtimes.
import type { Migration } from './migration.ts'

export const runtimeRollouts: Migration = {
  number: 13,
  name: 'runtime-rollouts',
  statements: [
    `create table runtime_rollouts (
      model {text} primary key,
      state {text} not null,
      revision {integer} not null,
      updated_at {integer} not null
    ) {options}`,
  ],
}

// Sources of collections over HTTP: how one is given, how it is shown, and how a sync is started.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'
import { JobSchema } from '../../../platform/jobs/schema.ts'

const Column = z.string().min(1).max(200)
const DatabaseSchema = {
  url: z.string().min(1).max(2000).describe('With user and password; never shown back. `?ssl=true` asks for a checked certificate'),
  query: z.string().min(1).max(100_000).describe('One SELECT; its columns become the properties of the same names'),
  id: Column.optional().describe('The column that becomes the id. Default id'),
  cursor: Column.optional().describe('A column that grows with every change: later syncs read only rows from its last value on'),
}
const FileSchema = {
  path: z.string().min(1).max(4096).describe('In the folder TANDEM_SOURCES_DIR of the server'),
  id: Column.optional(),
}

export const SourceSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('mysql').describe('MySQL or MariaDB'), ...DatabaseSchema }),
    z.strictObject({ kind: z.literal('postgres'), ...DatabaseSchema }),
    z.strictObject({ kind: z.literal('csv'), ...FileSchema, delimiter: z.string().length(1).optional().describe('Default ,') }),
    z.strictObject({ kind: z.literal('ndjson'), ...FileSchema }),
  ])
  .meta({ id: 'CollectionSource' })

export const ScheduleSchema = z
  .strictObject({
    every: z.string().min(1).max(200).describe('Five-field cron expression'),
    timezone: z.string().max(100).optional().describe('Default UTC'),
    full: z.boolean().optional().describe('Reads everything each time and deletes what the source no longer has. Default false'),
  })
  .meta({ id: 'SyncSchedule' })

/** Without its secrets. */
export const SourceViewSchema = z
  .object({
    kind: z.enum(['mysql', 'postgres', 'csv', 'ndjson']),
    host: z.string().optional(),
    database: z.string().optional(),
    query: z.string().optional(),
    path: z.string().optional().describe('Only to keys that may write'),
    id: z.string(),
    cursor: z.string().optional(),
  })
  .meta({ id: 'CollectionSourceView' })

export const SyncReportSchema = z
  .object({
    full: z.boolean().describe('Whether everything was read, and what the source no longer has deleted'),
    read: z.int().describe('Rows; some come twice where a sync was cut off and went on'),
    upserted: z.int(),
    unchanged: z.int(),
    deleted: z.int(),
    failedCount: z.int(),
    failed: z.array(z.object({ id: z.string().nullable(), error: z.string() })).describe('Rows that were left out, the first 100'),
    ignoredColumns: z.array(z.string()).describe('Columns that are no property of the schema'),
    withoutVector: z.int().describe('Documents whose vectors are still being made'),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'SyncReport' })

export const SyncStateSchema = z
  .object({
    last: SyncReportSchema.nullable().describe('The last one that was completed'),
    interrupted: SyncReportSchema.nullable().describe('One that runs or was cut off; the next goes on where it was'),
  })
  .meta({ id: 'SyncState' })

export type SourceView = z.infer<typeof SourceViewSchema>
export type SyncReport = z.infer<typeof SyncReportSchema>
export type SyncStateView = z.infer<typeof SyncStateSchema>

export const syncCollection = endpoint({
  method: 'POST',
  path: '/v1/collections/:collection/sync',
  scope: 'write',
  summary: 'Brings the documents of the source',
  description:
    'Starts a job. It reads the rows that changed since the last sync where the source has a cursor, else all; documents that are as stored cost no vector. One that was cut off goes on where it was. `full` reads all and deletes documents that the source no longer has, whoever wrote them.',
  query: z.strictObject({ wait: z.int().min(0).max(300).default(0).describe('Seconds to wait for its end') }),
  input: z.strictObject({ full: z.boolean().optional() }).optional(),
  output: z.object({ job: JobSchema }),
  status: 202,
  alsoStatus: [200],
  errors: ['collection_not_found', 'conflict'],
  examples: { 'everything, and delete what is gone': { full: true } },
})

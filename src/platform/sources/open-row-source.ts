// The adapter of a source by its kind, loaded with its driver or parser when a source of the kind is read.
import type { CollectionSource } from '../../sources.ts'
import type { RowSource } from './row-source.ts'

export async function openRowSource(source: CollectionSource): Promise<RowSource> {
  switch (source.kind) {
    case 'mysql':
      return (await import('./mysql-rows.ts')).createMysqlRows(source)
    case 'postgres':
      return (await import('./postgres-rows.ts')).createPostgresRows(source)
    case 'csv':
      return (await import('./csv-rows.ts')).createCsvRows(source)
    case 'ndjson':
      return (await import('./ndjson-rows.ts')).createNdjsonRows(source)
  }
}

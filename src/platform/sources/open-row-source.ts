// The adapter of a source by its kind.
import type { CollectionSource } from '../../sources.ts'
import { createCsvRows } from './csv-rows.ts'
import { createMysqlRows } from './mysql-rows.ts'
import { createNdjsonRows } from './ndjson-rows.ts'
import { createPostgresRows } from './postgres-rows.ts'
import type { RowSource } from './row-source.ts'

export function openRowSource(source: CollectionSource): RowSource {
  switch (source.kind) {
    case 'mysql':
      return createMysqlRows(source)
    case 'postgres':
      return createPostgresRows(source)
    case 'csv':
      return createCsvRows(source)
    case 'ndjson':
      return createNdjsonRows(source)
  }
}

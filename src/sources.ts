// Where the documents of a collection come from, as a config says it: the rows of a query, or the lines of a file.

interface SourceOptions {
  /** The column that becomes the document's id. Default `id`. */
  readonly id?: string
}

export interface DatabaseSourceOptions extends SourceOptions {
  /** With user and password, such as mysql://reader:secret@db.example.com/shop. `?ssl=true` asks for a checked certificate. */
  readonly url: string
  /** One SELECT; its columns become the properties of the same names. */
  readonly query: string
  /** A column that grows with every change, such as `updated_at`: later syncs read only rows from its last value on. */
  readonly cursor?: string
}

export interface FileSourceOptions extends SourceOptions {
  readonly path: string
}

export interface CsvSourceOptions extends FileSourceOptions {
  /** Default `,`. */
  readonly delimiter?: string
}

export interface DatabaseSource extends DatabaseSourceOptions {
  readonly kind: 'mysql' | 'postgres'
}

export interface FileSource extends CsvSourceOptions {
  readonly kind: 'csv' | 'ndjson'
}

export type CollectionSource = DatabaseSource | FileSource

/** When a collection is synced by itself. */
export interface SyncSchedule {
  /** Five-field cron expression, such as `*\/15 * * * *`. */
  readonly every: string
  /** IANA name. Default `UTC`. */
  readonly timezone?: string
  /** Whether each of these reads everything and deletes what the source no longer has. Default false. */
  readonly full?: boolean
}

/**
 * Rows of a query to MySQL or MariaDB. Needs the package mysql2.
 *
 * @example
 * collection({ record: Campaign, text: '{{name}}', source: mysqlSource({ url, query: 'SELECT id, name, updated_at FROM campaigns', cursor: 'updated_at' }) })
 */
export function mysqlSource(options: DatabaseSourceOptions): DatabaseSource {
  return { kind: 'mysql', ...options }
}

/** Rows of a query to PostgreSQL. */
export function postgresSource(options: DatabaseSourceOptions): DatabaseSource {
  return { kind: 'postgres', ...options }
}

/** Rows of a CSV file whose first line names the columns. */
export function csvSource(options: CsvSourceOptions): FileSource {
  return { kind: 'csv', ...options }
}

/** Lines of a file, each a JSON object. */
export function ndjsonSource(options: FileSourceOptions): FileSource {
  return { kind: 'ndjson', ...options }
}

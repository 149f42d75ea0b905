// Kysely's side of SQLite: SELECTs outside transactions run where `SqliteReads` says, all else on the writing thread.
import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { PackedRows } from './packed-rows.ts'
import type { Statement, StatementResult } from './sqlite-protocol.ts'
import type { SqliteReads } from './sqlite-reads.ts'
import type { SqliteWriter } from './sqlite-writer.ts'
import { normaliseParameters } from './statement-parameters.ts'

export interface SqliteParts {
  readonly writer: SqliteWriter
  readonly reads: SqliteReads
  readonly close: () => Promise<void>
}

export class SqliteThreadDialect implements Dialect {
  readonly #parts: SqliteParts

  constructor(parts: SqliteParts) {
    this.#parts = parts
  }

  createDriver(): Driver {
    return new SqliteThreadDriver(this.#parts)
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler()
  }

  createAdapter(): DialectAdapter {
    return new TransactionalSqliteAdapter()
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db)
  }
}

class TransactionalSqliteAdapter extends SqliteAdapter {
  // Kysely says false; SQLite rolls tables back like rows (measured), and without it a failed migration leaves half a table.
  override get supportsTransactionalDdl(): boolean {
    return true
  }

  // The writer keeps the order itself; Kysely's own lock would make readers wait for writers.
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

class SqliteThreadDriver implements Driver {
  readonly #parts: SqliteParts

  constructor(parts: SqliteParts) {
    this.#parts = parts
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteThreadConnection> {
    return new SqliteThreadConnection(this.#parts)
  }

  async beginTransaction(connection: SqliteThreadConnection): Promise<void> {
    await this.#parts.writer.begin()
    connection.inTransaction = true
  }

  async commitTransaction(connection: SqliteThreadConnection): Promise<void> {
    await this.#parts.writer.commit()
    connection.inTransaction = false
  }

  async rollbackTransaction(connection: SqliteThreadConnection): Promise<void> {
    connection.inTransaction = false
    await this.#parts.writer.rollback()
  }

  async savepoint(connection: SqliteThreadConnection, name: string): Promise<void> {
    await connection.border(`savepoint ${quoted(name)}`)
  }

  async rollbackToSavepoint(connection: SqliteThreadConnection, name: string): Promise<void> {
    await connection.border(`rollback to ${quoted(name)}`)
  }

  async releaseSavepoint(connection: SqliteThreadConnection, name: string): Promise<void> {
    await connection.border(`release ${quoted(name)}`)
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.#parts.close()
  }
}

class SqliteThreadConnection implements DatabaseConnection {
  readonly #parts: SqliteParts
  inTransaction = false

  constructor(parts: SqliteParts) {
    this.#parts = parts
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = statementOf(query)
    const result = await this.#run(statement, query.query.kind)
    return {
      rows: result.rows as Row[],
      // A statement with RETURNING gives its rows; Kysely counts those itself where it needs a number.
      numAffectedRows: result.changes === undefined ? undefined : BigInt(result.changes),
      insertId: result.lastInsertRowid === undefined ? undefined : BigInt(result.lastInsertRowid),
    }
  }

  // biome-ignore lint/correctness/useYield: the port asks for a generator; there is nothing to yield.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('Streaming is not offered on either engine: read by pages with a cursor on (created_at, id).')
  }

  async border(sql: string): Promise<void> {
    await this.#parts.writer.within({ sql, parameters: [] })
  }

  #run(statement: Statement, kind: string): Promise<StatementResult> {
    const { writer, reads } = this.#parts
    if (this.inTransaction) return writer.within(statement)
    if (kind === 'SelectQueryNode') return reads.run(statement, true)
    if (kind === 'RawNode' && /^\s*select\b/i.test(statement.sql)) return reads.run(statement, false)
    return writer.execute(statement, SHARE_A_COMMIT.has(kind) ? 'write' : 'alone')
  }
}

const SHARE_A_COMMIT = new Set(['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode'])

function statementOf({ sql, parameters }: CompiledQuery): Statement {
  const [first] = parameters
  // Copied: the thread gets the bytes, and the caller may have to try again.
  if (first instanceof PackedRows) return { sql, parameters: [], packed: new Uint8Array(first.bytes) }
  return { sql, parameters: normaliseParameters(parameters) }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

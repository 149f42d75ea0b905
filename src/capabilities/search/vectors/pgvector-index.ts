// An index of vectors in PostgreSQL by pgvector, for several servers on one database: HNSW with iterative scans. Older versions than 0.8
// filter after the scan and then quietly give too few rows (measured: recall 0.06 to 0.6), so they are refused.

import { sql } from 'kysely'
import type { VectorMetric } from '../../../algorithms/vector/vector-memory.ts'
import { TandemError } from '../../../errors.ts'
import type { Database } from '../../../platform/storage/database.ts'
import {
  readBatch,
  readQuery,
  throwIfAborted,
  type VectorBatch,
  type VectorHit,
  type VectorIndex,
  type VectorIndexStats,
  type VectorQuery,
} from './vector-index.ts'

export interface OpenPgvectorIndexOptions {
  /** An open PostgreSQL database. */
  readonly database: Database
  readonly dimensions: number
  /** Default `cosine`. */
  readonly metric?: VectorMetric
  /** Letters, digits and underscores, at most 40. The table is `tandem_vectors_<name>`. Default `default`. */
  readonly name?: string
  /** Breadth of a search (hnsw.ef_search), 1..1000. Default 100. */
  readonly efSearch?: number
}

/** What pgvector calls the metrics, and how its distance becomes our score. */
const METRICS = {
  cosine: { operator: '<=>', operators: 'vector_cosine_ops', score: (distance: number) => 1 - distance },
  dot: { operator: '<#>', operators: 'vector_ip_ops', score: (distance: number) => -distance },
  euclidean: { operator: '<->', operators: 'vector_l2_ops', score: (distance: number) => -distance },
} as const satisfies Record<VectorMetric, unknown>

const LEAST_VERSION = [0, 8]
/** pgvector indexes no more. */
const MOST_DIMENSIONS = 2000
const ROWS_A_STATEMENT = 500

/**
 * Opens the table of an index, making it and its HNSW index when they are not there.
 *
 * @throws `dependency_missing` when the server has no pgvector or one before 0.8; `conflict` when the table has other dimensions or another
 *   metric; `invalid_input` for more than 2,000 dimensions or a name that cannot be one of a table.
 */
export async function openPgvectorIndex({
  database,
  dimensions,
  metric = 'cosine',
  name = 'default',
  efSearch = 100,
}: OpenPgvectorIndexOptions): Promise<VectorIndex> {
  checkOptions(database, dimensions, name)
  await requirePgvector(database)
  const table = `tandem_vectors_${name}`
  const { operators } = METRICS[metric]
  await database.transaction(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext(${table}))`.execute(tx)
    await sql`create table if not exists ${sql.table(table)} (key bigint primary key, embedding vector(${sql.lit(dimensions)}) not null)`.execute(
      tx,
    )
    await checkTable(tx, table, name, dimensions, operators)
    await sql`create index if not exists ${sql.id(`${table}_hnsw`)} on ${sql.table(table)} using hnsw (embedding ${sql.raw(operators)})`.execute(
      tx,
    )
  })
  return new PgvectorIndex(database, table, { dimensions, metric }, efSearch)
}

class PgvectorIndex implements VectorIndex {
  readonly dimensions: number
  readonly metric: VectorMetric
  readonly #database: Database
  readonly #table: string
  readonly #efSearch: number
  #closed = false

  constructor(database: Database, table: string, shape: { readonly dimensions: number; readonly metric: VectorMetric }, efSearch: number) {
    this.dimensions = shape.dimensions
    this.metric = shape.metric
    this.#database = database
    this.#table = table
    this.#efSearch = efSearch
  }

  async upsert(batch: VectorBatch): Promise<void> {
    this.#checkOpen()
    const { keys, vectors } = readBatch(batch, this)
    if (keys.length === 0) return
    await this.#database.transaction(async (tx) => {
      for (let first = 0; first < keys.length; first += ROWS_A_STATEMENT) {
        const last = Math.min(keys.length, first + ROWS_A_STATEMENT)
        const texts = Array.from({ length: last - first }, (_, i) =>
          quoted(vectors.subarray((first + i) * this.dimensions, (first + i + 1) * this.dimensions)),
        )
        await sql`
          insert into ${sql.table(this.#table)} (key, embedding)
          select key, embedding::vector from unnest(${arrayOf(keys.subarray(first, last))}::bigint[], ${`{${texts.join(',')}}`}::text[]) as t (key, embedding)
          on conflict (key) do update set embedding = excluded.embedding`.execute(tx)
      }
    })
  }

  async delete(keys: Iterable<number>): Promise<number> {
    this.#checkOpen()
    const { numAffectedRows } = await sql`
      delete from ${sql.table(this.#table)} where key = any(${arrayOf(wholeNumbers(keys))}::bigint[])`.execute(this.#database.db)
    return Number(numAffectedRows ?? 0)
  }

  async search(query: VectorQuery): Promise<readonly VectorHit[]> {
    this.#checkOpen()
    const { vector, k } = readQuery(query, this)
    if (query.filter?.size === 0) return []
    const { operator, score } = METRICS[this.metric]
    const distance = sql`embedding ${sql.raw(operator)} ${textOf(vector)}::vector`
    const allowed = query.filter === undefined ? sql`true` : sql`key = any(${arrayOf(query.filter)}::bigint[])`
    const { rows } = await this.#database.transaction(async (tx) => {
      if (query.exact === true) await sql`set local enable_indexscan = off`.execute(tx)
      else {
        await sql`set local hnsw.iterative_scan = strict_order`.execute(tx)
        await sql`set local hnsw.ef_search = ${sql.lit(Math.min(1000, Math.max(this.#efSearch, k)))}`.execute(tx)
      }
      return sql<{ key: number; distance: number }>`
        select key, ${distance} as distance from ${sql.table(this.#table)} where ${allowed} order by ${distance} limit ${k}`.execute(tx)
    })
    throwIfAborted(query.signal)
    return rows.map(({ key, distance: found }) => ({ key: Number(key), score: score(found) }))
  }

  async count(): Promise<number> {
    this.#checkOpen()
    const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(this.#table)}`.execute(this.#database.db)
    return Number(rows[0]?.count ?? 0)
  }

  async stats(): Promise<VectorIndexStats> {
    return { kind: 'pgvector', rows: await this.count(), scan: 'graph', memoryBytes: 0 }
  }

  /** The database is the caller's and stays open. */
  async close(): Promise<void> {
    this.#closed = true
  }

  #checkOpen(): void {
    if (this.#closed) throw new TandemError('unavailable', `The vector index "${this.#table}" is closed. Open it again.`)
  }
}

function checkOptions({ engine, location }: Database, dimensions: number, name: string): void {
  if (engine !== 'postgres') {
    throw new TandemError(
      'invalid_config',
      `pgvector needs PostgreSQL, but the database is ${location}. Set DATABASE_URL, or use openVectorIndex.`,
    )
  }
  if (!/^[a-z0-9_]{1,40}$/.test(name)) {
    throw new TandemError('invalid_input', `"${name}" cannot name a table: use 1 to 40 of a-z, 0-9 and _.`, { details: { name } })
  }
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MOST_DIMENSIONS) {
    throw new TandemError('invalid_input', `pgvector indexes 1 to ${MOST_DIMENSIONS} dimensions, not ${dimensions}.`, {
      details: { dimensions, limit: MOST_DIMENSIONS },
    })
  }
}

/** Finds pgvector, installing it into the database when the server has it. */
async function requirePgvector({ db, location }: Database): Promise<void> {
  const find = async (): Promise<{ installed: string | null } | undefined> => {
    const { rows } = await sql<{
      installed: string | null
    }>`select installed_version as installed from pg_available_extensions where name = 'vector'`.execute(db)
    return rows[0]
  }
  let found = await find()
  if (found !== undefined && found.installed === null) {
    await sql`create extension if not exists vector`.execute(db)
    found = await find()
  }
  const version = found?.installed ?? undefined
  const [major = 0, minor = 0] = version?.split('.').map(Number) ?? []
  if (version !== undefined && (major > LEAST_VERSION[0]! || minor >= LEAST_VERSION[1]!)) return
  const state = version === undefined ? 'has no pgvector' : `has pgvector ${version}, whose filtered searches give too few rows`
  throw new TandemError(
    'dependency_missing',
    `PostgreSQL at ${location} ${state}. Install pgvector 0.8 or newer (apt install postgresql-18-pgvector, then: alter extension vector update), or use openVectorIndex.`,
    { details: { found: version ?? null, required: '0.8' } },
  )
}

async function checkTable(tx: Database['db'], table: string, name: string, dimensions: number, operators: string): Promise<void> {
  const { rows } = await sql<{ stored: number; definition: string | null }>`
    select a.atttypmod as stored, pg_get_indexdef(to_regclass(${`${table}_hnsw`})) as definition
    from pg_attribute a where a.attrelid = to_regclass(${table}) and a.attname = 'embedding'`.execute(tx)
  const stored = rows[0]?.stored
  if (stored !== undefined && stored !== dimensions) throw conflict(name, 'dimensions', stored, dimensions)
  const definition = rows[0]?.definition
  if (definition && !definition.includes(operators)) throw conflict(name, 'metric', definition, operators)
}

function conflict(name: string, field: string, stored: unknown, wanted: unknown): TandemError {
  return new TandemError(
    'conflict',
    `The vector index "${name}" was made with ${field} ${stored}, but is opened with ${wanted}. Open it as it is, or drop it and embed again.`,
    { details: { index: name, field, stored, wanted } },
  )
}

/** As an element of an array. */
function quoted(vector: Float32Array): string {
  return `"${textOf(vector)}"`
}

function textOf(vector: Float32Array): string {
  return `[${vector.join(',')}]`
}

/** An array parameter as text: the driver would write an array of numbers as one of floats. */
function arrayOf(keys: Iterable<number>): string {
  return `{${Array.from(keys).join(',')}}`
}

function wholeNumbers(keys: Iterable<number>): number[] {
  return Array.from(keys).filter((key) => Number.isSafeInteger(key))
}

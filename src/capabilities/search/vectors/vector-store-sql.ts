// Segments of vector indexes in the database: one query for SQLite and PostgreSQL.

import { randomUUID } from 'node:crypto'
import { TandemError } from '../../../errors.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { VectorStore } from './vector-store.ts'

/** Segments read at a time: bytes at most, except for a single larger one. */
const READ_BYTES = 8 * 2 ** 20
const MOST_SEGMENTS_READ = 2000
const DROPPED_AT_A_TIME = 200
const FLOATS_AT_A_TIME = 200

export function createVectorStore({ db, transaction }: Pick<Database, 'db' | 'transaction'>): VectorStore {
  return {
    async find(name) {
      const row = await db.selectFrom('vector_indexes').selectAll().where('name', '=', name).executeTakeFirst()
      if (row === undefined) return undefined
      if (row.token === '') {
        // Made before there were tokens.
        await db.updateTable('vector_indexes').set({ token: randomUUID() }).where('name', '=', name).where('token', '=', '').execute()
        return this.find(name)
      }
      const codes =
        row.mean === null
          ? undefined
          : { mean: floatsOf(row.mean), candidates: row.code_candidates, recall: row.code_recall, rows: row.code_rows }
      return {
        dimensions: row.dimensions,
        metric: row.metric,
        float32: row.float32 === 1,
        codes,
        lastSegment: row.last_segment,
        token: row.token,
      }
    },
    async create(name, { dimensions, metric, float32 }) {
      const none = { mean: null, code_candidates: 0, code_recall: 0, code_rows: 0, last_segment: 0 }
      await db
        .insertInto('vector_indexes')
        .values({ name, dimensions, metric, float32: float32 ? 1 : 0, token: randomUUID(), ...none })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
    },
    async setCodes(name, { mean, candidates, recall, rows }) {
      await db
        .updateTable('vector_indexes')
        .set({ mean: bytesOf(mean), code_candidates: candidates, code_recall: recall, code_rows: rows })
        .where('name', '=', name)
        .execute()
    },
    append: (name, make) =>
      transaction(async (tx) => {
        // The row is locked from here on, so numbers are in the order of the commits.
        const updated = await tx
          .updateTable('vector_indexes')
          .set((to) => ({ last_segment: to('last_segment', '+', 1) }))
          .where('name', '=', name)
          .returning('last_segment')
          .executeTakeFirst()
        if (updated === undefined) {
          throw new TandemError('not_found', `The vector index "${name}" was dropped. Open it anew.`, { details: { index: name } })
        }
        const number = updated.last_segment
        const { content, rows, floats } = make(number)
        await tx.insertInto('vector_segments').values({ index_name: name, number, rows, bytes: content.byteLength, content }).execute()
        const entries = [...floats]
        for (let first = 0; first < entries.length; first += FLOATS_AT_A_TIME) {
          const some = entries.slice(first, first + FLOATS_AT_A_TIME)
          const keys = some.map(([key]) => key)
          await tx.deleteFrom('vector_floats').where('index_name', '=', name).where('key', 'in', keys).execute()
          const values = some.flatMap(([key, row]) => (row === null ? [] : [{ index_name: name, key, content: row }]))
          if (values.length > 0) await tx.insertInto('vector_floats').values(values).execute()
        }
        return number
      }),
    async segmentsAfter(name, number) {
      const sizes = await db
        .selectFrom('vector_segments')
        .select(['number', 'bytes'])
        .where('index_name', '=', name)
        .where('number', '>', number)
        .orderBy('number')
        .limit(MOST_SEGMENTS_READ)
        .execute()
      let bytes = 0
      let last = number
      for (const segment of sizes) {
        if (bytes > 0 && bytes + segment.bytes > READ_BYTES) break
        bytes += segment.bytes
        last = segment.number
      }
      if (last === number) return []
      return db
        .selectFrom('vector_segments')
        .select(['number', 'content'])
        .where('index_name', '=', name)
        .where('number', '>', number)
        .where('number', '<=', last)
        .orderBy('number')
        .execute()
    },
    async firstSegment(name) {
      const row = await db
        .selectFrom('vector_segments')
        .select('number')
        .where('index_name', '=', name)
        .orderBy('number')
        .limit(1)
        .executeTakeFirst()
      return row?.number
    },
    async dropSegments(name, after, upTo) {
      for (;;) {
        const oldest = await db
          .selectFrom('vector_segments')
          .select('number')
          .where('index_name', '=', name)
          .where('number', '>', after)
          .where('number', '<=', upTo)
          .orderBy('number')
          .limit(DROPPED_AT_A_TIME)
          .execute()
        const last = oldest.at(-1)?.number
        if (last === undefined) return
        await db
          .deleteFrom('vector_segments')
          .where('index_name', '=', name)
          .where('number', '>', after)
          .where('number', '<=', last)
          .execute()
      }
    },
    async floats(name, keys) {
      if (keys.length === 0) return new Map()
      const rows = await db
        .selectFrom('vector_floats')
        .select(['key', 'content'])
        .where('index_name', '=', name)
        .where('key', 'in', [...keys])
        .execute()
      return new Map(rows.map(({ key, content }) => [key, floatsOf(content)]))
    },
    async drop(name) {
      await db.deleteFrom('vector_indexes').where('name', '=', name).execute()
      await this.dropSegments(name, 0, Number.MAX_SAFE_INTEGER)
      await db.deleteFrom('vector_floats').where('index_name', '=', name).execute()
    },
  }
}

function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer)
}

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)
}

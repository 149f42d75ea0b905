// Uploaded tables in the database: one query for SQLite and PostgreSQL.
import type { Database } from '../../platform/storage/database.ts'
import type { Row } from '../../platform/storage/tables.ts'
import type { Upload, UploadStore } from './upload-store.ts'

/** A part has up to 256 KiB; other writers wait while these are deleted. */
const PARTS_PER_DELETE = 40

export function createUploadStore({ db, transaction }: Pick<Database, 'db' | 'transaction'>): UploadStore {
  return {
    async insert({ id, name, createdAt, expiresAt, createdBy }) {
      const times = { created_at: createdAt, touched_at: createdAt, expires_at: expiresAt }
      await db
        .insertInto('uploads')
        .values({ id, name, bytes: 0, parts: 0, ...times, created_by: createdBy, summary: null })
        .execute()
    },
    append: (id, { number, content, bytes, now }) =>
      transaction(async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('uploads')
          .set((to) => ({ bytes: to('bytes', '+', bytes), parts: number + 1, touched_at: now }))
          .where('id', '=', id)
          .executeTakeFirst()
        if (Number(numUpdatedRows) === 0) return false
        await tx.insertInto('upload_parts').values({ upload: id, part: number, content }).execute()
        return true
      }),
    async complete(id, summary) {
      const { numUpdatedRows } = await db
        .updateTable('uploads')
        .set({ summary: JSON.stringify(summary) })
        .where('id', '=', id)
        .executeTakeFirst()
      return Number(numUpdatedRows) > 0
    },
    async find(id) {
      const row = await db.selectFrom('uploads').selectAll().where('id', '=', id).executeTakeFirst()
      return row && uploadFrom(row)
    },
    async list() {
      const rows = await db
        .selectFrom('uploads')
        .selectAll()
        .where('summary', 'is not', null)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map(uploadFrom)
    },
    async part(id, number) {
      const row = await db
        .selectFrom('upload_parts')
        .select('content')
        .where('upload', '=', id)
        .where('part', '=', number)
        .executeTakeFirst()
      return row?.content
    },
    async total() {
      const row = await db
        .selectFrom('uploads')
        .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number | null>('bytes').as('bytes')])
        .executeTakeFirst()
      return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) }
    },
    async delete(id) {
      const found = await db
        .updateTable('uploads')
        .set({ summary: null, touched_at: 0 })
        .where('id', '=', id)
        .returning('parts')
        .executeTakeFirst()
      const parts = found?.parts ?? 0
      // One more than counted: a part that came in the moment of a crash.
      for (let first = 0; first <= parts; first += PARTS_PER_DELETE) {
        await db
          .deleteFrom('upload_parts')
          .where('upload', '=', id)
          .where('part', '>=', first)
          .where('part', '<', first + PARTS_PER_DELETE)
          .execute()
      }
      await db.deleteFrom('uploads').where('id', '=', id).execute()
    },
    async leftovers(now, silentSince) {
      const rows = await db
        .selectFrom('uploads')
        .select('id')
        .where((where) =>
          where.or([where('expires_at', '<=', now), where.and([where('summary', 'is', null), where('touched_at', '<', silentSince)])]),
        )
        .execute()
      return rows.map(({ id }) => id)
    },
  }
}

function uploadFrom({ id, name, bytes, parts, created_at, expires_at, created_by, summary }: Row<'uploads'>): Upload {
  return {
    ...{ id, name, bytes, parts, createdAt: created_at, expiresAt: expires_at, createdBy: created_by },
    summary: summary === null ? undefined : JSON.parse(summary),
  }
}

// Fine-tuned embedding models in the database: one query for SQLite and PostgreSQL.
import { createHash } from 'node:crypto'
import { TandemError } from '../../../errors.ts'
import type { Database, Queryable } from '../../../platform/storage/database.ts'
import type { Row } from '../../../platform/storage/tables.ts'
import type { Activation, StoredTunedModel, TunedStore, VersionDetails } from './store.ts'

const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

export function createTunedStore({ db }: Pick<Database, 'db'>): TunedStore {
  return { ...modelQueries(db), ...versionQueries(db), ...exampleQueries(db) }
}

type Part<Names extends keyof TunedStore> = Pick<TunedStore, Names>

function modelQueries(db: Queryable): Part<'models' | 'find' | 'lock' | 'saveModel' | 'deleteModel'> {
  return {
    async models(on = db) {
      const rows = await on.selectFrom('embedding_models').selectAll().orderBy('name').execute()
      return rows.map(modelFrom)
    },
    async find(name, on = db) {
      const row = await on.selectFrom('embedding_models').selectAll().where('name', '=', name).executeTakeFirst()
      return row && modelFrom(row)
    },
    async lock(name, on) {
      // An update that changes nothing holds the row on PostgreSQL; SQLite has one writer anyway.
      const result = await on
        .updateTable('embedding_models')
        .set((column) => ({ updated_at: column.ref('updated_at') }))
        .where('name', '=', name)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },
    async saveModel({ name, base, collection, active, history, createdAt }, on) {
      const updatedAt = history.at(-1)?.at ?? createdAt
      const change = { base, collection, active, history: JSON.stringify(history), updated_at: updatedAt }
      await on
        .insertInto('embedding_models')
        .values({ name, created_at: createdAt, ...change })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(change))
        .execute()
    },
    async deleteModel(name, on) {
      await on.deleteFrom('embedding_versions').where('model', '=', name).execute()
      await on.deleteFrom('embedding_models').where('name', '=', name).execute()
    },
  }
}

function versionQueries(db: Queryable): Part<'versions' | 'insertVersion' | 'content' | 'deleteVersions'> {
  return {
    async versions(on = db) {
      const rows = await on
        .selectFrom('embedding_versions')
        .select(['model', 'version', 'created_at', 'sha256', 'size_bytes', 'metadata'])
        .orderBy('created_at', 'desc')
        .orderBy('version', 'desc')
        .execute()
      return rows.map(({ model, version, created_at: createdAt, sha256, size_bytes: sizeBytes, metadata }) => ({
        ...{ model, version, createdAt, sha256, sizeBytes },
        details: JSON.parse(metadata) as VersionDetails,
      }))
    },
    async insertVersion({ model, version, createdAt, sha256, sizeBytes, details }, content, on) {
      await on
        .insertInto('embedding_versions')
        .values({ model, version, created_at: createdAt, sha256, size_bytes: sizeBytes, content, metadata: JSON.stringify(details) })
        .execute()
    },
    async content(model, version) {
      const row = await db
        .selectFrom('embedding_versions')
        .select(['content', 'sha256'])
        .where('model', '=', model)
        .where('version', '=', version)
        .executeTakeFirst()
      if (row === undefined) return undefined
      if (digestOf(row.content) === row.sha256) return row.content
      throw new TandemError(
        'artifact_damaged',
        `The stored file of ${model}@${version} no longer has the hash ${row.sha256.slice(0, 12)}: its content was changed or the disk is faulty. Activate another version, or fine-tune again.`,
        { details: { model, version } },
      )
    },
    async deleteVersions(model, versions, on) {
      if (versions.length === 0) return
      await on.deleteFrom('embedding_versions').where('model', '=', model).where('version', 'in', versions).execute()
    },
  }
}

function exampleQueries(db: Queryable): Part<'putExamples' | 'examples' | 'deleteExamples' | 'sweepExamples'> {
  return {
    async putExamples(content, now) {
      const id = digestOf(content)
      await db
        .insertInto('embedding_examples')
        .values({ id, content, created_at: now })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ created_at: now }))
        .execute()
      return id
    },
    async examples(id) {
      const row = await db.selectFrom('embedding_examples').select('content').where('id', '=', id).executeTakeFirst()
      return row?.content
    },
    async deleteExamples(id, on = db) {
      await on.deleteFrom('embedding_examples').where('id', '=', id).execute()
    },
    async sweepExamples(before) {
      await db.deleteFrom('embedding_examples').where('created_at', '<', before).execute()
    },
  }
}

function modelFrom({ name, base, collection, active, history, created_at: createdAt }: Row<'embedding_models'>): StoredTunedModel {
  return { name, base, collection, active, history: JSON.parse(history) as Activation[], createdAt }
}

// Models in the database: one query for SQLite and PostgreSQL.
import type { Database, Queryable } from '../../platform/storage/database.ts'
import type { Row } from '../../platform/storage/tables.ts'
import { ACTIVE, type ModelState, type ModelStore, type StoredModel, type StoredVersion, type VersionDetails } from './store.ts'

export function createModelStore({ db }: Pick<Database, 'db'>): ModelStore {
  return { ...modelQueries(db), ...versionQueries(db), ...aliasQueries(db), ...outcomeQueries(db), ...artifactQueries(db) }
}

type Part<Names extends keyof ModelStore> = Pick<ModelStore, Names>

function modelQueries(
  db: Queryable,
): Part<'states' | 'state' | 'find' | 'list' | 'lock' | 'save' | 'deleteRows' | 'deleteHours' | 'deleteModel'> {
  const states = (on: Queryable) =>
    on
      .selectFrom('models')
      .leftJoin('aliases', (join) => join.onRef('aliases.model', '=', 'models.name').on('aliases.alias', '=', ACTIVE))
      .select(['models.name as name', 'models.updated_at as updatedAt', 'aliases.version as active'])
  return {
    states: async (on = db): Promise<ModelState[]> => states(on).orderBy('models.name').execute(),
    state: async (name, on = db): Promise<ModelState | undefined> => states(on).where('models.name', '=', name).executeTakeFirst(),
    async find(name, on = db) {
      const row = await on.selectFrom('models').selectAll().where('name', '=', name).executeTakeFirst()
      return row && storedModel(row)
    },
    async list({ after = '', limit }, on = db) {
      const rows = await on.selectFrom('models').selectAll().where('name', '>', after).orderBy('name').limit(limit).execute()
      return rows.map(storedModel)
    },
    async lock(name, on) {
      // An update that changes nothing holds the row on PostgreSQL; SQLite has one writer anyway.
      const result = await on
        .updateTable('models')
        .set((column) => ({ updated_at: column.ref('updated_at') }))
        .where('name', '=', name)
        .executeTakeFirst()
      return Number(result.numUpdatedRows) === 1
    },
    async save({ name, definition, origin, createdAt, updatedAt }, on = db) {
      const change = { definition: JSON.stringify(definition), origin, updated_at: updatedAt }
      await on
        .insertInto('models')
        .values({ name, created_at: createdAt, ...change })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(change))
        .execute()
    },
    async deleteRows(table, name, limit, on = db) {
      const result =
        table === 'predictions'
          ? await on
              .deleteFrom('predictions')
              .where('id', 'in', (from) => from.selectFrom('predictions').select('id').where('model', '=', name).limit(limit))
              .executeTakeFirst()
          : await on
              .deleteFrom('outcomes')
              .where('prediction_id', 'in', (from) =>
                from.selectFrom('outcomes').select('prediction_id').where('model', '=', name).limit(limit),
              )
              .executeTakeFirst()
      return Number(result.numDeletedRows)
    },
    async deleteHours(name, on = db) {
      for (const table of ['prediction_hours', 'outcome_hours'] as const) await on.deleteFrom(table).where('model', '=', name).execute()
    },
    async deleteModel(name, on) {
      const versions = await on.selectFrom('versions').select('artifact').where('model', '=', name).execute()
      const datasets = await on.selectFrom('datasets').select('parts').where('model', '=', name).execute()
      for (const table of ['aliases', 'activations', 'version_reports', 'new_row_evaluations', 'versions', 'datasets'] as const) {
        await on.deleteFrom(table).where('model', '=', name).execute()
      }
      await on.deleteFrom('models').where('name', '=', name).execute()
      return [...versions.map(({ artifact }) => artifact), ...datasets.flatMap(({ parts }) => JSON.parse(parts) as string[])]
    },
  }
}

function versionQueries(db: Queryable): Part<'insertVersion' | 'findVersion' | 'listVersions' | 'versionsLike' | 'deleteVersion'> {
  return {
    async insertVersion({ model, version, createdAt, algorithm, artifact, artifactBytes, details }, on) {
      await on
        .insertInto('versions')
        .values({
          model,
          version,
          created_at: createdAt,
          algorithm,
          artifact,
          artifact_bytes: artifactBytes,
          metadata: JSON.stringify(details),
        })
        .execute()
    },
    async findVersion(model, version, on = db) {
      const row = await on.selectFrom('versions').selectAll().where('model', '=', model).where('version', '=', version).executeTakeFirst()
      return row && storedVersion(row)
    },
    async listVersions(model, { after, limit }, on = db) {
      let query = on.selectFrom('versions').selectAll().where('model', '=', model)
      if (after) {
        const [time, version] = after
        query = query.where((where) =>
          where.or([where('created_at', '<', time), where.and([where('created_at', '=', time), where('version', '<', version)])]),
        )
      }
      const rows = await query.orderBy('created_at', 'desc').orderBy('version', 'desc').limit(limit).execute()
      return rows.map(storedVersion)
    },
    async versionsLike(model, prefix, on) {
      const rows = await on
        .selectFrom('versions')
        .select('version')
        .where('model', '=', model)
        .where('version', 'like', `${prefix}%`)
        .execute()
      // In LIKE an underscore stands for any character.
      return rows.map(({ version }) => version).filter((version) => version.startsWith(prefix))
    },
    async deleteVersion(model, version, on) {
      await on.deleteFrom('versions').where('model', '=', model).where('version', '=', version).execute()
    },
  }
}

const DATASETS_PER_READ = 100

function artifactQueries(db: Queryable): Part<'usesArtifact' | 'datasetArtifacts' | 'unversionedArtifacts' | 'deleteUnusedArtifacts'> {
  return {
    async usesArtifact(hash, on = db) {
      const version = await on.selectFrom('versions').select('version').where('artifact', '=', hash).limit(1).executeTakeFirst()
      if (version) return true
      const dataset = await on.selectFrom('datasets').select('id').where('parts', 'like', `%"${hash}"%`).limit(1).executeTakeFirst()
      return dataset !== undefined
    },
    async datasetArtifacts() {
      const hashes: string[] = []
      for (let after = ''; ; ) {
        const rows = await db
          .selectFrom('datasets')
          .select(['id', 'parts'])
          .where('id', '>', after)
          .orderBy('id')
          .limit(DATASETS_PER_READ)
          .execute()
        for (const { parts } of rows) hashes.push(...(JSON.parse(parts) as string[]))
        if (rows.length < DATASETS_PER_READ) return hashes
        after = rows.at(-1)!.id
      }
    },
    async unversionedArtifacts({ after, limit }) {
      // The hash alone stands in an index. SQLite would read a file's whole content to find the time that stands behind it.
      const rows = await db
        .selectFrom('artifacts')
        .select('hash')
        .where('hash', '>', after)
        .where('hash', 'not in', (from) => from.selectFrom('versions').select('artifact'))
        .orderBy('hash')
        .limit(limit)
        .execute()
      return rows.map(({ hash }) => hash)
    },
    async deleteUnusedArtifacts(hashes, before) {
      const result = await db
        .deleteFrom('artifacts')
        .where('hash', 'in', hashes)
        .where('created_at', '<', before)
        .where('hash', 'not in', (from) => from.selectFrom('versions').select('artifact'))
        .executeTakeFirst()
      return Number(result.numDeletedRows)
    },
  }
}

function aliasQueries(db: Queryable): Part<'aliases' | 'alias' | 'setAlias' | 'deleteAlias' | 'insertActivation' | 'listActivations'> {
  return {
    aliases: async (model, on = db) =>
      on.selectFrom('aliases').select(['alias', 'version']).where('model', '=', model).orderBy('alias').execute(),
    async alias(model, alias, on = db) {
      const row = await on.selectFrom('aliases').select('version').where('model', '=', model).where('alias', '=', alias).executeTakeFirst()
      return row?.version
    },
    async setAlias(model, alias, version, at, on = db) {
      await on
        .insertInto('aliases')
        .values({ model, alias, version, updated_at: at })
        .onConflict((conflict) => conflict.columns(['model', 'alias']).doUpdateSet({ version, updated_at: at }))
        .execute()
    },
    async deleteAlias(model, alias, on = db) {
      const result = await on.deleteFrom('aliases').where('model', '=', model).where('alias', '=', alias).executeTakeFirst()
      return Number(result.numDeletedRows) > 0
    },
    async insertActivation(activation, on) {
      await on.insertInto('activations').values(activation).execute()
    },
    async listActivations(model, { before, at, limit }, on = db) {
      let query = on.selectFrom('activations').selectAll().where('model', '=', model)
      if (before !== undefined) query = query.where('id', '<', before)
      if (at !== undefined) query = query.where('activated_at', '<=', at)
      return query
        .orderBy('id', 'desc')
        .limit(at === undefined ? limit : 1)
        .execute()
    },
  }
}

function outcomeQueries(db: Queryable): Part<'countOutcomes' | 'trainedUntil'> {
  return {
    async countOutcomes(model, after, on = db) {
      const row = await on
        .selectFrom('outcomes')
        .select((column) => column.fn.countAll<number>().as('count'))
        .where('model', '=', model)
        .where('received_at', '>', after)
        .executeTakeFirst()
      return Number(row?.count ?? 0)
    },
    async trainedUntil(model, on = db) {
      const row = await on
        .selectFrom('versions')
        .select('metadata')
        .where('model', '=', model)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? 0 : (JSON.parse(row.metadata) as VersionDetails).dataUntil
    },
  }
}

function storedModel({ name, definition, origin, created_at, updated_at }: Row<'models'>): StoredModel {
  return { name, definition: JSON.parse(definition), origin, createdAt: created_at, updatedAt: updated_at }
}

function storedVersion({ model, version, created_at, algorithm, artifact, artifact_bytes, metadata }: Row<'versions'>): StoredVersion {
  return {
    model,
    version,
    createdAt: created_at,
    algorithm: algorithm as StoredVersion['algorithm'],
    artifact,
    artifactBytes: artifact_bytes,
    details: JSON.parse(metadata),
  }
}

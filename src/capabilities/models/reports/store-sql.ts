// Reports of versions in the database: one query for SQLite and PostgreSQL.
import type { Queryable } from '../../../platform/storage/database.ts'
import type { Row } from '../../../platform/storage/tables.ts'
import type { NewRowsEvaluation, NewRowsSummary } from './new-rows/schema.ts'
import type { NewRowsStore, ReportStore } from './store.ts'

type Kind = Row<'version_reports'>['kind']

export function createReportStore(db: Queryable): ReportStore {
  const find = async (model: string, version: string, kind: Kind): Promise<Uint8Array | undefined> => {
    const row = await db
      .selectFrom('version_reports')
      .select('content')
      .where('model', '=', model)
      .where('version', '=', version)
      .where('kind', '=', kind)
      .executeTakeFirst()
    return row?.content
  }
  const findJson = async <Report>(model: string, version: string, kind: Kind): Promise<Report | undefined> => {
    const content = await find(model, version, kind)
    return content && JSON.parse(new TextDecoder().decode(content))
  }
  return {
    async insert(model, version, { evaluation, profile, heldOut, card, sample }, on) {
      const json = (report: object): Uint8Array => new TextEncoder().encode(JSON.stringify(report))
      await on
        .insertInto('version_reports')
        .values([
          { model, version, kind: 'evaluation', content: json(evaluation) },
          { model, version, kind: 'profile', content: json(profile) },
          { model, version, kind: 'held-out', content: heldOut },
          ...(card === undefined ? [] : [{ model, version, kind: 'card' as const, content: json(card) }]),
          ...(sample === undefined ? [] : [{ model, version, kind: 'sample' as const, content: sample }]),
        ])
        .execute()
    },
    evaluation: (model, version) => findJson(model, version, 'evaluation'),
    profile: (model, version) => findJson(model, version, 'profile'),
    heldOut: (model, version) => find(model, version, 'held-out'),
    card: (model, version) => findJson(model, version, 'card'),
    sample: (model, version) => find(model, version, 'sample'),
    newRows: newRowsQueries(db),
  }
}

const KEPT = 50

function newRowsQueries(db: Queryable): NewRowsStore {
  const of = (model: string, version: string) =>
    db.selectFrom('new_row_evaluations').where('model', '=', model).where('version', '=', version)
  return {
    async insert(evaluation) {
      const { id, model, version, name, createdAt, createdBy, rows, skippedRows, fingerprint, knownRows, intervals, weight } = evaluation
      const summary: NewRowsSummary = {
        id,
        model,
        version,
        name,
        createdAt,
        createdBy,
        rows,
        skippedRows,
        fingerprint,
        knownRows,
        intervals,
        ...(weight === undefined ? {} : { weight }),
      }
      await db
        .insertInto('new_row_evaluations')
        .values({
          ...{ id, model, version, created_at: Date.parse(createdAt), summary: JSON.stringify(summary) },
          content: new TextEncoder().encode(JSON.stringify(evaluation)),
        })
        .execute()
      const all = await of(model, version).select('id').orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
      const old = all.slice(KEPT).map((row) => row.id)
      if (old.length > 0) await db.deleteFrom('new_row_evaluations').where('id', 'in', old).execute()
    },
    async list(model, version) {
      const rows = await of(model, version).select('summary').orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
      return rows.map(({ summary }) => JSON.parse(summary) as NewRowsSummary)
    },
    async find(model, version, id) {
      const row = await of(model, version).where('id', '=', id).select('content').executeTakeFirst()
      return row && (JSON.parse(new TextDecoder().decode(row.content)) as NewRowsEvaluation)
    },
    async delete(model, version, id) {
      const { numDeletedRows } = await db
        .deleteFrom('new_row_evaluations')
        .where('model', '=', model)
        .where('version', '=', version)
        .where('id', '=', id)
        .executeTakeFirst()
      return Number(numDeletedRows) === 1
    },
  }
}

// Reports of versions in the database: one query for SQLite and PostgreSQL.
import type { Queryable } from '../../../platform/storage/database.ts'
import type { Row } from '../../../platform/storage/tables.ts'
import type { ReportStore } from './store.ts'

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
  }
}

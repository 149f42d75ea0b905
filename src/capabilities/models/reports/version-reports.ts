// What was measured of a version: when it was trained, and later on rows that were sent with what came true. The two stay apart.
import { TandemError } from '../../../errors.ts'
import type { StoredVersion } from '../store.ts'
import { cardOf } from './card-of.ts'
import type { NewRowsEvaluation, NewRowsSummary } from './new-rows/schema.ts'
import type { Card, Evaluation, Profile } from './schema.ts'
import type { ReportStore } from './store.ts'

export interface ReportsOfVersions {
  /** How good a version is on the held-out rows. @throws `not_found` for versions from before this was measured. */
  evaluation(model: string, version: string): Promise<Evaluation>
  /** What its training rows look like. @throws `not_found` as `evaluation`. */
  profile(model: string, version: string): Promise<Profile>
  /** What a reader must know before trusting it. @throws `not_found` as `evaluation`. */
  card(model: string, version: string): Promise<Card>
  /** The file of a few training rows; undefined for versions from before these were kept. See `reports/sample-file.ts`. */
  sample(model: string, version: string): Promise<Uint8Array | undefined>
  /** Evaluations on rows that were sent after the training. */
  readonly newRows: NewRowsEvaluations
}

export interface NewRowsEvaluations {
  /** Newest first. */
  list(model: string, version: string): Promise<{ readonly items: NewRowsSummary[] }>
  /** @throws `not_found`. */
  get(model: string, version: string, id: string): Promise<NewRowsEvaluation>
  /** @throws `not_found`. */
  delete(model: string, version: string, id: string): Promise<void>
  /** The newest 50 of a version stay. @throws `version_not_found` when it was deleted meanwhile. */
  add(evaluation: NewRowsEvaluation): Promise<void>
}

export interface ReportsParts {
  readonly reports: ReportStore
  /** By version or alias. @throws `model_not_found`, `version_not_found`. */
  readonly stored: (model: string, reference: string) => Promise<StoredVersion>
}

export function createReportsOfVersions({ reports, stored }: ReportsParts): ReportsOfVersions {
  return {
    async evaluation(name, reference) {
      const version = await stored(name, reference)
      const evaluation = await reports.evaluation(name, version.version)
      if (evaluation === undefined) throw notMeasured(version, 'evaluation')
      return { model: name, version: version.version, ...evaluation }
    },
    async profile(name, reference) {
      const version = await stored(name, reference)
      const profile = await reports.profile(name, version.version)
      if (profile === undefined) throw notMeasured(version, 'profile')
      return { model: name, version: version.version, ...profile }
    },
    async card(name, reference) {
      const version = await stored(name, reference)
      const [card, judged] = await Promise.all([reports.card(name, version.version), reports.newRows.list(name, version.version)])
      const newest = card === undefined && judged[0] ? await reports.newRows.find(name, version.version, judged[0].id) : undefined
      const made = cardOf(version, { card, judged, newest })
      if (made === undefined) throw notMeasured(version, 'card')
      return made
    },
    sample: async (name, reference) => reports.sample(name, (await stored(name, reference)).version),
    newRows: {
      async list(name, reference) {
        const { version } = await stored(name, reference)
        return { items: [...(await reports.newRows.list(name, version))] }
      },
      async get(name, reference, id) {
        const { version } = await stored(name, reference)
        const found = await reports.newRows.find(name, version, id)
        if (found === undefined) throw noEvaluation(name, version, id)
        return found
      },
      async delete(name, reference, id) {
        const { version } = await stored(name, reference)
        if (!(await reports.newRows.delete(name, version, id))) throw noEvaluation(name, version, id)
      },
      async add(evaluation) {
        // Said by its name, not by what the database thinks of a row without its version.
        await stored(evaluation.model, evaluation.version)
        await reports.newRows.insert(evaluation)
      },
    },
  }
}

function noEvaluation(model: string, version: string, id: string): TandemError {
  return new TandemError('not_found', `Version ${version} of model "${model}" has no evaluation "${id}".`, { details: { model, version } })
}

function notMeasured({ model, version, details }: StoredVersion, what: string): TandemError {
  const isImported = details.imported !== undefined
  const why = isImported ? 'it was taken over from a file, and no rows judged it' : 'it was made before that was kept'
  const how =
    isImported && what !== 'profile'
      ? `Send rows with the target to POST /v1/models/${model}/versions/${version}/evaluations, or train again.`
      : 'Train again; the new version has one.'
  return new TandemError('not_found', `Version ${version} of model "${model}" has no ${what}: ${why}. ${how}`, {
    details: { model, version },
  })
}

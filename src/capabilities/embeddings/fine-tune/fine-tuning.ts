// Fine-tuning of embedding models: started with examples, run as a job, kept as versions that are put in service and taken back.
import { TandemError } from '../../../errors.ts'
import { jobView } from '../../../platform/jobs/job-view.ts'
import type { Jobs } from '../../../platform/jobs/jobs.ts'
import type { JobView } from '../../../platform/jobs/schema.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { createThreadPool } from '../../../platform/threads/create-thread-pool.ts'
import type { Embeddings } from '../embeddings.ts'
import type { FineTunePayload, FineTuneReport, ReadLabelled } from './fine-tune-job.ts'
import { type FineTuneInput, MOST_EXAMPLES, type TunedModel, type TunedVersion } from './schema.ts'
import { createTunedStore } from './store-sql.ts'
import { nameOf, type TunedModels } from './tuned-models.ts'

export const FINE_TUNE_JOB = 'embedding-fine-tune'

export interface FineTuning {
  /** Reads which versions serve. */
  open(): Promise<void>
  /** @throws `invalid_input`; `collection_not_found`; `conflict` when another one of this model is under way. */
  start(input: FineTuneInput, actor?: string): Promise<JobView>
  /** The job when it has finished or the time is over. */
  wait(job: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined }): Promise<JobView>
  list(): Promise<TunedModel[]>
  get(model: string): Promise<TunedModel>
  version(model: string, version: string): Promise<TunedVersion>
  /** Opens the version first; one that cannot answer is not put in service. */
  activate(model: string, version: string, actor?: string): Promise<TunedModel>
  rollback(model: string, actor?: string): Promise<TunedModel>
  delete(model: string): Promise<void>
  close(): Promise<void>
}

/** What fine-tuning asks of collections. */
export interface FineTunedCollections {
  readLabelled: ReadLabelled
  /** The model that makes its vectors now; undefined while there are none. @throws `collection_not_found`; `invalid_input` for a field that says nothing. */
  check(collection: string, field: string | undefined): Promise<string | undefined>
}

export interface FineTuningParts {
  readonly embeddings: Pick<Embeddings, 'baseOf' | 'embedBatch' | 'status'>
  readonly tuned: TunedModels
  readonly database: Database
  readonly collections: FineTunedCollections
  readonly jobs: Jobs
  readonly clock: () => number
}

// The worker's file beside this one, with the ending of this one: .ts from source, .js from dist.
const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')
const PROGRAM = new URL(`./worker${ending}`, import.meta.url)
/** Examples whose training was canceled or has failed are forgotten after this time. */
const EXAMPLES_KEPT_MS = 7 * 86_400_000
const CANARY = ['What was fine-tuned answers.']

export function createFineTuning({ embeddings, tuned, database, collections, jobs, clock }: FineTuningParts): FineTuning {
  const store = createTunedStore(database)
  const pool = createThreadPool({ size: 1, program: PROGRAM })
  const { readLabelled } = collections
  jobs.register<FineTunePayload, FineTuneReport>(FINE_TUNE_JOB, async (payload, context) => {
    const { runFineTune } = await import('./fine-tune-job.ts')
    return runFineTune({ embeddings, tuned, store, pool, readLabelled, clock }, payload, context)
  })
  const canAnswer = async (model: string, version: string | null): Promise<void> => {
    if (version !== null) await embeddings.embedBatch(CANARY, { model: nameOf(model, version) })
  }
  return {
    open: () => tuned.start(),
    async start(input, actor = 'system') {
      const payload = await checkedPayload(input, { embeddings, collections }, actor)
      const { labelled, pairs } = input
      const given = labelled === undefined ? (pairs === undefined ? undefined : { pairs }) : { labelled }
      await store.sweepExamples(clock() - EXAMPLES_KEPT_MS)
      const examples = given && (await store.putExamples(Buffer.from(JSON.stringify(given)), clock()))
      const whole: FineTunePayload = examples === undefined ? payload : { ...payload, examples }
      const { model } = payload
      const job = await jobs.enqueue(FINE_TUNE_JOB, whole, { subject: model, uniqueKey: `${FINE_TUNE_JOB}:${model}`, createdBy: actor })
      if (JSON.stringify(job.payload) === JSON.stringify(whole)) return jobView(job)
      throw new TandemError(
        'conflict',
        `"${model}" is being fine-tuned by the job ${job.id}, with other examples or settings. Wait for it, or cancel it.`,
        { details: { jobId: job.id } },
      )
    },
    wait: async (id, options) => jobView(await jobs.wait(id, options)),
    list: () => tuned.list(),
    get: (model) => tuned.get(model),
    version: (model, version) => tuned.version(model, version),
    async activate(model, version, actor = 'system') {
      await tuned.version(model, version)
      await canAnswer(model, version)
      return tuned.activate(model, version, actor)
    },
    async rollback(model, actor = 'system') {
      await canAnswer(model, await tuned.previous(model))
      return tuned.rollback(model, actor)
    },
    delete: (model) => tuned.delete(model),
    async close() {
      tuned.close()
      await pool.close()
    },
  }
}

async function checkedPayload(
  { labelled, pairs, ...input }: FineTuneInput,
  { embeddings, collections }: Pick<FineTuningParts, 'embeddings' | 'collections'>,
  actor: string,
): Promise<FineTunePayload> {
  const { collection, field, model = collection } = input
  const kinds = [field, labelled, pairs].filter((each) => each !== undefined).length
  if (kinds !== 1) {
    const message = `Give one of field, labelled and pairs to learn from; ${kinds === 0 ? 'none is given' : `${kinds} are`}. At most ${MOST_EXAMPLES.toLocaleString('en')} examples are taken.`
    throw new TandemError('invalid_input', message, { errors: [{ path: '/field', message }] })
  }
  if (field !== undefined && collection === undefined) refuse('/collection', 'A field belongs to a collection: name the collection too.')
  if (model === undefined) refuse('/model', 'The model needs a name, where no collection gives it its own.')
  const { models } = embeddings.status()
  if (models.some(({ name, base }) => name === model && base === null)) {
    refuse('/model', `"${model}" is a model of this server already. Choose another name for the one that is made from it.`)
  }
  const current = collection === undefined ? undefined : await collections.check(collection, field)
  const base = await embeddings.baseOf(input.base ?? current)
  if (input.method === 'table' && base.kind !== 'static') {
    refuse(
      '/method',
      `"${base.name}" (${base.kind}) has no table of token vectors to train. Use "linear" or "mlp", or start from a static model.`,
    )
  }
  return { ...input, model: model!, base: base.name, actor }
}

function refuse(path: string, message: string): never {
  throw new TandemError('invalid_input', message, { errors: [{ path, message }] })
}

// The job of a fine-tuning: examples, vectors of the base, learn and judge on a thread, gate, publish. Killed at any time it starts anew; its
// one effect, the version, is written in the transaction that ends the job. The same examples and seed give the same file.
import { createHash } from 'node:crypto'
import { TandemError } from '../../../errors.ts'
import type { JobContext } from '../../../platform/jobs/jobs.ts'
import type { ThreadPool } from '../../../platform/threads/pool.ts'
import type { BaseModel, Embeddings } from '../embeddings.ts'
import { HIDDEN, type Learned, type LearnInput, RATES } from './learn-task.ts'
import type { FineTuneInput, FineTuneParameters } from './schema.ts'
import type { TunedStore, VersionDetails } from './store.ts'
import { FIT, type GivenExamples, type PreparedExamples, prepareExamples, VALIDATION } from './training-examples.ts'
import type { TunedModels } from './tuned-models.ts'

/** Documents of a collection whose field says which belong together. */
export type ReadLabelled = (collection: string, field: string, signal: AbortSignal) => Promise<NonNullable<FineTuneInput['labelled']>>

export interface FineTunePayload extends Omit<FineTuneInput, 'labelled' | 'pairs' | 'model'> {
  readonly model: string
  /** Where the examples that were sent are kept; absent: those of the field. */
  readonly examples?: string
  readonly actor: string
}

export interface FineTuneReport {
  readonly model: string
  readonly version: string
  readonly activated: boolean
  readonly reason: string
}

export interface FineTuneJobParts {
  readonly embeddings: Pick<Embeddings, 'baseOf' | 'embedBatch'>
  readonly tuned: TunedModels
  readonly store: TunedStore
  readonly pool: ThreadPool
  readonly readLabelled: ReadLabelled
  readonly clock: () => number
}

export const DEFAULT_SEED = 7
const DEFAULT_SHARES = { validationShare: 0.1, testShare: 0.2 }
const TEXTS_AT_ONCE = 256
/** How far the job is when the reading, the vectors and the learning are done. */
const DONE = { reading: 0.05, encoding: 0.4, learning: 0.97 }

export async function runFineTune(parts: FineTuneJobParts, payload: FineTunePayload, context: JobContext): Promise<FineTuneReport> {
  const { embeddings, tuned, store, pool, clock } = parts
  const { model, collection = null, field = null, seed = DEFAULT_SEED, parameters = {}, activate: policy = 'if-better' } = payload
  const { signal } = context
  const startedAt = clock()
  context.progress(0, 'Reading the examples', 'reading')
  const given = await readExamples(parts, payload, signal)
  const examples = prepareExamples(given, { ...DEFAULT_SHARES, ...definedShares(payload), seed })
  const base = await embeddings.baseOf(payload.base)
  const method = methodOf(payload.method, base)
  await tuned.refresh()
  const serving = tuned.resolve(model)
  const report = (message: string, share: number): void =>
    context.progress(DONE.reading + (DONE.encoding - DONE.reading) * share, message, 'encoding')
  const vectors = method === 'table' ? undefined : await encodeAll(parts, examples.texts, base.name, signal, report)
  // One whose base is gone or whose file is damaged cannot be compared with.
  const rival = serving && (await encodeAll(parts, examples.texts, serving.name, signal, report).catch(isNoAnswer))
  const input: LearnInput = {
    ...{ method, examples, parameters, seed, baseFingerprint: base.fingerprint, dimensions: base.dimensions },
    ...(method === 'table' ? { folder: base.folder! } : {}),
    ...(vectors === undefined ? {} : { vectors }),
    ...(rival === undefined ? {} : { champion: rival, championDimensions: rival.length / examples.texts.length }),
  }
  context.progress(DONE.encoding, 'Learning', 'learning')
  const learned = await pool.run<Learned>('embeddings.learn', input, {
    signal,
    onProgress: (share, message) => context.progress(DONE.encoding + (DONE.learning - DONE.encoding) * share, message, 'learning'),
  })
  const comparedWith = rival === undefined ? base.name : serving!.name
  const gate = { policy, ...gateOf(policy, learned, comparedWith) }
  const details: VersionDetails = {
    ...{ base: base.name, baseFingerprint: base.fingerprint, dimensions: base.dimensions, method, comparedWith, seed, gate },
    parameters: shownParameters(parameters, method),
    data: {
      ...dataOf(examples, given, learned),
      collection,
      field,
      kind: payload.examples === undefined ? 'field' : 'labels' in examples ? 'labelled' : 'pairs',
    },
    ...{
      before: learned.before,
      after: learned.after,
      gain: learned.gain,
      examples: [...learned.examples],
      bestEpoch: learned.history.bestEpoch,
    },
    epochs: learned.history.epochs.map(({ epoch, loss, accuracyAt1, precisionAtK, recallAtK, mrr, ndcgAtK }) => ({
      ...{
        epoch,
        loss: Number.isNaN(loss) ? null : loss,
        accuracyAt1,
        precisionAt10: precisionAtK,
        recallAt10: recallAtK,
        mrr,
        ndcgAt10: ndcgAtK,
      },
    })),
    durationMs: clock() - startedAt,
  }
  context.progress(DONE.learning, 'Storing the version', 'storing')
  let told = async (): Promise<void> => {}
  const result = await context.finish(async (tx): Promise<FineTuneReport> => {
    const published = await tuned.publish(
      { model, base: base.name, collection, file: learned.file, details, judgedAgainst: serving?.version ?? null, actor: payload.actor },
      tx,
    )
    told = published.told
    if (payload.examples !== undefined) await store.deleteExamples(payload.examples, tx)
    return { model, version: published.version, activated: gate.activated, reason: gate.reason }
  })
  await told()
  return result
}

async function readExamples(
  { store, readLabelled }: FineTuneJobParts,
  payload: FineTunePayload,
  signal: AbortSignal,
): Promise<GivenExamples> {
  if (payload.examples === undefined) return { labelled: await readLabelled(payload.collection!, payload.field!, signal) }
  const content = await store.examples(payload.examples)
  if (content !== undefined) return JSON.parse(Buffer.from(content).toString('utf8')) as GivenExamples
  throw new TandemError(
    'not_found',
    'The examples of this fine-tuning are no longer stored: another one with the same examples has ended. Send them again.',
  )
}

function definedShares({ validationShare, testShare }: FineTunePayload) {
  return { ...(validationShare === undefined ? {} : { validationShare }), ...(testShare === undefined ? {} : { testShare }) }
}

function methodOf(asked: FineTunePayload['method'], base: BaseModel): 'table' | 'linear' | 'mlp' {
  const isTable = base.kind === 'static'
  if (asked === undefined || asked === 'auto') return isTable ? 'table' : 'linear'
  if (asked === 'table' && !isTable) {
    const message = `method is "table", but "${base.name}" (${base.kind}) has no table of token vectors. Use "linear" or "mlp", or start from a static model.`
    throw new TandemError('invalid_input', message, { errors: [{ path: '/method', message }] })
  }
  return asked
}

function isNoAnswer(error: unknown): undefined {
  if (TandemError.is(error) && ['conflict', 'unavailable', 'artifact_damaged', 'invalid_config'].includes(error.code)) return undefined
  throw error
}

/** By batches of the model, whose caches make a second try cheap. */
async function encodeAll(
  { embeddings }: FineTuneJobParts,
  texts: readonly string[],
  model: string,
  signal: AbortSignal,
  report: (message: string, share: number) => void,
): Promise<Float32Array> {
  let all = new Float32Array()
  for (let from = 0; from < texts.length; from += TEXTS_AT_ONCE) {
    signal.throwIfAborted()
    report(`Vectors of ${model}: ${from} of ${texts.length}`, from / texts.length)
    const { vectors, dimensions } = await embeddings.embedBatch(texts.slice(from, from + TEXTS_AT_ONCE), { model, signal })
    if (from === 0) all = new Float32Array(texts.length * dimensions)
    for (const [place, vector] of vectors.entries()) all.set(vector, (from + place) * dimensions)
  }
  return all
}

function gateOf(policy: VersionDetails['gate']['policy'], { gain, after, before, testQueries }: Learned, comparedWith: string) {
  const points = (value: number): string => `${value < 0 ? '\u2212' : '+'}${Math.abs(100 * value).toFixed(1)}`
  const numbers = `nDCG@10 ${before.ndcgAt10.toFixed(3)} of ${comparedWith} became ${after.ndcgAt10.toFixed(3)} on ${testQueries} held-out queries (${points(gain.value)} points, 95 % interval ${points(gain.low)} to ${points(gain.high)})`
  if (policy === 'always') return { activated: true, reason: `In service as asked: ${numbers}.` }
  if (policy === 'never') return { activated: false, reason: `Not in service, as asked: ${numbers}.` }
  if (gain.low > 0) return { activated: true, reason: `In service: ${numbers}.` }
  return { activated: false, reason: `Not in service, because the gain is not sure: ${numbers}.` }
}

function shownParameters(given: FineTuneParameters, method: 'table' | 'linear' | 'mlp'): FineTuneParameters {
  return {
    ...{
      loss: 'multiple-negatives' as const,
      temperature: 0.05,
      symmetric: true,
      batchSize: 64,
      epochs: 10,
      patience: 2,
      hardNegatives: true,
      weightDecay: 0,
    },
    ...{ learningRate: RATES[method], ...(method === 'mlp' ? { hidden: HIDDEN } : {}) },
    ...given,
  }
}

function dataOf({ texts, labelCount, parts }: PreparedExamples, given: GivenExamples, { testQueries }: Learned) {
  const count = (part: number): number => parts.reduce((sum, each) => sum + (each === part ? 1 : 0), 0)
  const fingerprint = createHash('sha256').update(JSON.stringify(given)).digest('hex')
  return {
    texts: texts.length,
    labels: labelCount ?? null,
    train: count(FIT),
    validation: count(VALIDATION),
    test: testQueries,
    fingerprint,
  }
}

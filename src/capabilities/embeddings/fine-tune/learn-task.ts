// The work of a fine-tuning that computes, on a thread of its own: learn, and judge the result beside what served before on queries that
// were held out.
import { createAdapt } from '../../../algorithms/fine-tune/adapter.ts'
import { type Examples, labelledExamples, pairExamples } from '../../../algorithms/fine-tune/examples.ts'
import { type FineTuneHistory, fineTuneEncoder, type Validation } from '../../../algorithms/fine-tune/fine-tune-encoder.ts'
import { judgeRetrieval, type RetrievalJudgement } from '../../../algorithms/fine-tune/judge-retrieval.ts'
import { createTrainableAdapter, type TrainableAdapter } from '../../../algorithms/fine-tune/trainable-adapter.ts'
import { createTrainableTable, type TrainableTable } from '../../../algorithms/fine-tune/trainable-table.ts'
import { createRng, hashSeed, type Rng } from '../../../algorithms/math/rng.ts'
import { pairedDifference } from '../../../algorithms/metrics/bootstrap.ts'
import { embedTokens, quantizeRows, type StaticTable } from '../../../algorithms/text/static-embedding/static-table.ts'
import { TandemError } from '../../../errors.ts'
import type { TaskContext } from '../../../platform/threads/tasks.ts'
import { openStaticModel } from '../runtimes/static-encoder.ts'
import type { FineTuneParameters, MovedExample, RetrievalMetricsView } from './schema.ts'
import { FIT, type PreparedExamples, TEST, VALIDATION } from './training-examples.ts'
import { changeTable, encodeTunedFile, type TunedWeights } from './tuned-file.ts'

export interface LearnInput {
  readonly method: 'table' | 'linear' | 'mlp'
  readonly examples: PreparedExamples
  /** Of `table`: where the base model lies. */
  readonly folder?: string
  /** Of adapters: vectors of all texts by the base model. */
  readonly vectors?: Float32Array
  readonly dimensions: number
  /** Vectors of all texts by the version in service, which the new one is compared with; absent: with the base. */
  readonly champion?: Float32Array
  readonly championDimensions?: number
  readonly baseFingerprint: string
  readonly parameters: FineTuneParameters
  readonly seed: number
}

export interface Learned {
  readonly file: Uint8Array
  readonly history: FineTuneHistory
  readonly before: RetrievalMetricsView
  readonly after: RetrievalMetricsView
  readonly gain: { readonly value: number; readonly low: number; readonly high: number }
  readonly testQueries: number
  readonly examples: readonly MovedExample[]
}

export const RATES = { table: 0.003, linear: 0.001, mlp: 0.0005 } as const
export const HIDDEN = 512
/** More would take longer to judge than to learn from, and tell no more. */
const MOST = { testQueries: 2_000, validationQueries: 1_000, validationCandidates: 4_000 }
const RESAMPLES = 1_000
const MOVED = 12
const SHOWN_HITS = 3
const SHOWN_CHARACTERS = 300

export async function learnTask(input: LearnInput, { progress, isCanceled }: TaskContext): Promise<Learned> {
  const { examples, seed, parameters, method } = input
  const { encoder, before, vectorsOf } = await openTrainable(input)
  const { train, validation, test } = partsOf(examples, createRng(hashSeed(seed, 1)))
  const { hidden: _, weightDecay: __, ...options } = parameters
  const history = fineTuneEncoder(encoder, train, validation, {
    ...{ learningRate: RATES[method], randomState: seed, isCanceled, ...options },
    onProgress: (share, { epoch, epochs, loss }) => progress(0.9 * share, `Epoch ${epoch} of ${epochs}, loss ${loss.toFixed(3)}`),
  })
  progress(0.9, 'Judging on held-out queries')
  const judge = (vectors: Float32Array, dimensions: number): RetrievalJudgement =>
    judgeRetrieval({ vectors, dimensions, ...test, isCanceled })
  const { weights, vectors } = vectorsOf()
  const compared = judge(input.champion ?? before, input.championDimensions ?? input.dimensions)
  const judged = judge(vectors, input.dimensions)
  const weighted = (values: Float64Array) => (sampleWeight: Float64Array) => weightedMean(values, sampleWeight)
  const { value, low, high } = pairedDifference(judged.queries.length, weighted(compared.ndcg), weighted(judged.ndcg), {
    ...{ rng: createRng(hashSeed(seed, 2)), resamples: RESAMPLES, confidence: 0.95 },
  })
  return {
    file: encodeTunedFile({ baseFingerprint: input.baseFingerprint, weights }),
    ...{ history, before: shown(compared), after: shown(judged), gain: { value, low, high }, testQueries: judged.queries.length },
    examples: movedExamples(examples.texts, compared, judged, test.isMatch),
  }
}

interface Opened {
  readonly encoder: TrainableTable | TrainableAdapter
  /** Vectors of all texts by the base. */
  readonly before: Float32Array
  /** Of what was learned: as it will be stored, and the vectors that it gives then. */
  readonly vectorsOf: () => { readonly weights: TunedWeights; readonly vectors: Float32Array }
}

async function openTrainable({ method, folder, vectors, dimensions, examples, parameters, seed }: LearnInput): Promise<Opened> {
  const { weightDecay } = parameters
  if (method === 'table') {
    const { table, tokenize } = await openStaticModel({ folder: folder! })
    const texts = tokenizeAll(examples.texts, tokenize)
    const encoder = createTrainableTable(table, texts, { weightDecay })
    const encodeAll = (by: StaticTable): Float32Array => {
      const all = new Float32Array(examples.texts.length * dimensions)
      for (let at = 0; at < examples.texts.length; at++) {
        embedTokens(by, texts.ids.subarray(texts.offsets[at]!, texts.offsets[at + 1]!), all, at * dimensions)
      }
      return all
    }
    return {
      encoder,
      before: encodeAll(table),
      vectorsOf() {
        const { values, scales } = quantizeRows(encoder.values, dimensions, 8)
        const weights = { kind: 'table' as const, dimensions, rows: encoder.rows, values, scales }
        return { weights, vectors: encodeAll(changeTable(table, weights)) }
      },
    }
  }
  const hidden = method === 'mlp' ? (parameters.hidden ?? HIDDEN) : 0
  const encoder = createTrainableAdapter(vectors!, dimensions, { hidden, weightDecay, randomState: hashSeed(seed, 3) })
  return { encoder, before: vectors!, vectorsOf: () => ({ weights: encoder.adapter, vectors: createAdapt(encoder.adapter)(vectors!) }) }
}

function tokenizeAll(texts: readonly string[], tokenize: (text: string, ids: number[]) => void) {
  const ids: number[] = []
  const offsets = new Int32Array(texts.length + 1)
  for (const [at, text] of texts.entries()) {
    tokenize(text, ids)
    offsets[at + 1] = ids.length
  }
  return { ids: Int32Array.from(ids), offsets }
}

interface Parts {
  readonly train: Examples
  readonly validation: Validation
  readonly test: { readonly queries: Int32Array; readonly candidates: Int32Array; readonly isMatch: Validation['isMatch'] }
}

function partsOf({ texts, labels, pairs, parts }: PreparedExamples, rng: Rng): Parts {
  const all = Int32Array.from(texts, (_, at) => at)
  const most = (items: Int32Array, limit: number): Int32Array => sample(items, limit, rng)
  if (labels !== undefined) {
    const of = (part: number): Int32Array => all.filter((item) => parts[item] === part)
    const isMatch = (query: number, item: number): boolean => labels[query] === labels[item]
    const fit = of(FIT)
    return {
      train: labelledExamples(fit, labels),
      validation: {
        queries: most(of(VALIDATION), MOST.validationQueries),
        candidates: Int32Array.of(...most(fit, MOST.validationCandidates), ...most(of(VALIDATION), MOST.validationQueries)),
        isMatch,
      },
      // As a search does: among all texts, those that were learned from too.
      test: { queries: most(of(TEST), MOST.testQueries), candidates: all, isMatch },
    }
  }
  const { anchors, positives, negatives } = pairs!
  const of = (part: number) => {
    const kept = Int32Array.from(anchors.keys()).filter((pair) => parts[pair] === part)
    const pick = (items: Int32Array): Int32Array => kept.map((pair) => items[pair]!)
    return { anchors: pick(anchors), positives: pick(positives), ...(negatives === undefined ? {} : { negatives: pick(negatives) }) }
  }
  const whole = pairExamples({ anchors, positives, ...(negatives === undefined ? {} : { negatives }) })
  const queries = (part: number, limit: number): Int32Array => most(Int32Array.from(new Set(of(part).anchors)), limit)
  const [held, judged] = [queries(VALIDATION, MOST.validationQueries), queries(TEST, MOST.testQueries)]
  const found = new Set(held.length === 0 ? [] : of(VALIDATION).positives)
  for (const item of most(whole.candidates, MOST.validationCandidates)) found.add(item)
  return {
    train: pairExamples(of(FIT)),
    validation: { queries: held, candidates: Int32Array.from(found), isMatch: whole.isMatch },
    test: { queries: judged, candidates: whole.candidates, isMatch: whole.isMatch },
  }
}

function sample(items: Int32Array, most: number, rng: Rng): Int32Array {
  if (items.length <= most) return items
  const order = items.slice()
  for (let at = 0; at < most; at++) {
    const other = at + rng.below(order.length - at)
    ;[order[at], order[other]] = [order[other]!, order[at]!]
  }
  return order.slice(0, most)
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  let [sum, total] = [0, 0]
  for (let at = 0; at < values.length; at++) {
    sum += weights[at]! * values[at]!
    total += weights[at]!
  }
  return total === 0 ? 0 : sum / total
}

function shown({ accuracyAt1, precisionAtK, recallAtK, mrr, ndcgAtK }: RetrievalJudgement): RetrievalMetricsView {
  return { accuracyAt1, precisionAt10: precisionAtK, recallAt10: recallAtK, mrr, ndcgAt10: ndcgAtK }
}

/** Those that got better and those that got worse, as many of each as there are of the most changed. */
function movedExamples(
  texts: readonly string[],
  before: RetrievalJudgement,
  after: RetrievalJudgement,
  isMatch: Validation['isMatch'],
): MovedExample[] {
  if (before.queries.length !== after.queries.length) throw new TandemError('internal', 'The two judgements are of different queries.')
  const changes = Array.from(after.queries, (_, at) => ({ at, change: Math.abs(after.ndcg[at]! - before.ndcg[at]!) }))
  const most = changes.filter(({ change }) => change > 0).sort((a, b) => b.change - a.change || a.at - b.at)
  const k = after.top.length / after.queries.length
  const cut = (item: number): string => texts[item]!.slice(0, SHOWN_CHARACTERS)
  const hits = ({ top, queries }: RetrievalJudgement, at: number) =>
    Array.from(top.subarray(at * k, at * k + SHOWN_HITS))
      .filter((item) => item >= 0)
      .map((item) => ({ text: cut(item), right: isMatch(queries[at]!, item) }))
  return most.slice(0, MOVED).map(({ at }) => ({
    ...{ query: cut(after.queries[at]!), placeBefore: before.firstPlace[at]!, placeAfter: after.firstPlace[at]! },
    ...{ before: hits(before, at), after: hits(after, at) },
  }))
}

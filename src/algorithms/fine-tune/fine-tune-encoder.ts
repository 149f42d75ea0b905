// Fine-tuning: batches of examples, a contrastive loss, a step; after each epoch the vectors are judged on held-out queries, and the best
// parameters are the ones kept. The same examples and seed give the same parameters.
import { TandemError } from '../../errors.ts'
import { createDotProducts, type DotProducts } from '../math/dot-products.ts'
import { createRng, hashSeed, type Rng } from '../math/rng.ts'
import { multipleNegativesRanking, tripletLoss } from './contrastive-losses.ts'
import type { ExampleBatch, Examples } from './examples.ts'
import { judgeRetrieval, type RetrievalMetrics } from './judge-retrieval.ts'
import { type HardNegatives, mineHardNegatives } from './mine-hard-negatives.ts'
import type { TrainableEncoder } from './trainable-encoder.ts'

export interface FineTuneOptions {
  /** Default `multiple-negatives`. */
  readonly loss?: 'multiple-negatives' | 'triplet'
  /** Of multiple negatives: cosines are divided by it. Default 0.05. */
  readonly temperature?: number
  /** Of multiple negatives: whether positives are to find their anchors too. Default true. */
  readonly symmetric?: boolean
  /** Of triplets, in cosines. Default 0.3. */
  readonly margin?: number
  /** Anchors a step. Default 64. */
  readonly batchSize?: number
  /** At most. Default 10. */
  readonly epochs?: number
  /** After a tenth of the steps of warm-up, falling to a fiftieth. */
  readonly learningRate?: number
  /** Whether negatives are mined where the examples bring none; triplets need them. Default true. */
  readonly hardNegatives?: boolean
  /** Ends after so many epochs without a better judgement. Default 2. */
  readonly patience?: number
  readonly randomState?: number
  readonly isCanceled?: () => boolean
  readonly onProgress?: (share: number, state: FineTuneProgress) => void
}

export interface FineTuneProgress {
  readonly epoch: number
  readonly epochs: number
  /** Mean over the steps since the last report. */
  readonly loss: number
}

export interface EpochJudgement extends RetrievalMetrics {
  readonly epoch: number
  readonly loss: number
}

export interface FineTuneHistory {
  /** Epoch 0 is before the first step. */
  readonly epochs: readonly EpochJudgement[]
  /** Whose parameters were kept; 0 when none was better than before. */
  readonly bestEpoch: number
  readonly steps: number
}

/** Held-out queries that decide which epoch is kept. */
export interface Validation {
  readonly queries: Int32Array
  readonly candidates: Int32Array
  isMatch(query: number, item: number): boolean
}

const REPORT_STEPS = 10

/**
 * Trains the encoder in place and leaves it with the parameters of the best epoch, by nDCG@10 on the validation queries.
 *
 * Cost: O(epochs x anchors x (batchSize x dimensions + a pass of the encoder)); mining O(anchors x 4096 x dimensions) an epoch.
 *
 * @throws `canceled`; `invalid_input` when the numbers ran away; `too_few_rows` when no validation query has anything to find.
 */
export function fineTuneEncoder(
  encoder: TrainableEncoder,
  examples: Examples,
  validation: Validation,
  options: FineTuneOptions & { readonly learningRate: number },
): FineTuneHistory {
  const { epochs = 10, batchSize = 64, patience = 2, randomState = 0, hardNegatives = true, isCanceled } = options
  const products = createDotProducts()
  const stepsAnEpoch = Math.ceil(examples.anchors.length / batchSize)
  const plan = { steps: stepsAnEpoch * epochs, learningRate: options.learningRate }
  const history: EpochJudgement[] = [{ epoch: 0, loss: Number.NaN, ...judge(encoder, validation, isCanceled) }]
  let [best, step] = [history[0]!, 0]
  encoder.keep()
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const rng = createRng(hashSeed(randomState, epoch))
    const mined = hardNegatives || options.loss === 'triplet' ? mineHardNegatives(encoder, examples, rng, { isCanceled }) : undefined
    let [sum, count] = [0, 0]
    for (const batch of examples.batches(batchSize, rng)) {
      if (isCanceled?.() === true) throw new TandemError('canceled', 'The fine-tuning was canceled.')
      const loss = learn(encoder, withNegatives(batch, mined, rng), examples, options, products)
      if (!Number.isFinite(loss)) {
        throw new TandemError(
          'invalid_input',
          `The loss of step ${step} is ${loss}: the learning rate ${options.learningRate} is too high.`,
        )
      }
      encoder.step(rateAt(step, plan))
      step++
      sum += loss
      count++
      if (count % REPORT_STEPS === 0) options.onProgress?.(step / plan.steps, { epoch, epochs, loss: sum / count })
    }
    const now = { epoch, loss: sum / Math.max(1, count), ...judge(encoder, validation, isCanceled) }
    history.push(now)
    if (now.ndcgAtK > best.ndcgAtK) {
      best = now
      encoder.keep()
    } else if (epoch - best.epoch >= patience) break
  }
  encoder.restore()
  return { epochs: history, bestEpoch: best.epoch, steps: step }
}

function judge(encoder: TrainableEncoder, { queries, candidates, isMatch }: Validation, isCanceled: (() => boolean) | undefined) {
  const all = Int32Array.from(new Set([...queries, ...candidates]))
  const placeOf = new Map<number, number>()
  for (const [place, item] of all.entries()) placeOf.set(item, place)
  const { accuracyAt1, precisionAtK, recallAtK, mrr, ndcgAtK } = judgeRetrieval({
    ...{ vectors: encoder.encode(all), dimensions: encoder.dimensions, isCanceled },
    queries: queries.map((item) => placeOf.get(item)!),
    candidates: candidates.map((item) => placeOf.get(item)!),
    isMatch: (query, item) => isMatch(all[query]!, all[item]!),
  })
  return { accuracyAt1, precisionAtK, recallAtK, mrr, ndcgAtK }
}

/** Of a batch that brings no negatives, the mined ones of its anchors; anchors without one get that of another. */
function withNegatives(batch: ExampleBatch, mined: HardNegatives | undefined, rng: Rng): ExampleBatch {
  if (mined === undefined || batch.negatives.length > 0) return batch
  const negatives = batch.anchors.map((anchor) => mined(anchor, rng))
  const spare = negatives.find((item) => item >= 0)
  return spare === undefined ? batch : { ...batch, negatives: negatives.map((item) => (item < 0 ? spare : item)) }
}

function learn(
  encoder: TrainableEncoder,
  { anchors, positives, negatives }: ExampleBatch,
  examples: Examples,
  { loss = 'multiple-negatives', temperature = 0.05, symmetric = true, margin = 0.3 }: FineTuneOptions,
  products: DotProducts,
): number {
  const { dimensions } = encoder
  const n = anchors.length
  const found = Int32Array.of(...positives, ...negatives)
  const units = encoder.forward(Int32Array.of(...anchors, ...found))
  const vectors = { anchors: units.subarray(0, n * dimensions), candidates: units.subarray(n * dimensions), dimensions }
  if (loss === 'triplet' && negatives.length < n) return 0
  const isMatch = (row: number, column: number): boolean =>
    found[column] === anchors[row] || found[column] === positives[row] || examples.isMatch(anchors[row]!, found[column]!)
  const result =
    loss === 'triplet' ? tripletLoss(vectors, margin) : multipleNegativesRanking(vectors, { temperature, symmetric, isMatch }, products)
  const gradient = new Float32Array(units.length)
  gradient.set(result.anchors)
  gradient.set(result.candidates, n * dimensions)
  encoder.backward(gradient)
  return result.loss
}

function rateAt(step: number, { steps, learningRate }: { readonly steps: number; readonly learningRate: number }): number {
  return learningRate * Math.min(1, (step + 1) / Math.max(1, steps / 10)) * Math.max(0.02, 1 - step / steps)
}

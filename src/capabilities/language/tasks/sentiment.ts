// Sentiment: an own classifier, a transformer of a worker, or VADER's lexicon and rules.
import type { Polarity } from '../../../algorithms/text/sentiment/vader.ts'
import { workerFailure } from '../../../platform/python/failure.ts'
import type { LanguageThread } from '../runtimes/language-thread.ts'
import type { OwnModel } from '../runtimes/own-model.ts'
import { sideOf, type WorkerAnswer } from '../runtimes/python-language.ts'
import type { Sentiment } from '../schema.ts'
import type { Answered, TaskChain } from '../task-chain.ts'

export type BareSentiment = Omit<Sentiment, 'language'>

export interface SentimentParts {
  readonly chain: TaskChain
  readonly thread: LanguageThread
  readonly ownModel: OwnModel
}

export interface SentimentOptions {
  readonly model?: string | undefined
  readonly feature?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Of the compound score, as VADER's authors have it. */
const LEAST_FEELING = 0.05

export async function readSentiment(
  { chain, thread, ownModel }: SentimentParts,
  texts: readonly string[],
  { model, feature, signal }: SentimentOptions,
): Promise<Answered<BareSentiment>> {
  const startedAt = performance.now()
  const own = await ownModel.answer(texts, { model, feature, signal })
  if (own !== undefined) {
    chain.note('model', texts.length, startedAt)
    return { values: own.values.map(ofOwnModel), runtime: 'model', model: own.model }
  }
  return chain.answer<BareSentiment>(
    texts,
    async () => (await thread.run('language.sentiment', texts, { signal })).map(ofRules),
    { read: async (answer) => readAnswer(answer) },
    { signal },
  )
}

function ofRules({ compound, positive, neutral, negative }: Polarity): BareSentiment {
  const label = compound >= LEAST_FEELING ? 'positive' : compound <= -LEAST_FEELING ? 'negative' : 'neutral'
  const sum = positive + neutral + negative
  // A text of emoji without words of their own, for one, has no words at all.
  const scores =
    sum > 0 ? { positive: positive / sum, neutral: neutral / sum, negative: negative / sum } : { positive: 0, neutral: 1, negative: 0 }
  return { label, score: compound, scores }
}

interface WorkerSentiment {
  readonly label: string
  readonly scores: Readonly<Record<string, number>>
}

function readAnswer({ values }: WorkerAnswer<WorkerSentiment>): BareSentiment[] {
  return values.map(({ scores: given }) => {
    const entries = Object.entries(given)
    const scores: Record<string, number> = {}
    for (const [label, score] of entries) {
      const side = sideOf(label, entries.length)
      if (side === undefined) {
        const names = entries.map(([name]) => name).join(', ')
        throw workerFailure('bad_answer', `The sentiment model of the worker has the labels ${names}; it cannot be told which is positive.`)
      }
      scores[side] = (scores[side] ?? 0) + score
    }
    const label = Object.entries(scores).reduce((best, each) => (each[1] > best[1] ? each : best))[0]
    return { label, score: scoreOf(scores), scores }
  })
}

function ofOwnModel({
  value,
  probabilities,
}: {
  readonly value: string
  readonly probabilities: Readonly<Record<string, number>>
}): BareSentiment {
  const labels = Object.keys(probabilities)
  const sides: Record<string, number> = {}
  for (const [label, score] of Object.entries(probabilities)) {
    const side = sideOf(label, labels.length)
    if (side !== undefined) sides[side] = (sides[side] ?? 0) + score
  }
  const isKnown = sides.positive !== undefined && sides.negative !== undefined
  return { label: value, score: isKnown ? scoreOf(sides) : null, scores: { ...probabilities } }
}

function scoreOf({ positive = 0, negative = 0 }: Readonly<Record<string, number>>): number {
  return Math.max(-1, Math.min(1, positive - negative))
}

// Texts to what they say: sentiment, entities, keywords, categories, summaries. Each task has runtimes in an order: an own model, a Python worker
// or this server as the policy says, and always somebody who can answer.
import type { LanguageDefinition, RuntimePreference } from '../../definitions.ts'
import { TandemError } from '../../errors.ts'
import type { RuntimeUse } from '../../platform/python/runtimes.ts'
import type { CallOptions } from '../../tandem.ts'
import type { Embeddings } from '../embeddings/index.ts'
import type { Models } from '../models/index.ts'
import type { Predictions } from '../predictions/index.ts'
import { checkLabels, checkTexts } from './check-input.ts'
import type { LanguageMetrics } from './metrics.ts'
import { createLanguageThread } from './runtimes/language-thread.ts'
import { createOwnModel } from './runtimes/own-model.ts'
import type { WorkerTask } from './runtimes/python-language.ts'
import * as schema from './schema.ts'
import { type Answered, createTaskChain, type TaskChain } from './task-chain.ts'
import { readCategories } from './tasks/categories.ts'
import { readEntities } from './tasks/entities.ts'
import { readKeywords } from './tasks/keywords.ts'
import { readSentiment } from './tasks/sentiment.ts'
import { readSummary } from './tasks/summary.ts'

type Options<Input extends { input: unknown }> = Omit<Input, 'input'> & CallOptions

/** Every call takes 1 to 256 texts. @throws `invalid_input` naming each place that is wrong; `overloaded` when too much waits. */
export interface Language {
  sentiment(texts: readonly string[], options?: Options<schema.SentimentInput>): Promise<schema.SentimentAnswer>
  entities(texts: readonly string[], options?: Options<schema.EntitiesInput>): Promise<schema.EntitiesAnswer>
  keywords(texts: readonly string[], options?: Options<schema.KeywordsInput>): Promise<schema.KeywordsAnswer>
  categories(texts: readonly string[], options: Options<schema.CategoriesInput>): Promise<schema.CategoriesAnswer>
  summary(texts: readonly string[], options?: Options<schema.SummaryInput>): Promise<schema.SummaryAnswer>
  status(): schema.LanguageStatus
  close(): Promise<void>
}

export interface LanguageParts {
  readonly definition?: LanguageDefinition | undefined
  readonly use: RuntimeUse
  readonly embeddings: Pick<Embeddings, 'embedBatch' | 'status'>
  readonly models: Pick<Models, 'get'>
  readonly predictions: Pick<Predictions, 'predictMany'>
  readonly log: { info(details: object, message: string): void; warn(details: object, message: string): void }
  readonly metrics?: LanguageMetrics
  /** The thread without work ends after this time. Default 300,000. */
  readonly idleTimeoutMs?: number
}

interface TaskFacts {
  readonly node: string
  readonly worker: WorkerTask | undefined
  readonly probe?: object
  /** A transformer or spaCy beats rules; but a summary that is written may say what the text does not. */
  readonly isPythonBetter: boolean
}

const FACTS: Readonly<Record<schema.LanguageTask, TaskFacts>> = {
  sentiment: { node: 'vader-rules', worker: 'sentiment', isPythonBetter: true },
  entities: { node: 'crf-en', worker: 'entities', isPythonBetter: true },
  keywords: { node: 'phrases', worker: undefined, isPythonBetter: false },
  categories: { node: 'label-similarity', worker: 'zero-shot', probe: { labels: ['shopping', 'sports'] }, isPythonBetter: true },
  summary: { node: 'lexrank', worker: 'summary', probe: { max_tokens: 10 }, isPythonBetter: false },
}

/** Opens nothing yet: the thread starts with the first call. @throws `invalid_config` when the definition makes no sense. */
export function createLanguage(parts: LanguageParts): Language {
  const { definition = {}, use, embeddings, metrics, idleTimeoutMs = 300_000 } = parts
  const prefer = checkPreferences(definition, use.prefer)
  const thread = createLanguageThread({ idleTimeoutMs })
  const chains = Object.fromEntries(
    schema.TASKS.map((task): [schema.LanguageTask, TaskChain] => [
      task,
      createTaskChain({
        ...{ ...FACTS[task], task, prefer: prefer(task), use, metrics },
        ownModel: task === 'sentiment' ? definition.sentiment?.model : undefined,
      }),
    ]),
  ) as Record<schema.LanguageTask, TaskChain>
  const ownModel = createOwnModel({ ...parts, configured: definition.sentiment, noteFallback: chains.sentiment.noteFallback })
  metrics?.read(() => thread.waiting)

  const answer = async <Value, Result>(
    given: readonly string[],
    signal: AbortSignal | undefined,
    work: (texts: readonly string[]) => Promise<Answered<Value>>,
    shown: (value: Value, language: 'en' | 'other' | 'unknown') => Result,
  ) => {
    const startedAt = performance.now()
    const texts = checkTexts(given)
    signal?.throwIfAborted()
    const [{ values, runtime, model }, languages] = await Promise.all([work(texts), thread.run('language.read', texts, { signal })])
    return {
      results: values.map((value, at) => shown(value, languages[at]!)),
      ...{ runtime, model, processingTimeMs: performance.now() - startedAt },
    }
  }
  return {
    sentiment: (texts, options = {}) =>
      answer(
        texts,
        options.signal,
        (checked) => readSentiment({ chain: chains.sentiment, thread, ownModel }, checked, options),
        (value, language) => ({ ...value, language }),
      ),
    entities: (texts, options = {}) =>
      answer(
        texts,
        options.signal,
        (checked) => readEntities({ chain: chains.entities, thread }, checked, options),
        (entities, language) => ({ entities: [...entities], language }),
      ),
    keywords: (texts, options = {}) =>
      answer(
        texts,
        options.signal,
        (checked) => readKeywords({ chain: chains.keywords, thread, embeddings }, checked, options),
        (keywords, language) => ({ keywords: [...keywords], language }),
      ),
    async categories(texts, { labels: given, ...options }) {
      const labels = checkLabels(given)
      return answer(
        texts,
        options.signal,
        (checked) => readCategories({ chain: chains.categories, thread, embeddings }, checked, { ...options, labels }),
        (categories, language) => ({ categories: [...categories], language }),
      )
    },
    summary: (texts, options = {}) =>
      answer(
        texts,
        options.signal,
        (checked) => readSummary({ chain: chains.summary, thread, embeddings }, checked, options),
        ({ sentenceCount, ...value }, language) => ({ ...value, sentenceCount: sentenceCount ?? 0, language }),
      ),
    status: () => ({ tasks: schema.TASKS.map((task) => chains[task].status()), waiting: thread.waiting }),
    close: () => thread.close(),
  }
}

const PREFERENCES: readonly string[] = ['node', 'python', 'fastest', 'best']

function checkPreferences(
  { prefer, sentiment }: LanguageDefinition,
  usual: RuntimePreference,
): (task: schema.LanguageTask) => RuntimePreference {
  const byTask = typeof prefer === 'object' ? prefer : {}
  for (const [task, preference] of [...Object.entries(byTask), ...(typeof prefer === 'string' ? [['', prefer] as const] : [])]) {
    if (task !== '' && !(schema.TASKS as readonly string[]).includes(task)) {
      throw new TandemError('invalid_config', `language.prefer names the task "${task}"; known: ${schema.TASKS.join(', ')}.`)
    }
    if (!PREFERENCES.includes(preference)) {
      const where = task === '' ? 'language.prefer' : `language.prefer.${task}`
      throw new TandemError('invalid_config', `${where} is "${preference}"; ${PREFERENCES.join(', ')} are possible.`)
    }
  }
  if (sentiment !== undefined && (typeof sentiment.model !== 'string' || sentiment.model === '')) {
    throw new TandemError('invalid_config', 'language.sentiment needs "model": the name of a classifier of models.')
  }
  return (task) => (typeof prefer === 'string' ? prefer : byTask[task]) ?? usual
}

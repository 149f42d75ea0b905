// Language over HTTP: what is asked and answered, and nothing else.
import { z } from 'zod'
import { endpoint } from '../../endpoint.ts'

export const TASKS = ['sentiment', 'entities', 'keywords', 'categories', 'summary'] as const
export type LanguageTask = (typeof TASKS)[number]

export const MOST_TEXTS = 256
/** In UTF-16 units. */
export const MOST_CHARACTERS = 100_000
export const MOST_TOTAL_CHARACTERS = 1_000_000
export const MOST_LABELS = 200
export const MOST_LABEL_TEXTS = 1_000
const BODY_BYTES = 8 * 1024 * 1024

const input = z
  .union([z.string(), z.array(z.string())])
  .describe(`A text or up to ${MOST_TEXTS}, each of up to ${MOST_CHARACTERS} characters, ${MOST_TOTAL_CHARACTERS} in all, and not empty`)

const language = z
  .enum(['en', 'other', 'unknown'])
  .describe('What is in the package is made for English. other: the answer may mean nothing; unknown: too few words to tell')

/** What every answer says of who gave it. */
const by = {
  runtime: z.enum(['node', 'python', 'model']).describe('node: this server; python: a Python worker; model: a classifier of /v1/models'),
  model: z.string().describe('What answered, such as vader-rules'),
  processingTimeMs: z.number(),
}

export const SentimentInputSchema = z
  .strictObject({
    input,
    model: z.string().min(1).max(100).optional().describe('A classifier of /v1/models that answers instead of the rules'),
    feature: z.string().min(1).max(200).optional().describe('The feature of that model that takes the text. Default: its only text'),
  })
  .meta({ id: 'SentimentInput' })

export const SentimentSchema = z
  .object({
    label: z.string().describe('positive, neutral or negative; of an own model, its class'),
    score: z.number().nullable().describe('-1 to 1; null where the classes of an own model do not say which is good'),
    scores: z.record(z.string(), z.number()).describe('Of each label; their sum is 1'),
    language,
  })
  .meta({ id: 'Sentiment' })

export const EntitiesInputSchema = z
  .strictObject({
    input,
    types: z.array(z.string().min(1).max(40)).min(1).max(40).optional().describe('Only these. Default: all'),
    recall: z
      .number()
      .min(-2)
      .max(2)
      .optional()
      .describe('Above 0 finds more names and more wrong ones, below 0 fewer and surer ones. Of this server; default 0'),
    minScore: z.number().min(0).max(1).optional().describe('Leaves out names that are less sure. Of this server; default 0'),
  })
  .meta({ id: 'EntitiesInput' })

export const EntitySchema = z
  .object({
    text: z.string(),
    type: z
      .string()
      .describe(
        'person, location, organization, email, url, money, percent, date, time, phone, hashtag, mention; more from a Python worker',
      ),
    start: z.int().describe('In UTF-16 units of the text, as of JavaScript'),
    end: z.int(),
    score: z.number().nullable().describe('Probability that exactly this is of this type; null for what has a form, and from a worker'),
  })
  .meta({ id: 'Entity' })

export const KeywordsInputSchema = z
  .strictObject({
    input,
    limit: z.int().min(1).max(50).optional().describe('Default 10'),
    maxWords: z.int().min(1).max(4).optional().describe('Words of the longest one. Default 3'),
    diversity: z.number().min(0).max(1).optional().describe('0: the most relevant; 1: the most different. Default 0.3'),
    embedder: z.string().min(1).max(200).optional().describe('Embedding model that compares them with the text. Default: static-en-256'),
  })
  .meta({ id: 'KeywordsInput' })

export const KeywordSchema = z
  .object({
    text: z.string(),
    score: z.number().describe('0 to 1, of how it stands in the text and how near it is to its meaning'),
    count: z.int().describe('How often it stands there, in any form'),
    start: z.int().describe('Of the first time, in UTF-16 units'),
    end: z.int(),
  })
  .meta({ id: 'Keyword' })

export const LabelSchema = z
  .union([
    z.string(),
    z.strictObject({
      name: z.string(),
      description: z.string().optional().describe('What belongs there, in a sentence'),
      examples: z.array(z.string()).max(50).optional().describe('Phrases that belong there: four or more are worth 20 points of accuracy'),
    }),
  ])
  .meta({ id: 'CategoryLabel' })

export const CategoriesInputSchema = z
  .strictObject({
    input,
    labels: z.array(LabelSchema).describe(`2 to ${MOST_LABELS} labels with different names`),
    limit: z.int().min(1).max(MOST_LABELS).optional().describe('Labels of the answer, best first. Default 3'),
    embedder: z.string().min(1).max(200).optional().describe('Embedding model. Default: the first of the default ones that can answer'),
  })
  .meta({ id: 'CategoriesInput' })

export const CategorySchema = z
  .object({
    label: z.string(),
    score: z.number().describe('Share of this label; over all labels the sum is 1. Compares labels; no measured probability'),
    similarity: z.number().nullable().describe('Cosine of text and label, what all labels share taken off; null from a worker'),
  })
  .meta({ id: 'Category' })

export const SummaryInputSchema = z
  .strictObject({
    input,
    sentences: z.int().min(1).max(50).optional().describe('Default 3'),
    query: z.string().max(2_000).optional().describe('What it shall be about, by its words and its meaning'),
    kind: z
      .enum(['extracted', 'any'])
      .optional()
      .describe('extracted: sentences of the text only; any: a worker may write one of its own. Default any'),
  })
  .meta({ id: 'SummaryInput' })

export const SummarySchema = z
  .object({
    summary: z.string(),
    kind: z.enum(['extracted', 'written']).describe('written: by a model, which may say what the text does not'),
    sentences: z
      .array(z.object({ text: z.string(), start: z.int(), end: z.int(), score: z.number().describe('0 to 1, of the most central') }))
      .describe('In the order of the text, places in UTF-16 units; empty for one that was written'),
    sentenceCount: z.int().describe('Of the text'),
    language,
  })
  .meta({ id: 'Summary' })

const answer = <Item extends z.ZodType>(item: Item, id: string) =>
  z.object({ results: z.array(item).describe('One for each text, in their order'), ...by }).meta({ id })

export const SentimentAnswerSchema = answer(SentimentSchema, 'SentimentAnswer')
export const EntitiesAnswerSchema = answer(z.object({ entities: z.array(EntitySchema), language }), 'EntitiesAnswer')
export const KeywordsAnswerSchema = answer(z.object({ keywords: z.array(KeywordSchema), language }), 'KeywordsAnswer')
export const CategoriesAnswerSchema = answer(z.object({ categories: z.array(CategorySchema), language }), 'CategoriesAnswer')
export const SummaryAnswerSchema = answer(SummarySchema, 'SummaryAnswer')

export const LanguageStatusSchema = z
  .object({
    tasks: z.array(
      z.object({
        task: z.enum(TASKS),
        runtime: z.enum(['node', 'python', 'model']).nullable().describe('Who answered last; null before the first call'),
        prefer: z.enum(['node', 'python', 'fastest', 'best']),
        node: z.string().describe('What answers in this server'),
        python: z.string().nullable().describe('What a worker would be asked; null where it has nothing for it'),
        model: z.string().nullable().describe('The own model of the configuration'),
        texts: z.int().describe('Since the start'),
        fallbacks: z.int().describe('Calls that a preferred runtime could not answer and the next one did'),
      }),
    ),
    waiting: z.int().describe('Calls that wait for this server’s thread, or are on it'),
  })
  .meta({ id: 'LanguageStatus' })

export type SentimentInput = z.infer<typeof SentimentInputSchema>
export type EntitiesInput = z.infer<typeof EntitiesInputSchema>
export type KeywordsInput = z.infer<typeof KeywordsInputSchema>
export type CategoriesInput = z.infer<typeof CategoriesInputSchema>
export type SummaryInput = z.infer<typeof SummaryInputSchema>
export type CategoryLabel = z.infer<typeof LabelSchema>
export type Sentiment = z.infer<typeof SentimentSchema>
export type Entity = z.infer<typeof EntitySchema>
export type Keyword = z.infer<typeof KeywordSchema>
export type Category = z.infer<typeof CategorySchema>
export type Summary = z.infer<typeof SummarySchema>
export type SentimentAnswer = z.infer<typeof SentimentAnswerSchema>
export type EntitiesAnswer = z.infer<typeof EntitiesAnswerSchema>
export type KeywordsAnswer = z.infer<typeof KeywordsAnswerSchema>
export type CategoriesAnswer = z.infer<typeof CategoriesAnswerSchema>
export type SummaryAnswer = z.infer<typeof SummaryAnswerSchema>
export type LanguageStatus = z.infer<typeof LanguageStatusSchema>

const errors = ['invalid_config', 'dependency_missing', 'unavailable', 'overloaded'] as const
// Nothing is created, and the same question has the same answer.
const post = { method: 'POST', scope: 'predict', errors: [...errors], idempotent: false, bodyLimitBytes: BODY_BYTES } as const

export const postSentiment = endpoint({
  ...post,
  path: '/v1/language/sentiment',
  summary: 'How positive texts are',
  description: 'By VADER’s lexicon and rules, by a transformer in a Python worker, or by a classifier of your own.',
  errors: [...errors, 'model_not_found', 'no_version', 'conflict'],
  input: SentimentInputSchema,
  output: SentimentAnswerSchema,
  examples: { 'a review': { input: 'The delivery was late, but the shoes are GREAT!' } },
})

export const postEntities = endpoint({
  ...post,
  path: '/v1/language/entities',
  summary: 'Persons, places, organisations, sums, dates and addresses in texts',
  input: EntitiesInputSchema,
  output: EntitiesAnswerSchema,
  examples: { 'a sentence': { input: 'Angela Merkel visited Microsoft in Seattle on March 3, 2021.' } },
})

export const postKeywords = endpoint({
  ...post,
  path: '/v1/language/keywords',
  summary: 'The phrases that say what texts are about',
  input: KeywordsInputSchema,
  output: KeywordsAnswerSchema,
  examples: { 'a text': { input: 'Running shoes with a wide toe box help runners with broad feet.', limit: 3 } },
})

export const postCategories = endpoint({
  ...post,
  path: '/v1/language/categories',
  summary: 'Which of your labels fit texts, without training',
  description: 'Each label is what its name, description and examples mean together. Give examples: they matter most.',
  input: CategoriesInputSchema,
  output: CategoriesAnswerSchema,
  examples: {
    'two labels': {
      input: 'Half price on all running shoes until Sunday',
      labels: [
        {
          name: 'discount',
          description: 'Lower prices for a time',
          examples: ['20% off everything', 'clearance sale', 'buy one, get one'],
        },
        {
          name: 'event',
          description: 'People meet at a place',
          examples: ['join our workshop', 'live concert on Friday', 'meet us at the fair'],
        },
      ],
    },
  },
})

export const postSummary = endpoint({
  ...post,
  path: '/v1/language/summary',
  summary: 'Texts in few sentences',
  description: 'Sentences of the text itself by LexRank, in their order; or written by a model of a Python worker.',
  input: SummaryInputSchema,
  output: SummaryAnswerSchema,
  examples: {
    'one sentence': {
      input: 'The shop opens at nine. It sells shoes. The shoes of the shop are made by hand in a small town.',
      sentences: 1,
    },
  },
})

export const getLanguage = endpoint({
  method: 'GET',
  path: '/v1/language',
  scope: 'read',
  summary: 'What answers each task of language, and what could',
  output: LanguageStatusSchema,
})

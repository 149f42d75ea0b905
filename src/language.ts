// What a program sees of language, the same in process and over HTTP. Types alone: nothing is loaded from here.
import type {
  CategoriesAnswer,
  CategoriesInput,
  EntitiesAnswer,
  EntitiesInput,
  KeywordsAnswer,
  KeywordsInput,
  LanguageStatus,
  SentimentAnswer,
  SentimentInput,
  SummaryAnswer,
  SummaryInput,
} from './capabilities/language/schema.ts'
import type { CallOptions } from './tandem.ts'

type Options<Input extends { input: unknown }> = Omit<Input, 'input'> & CallOptions
/** Of one text, with what answered. */
type One<Answer extends { results: readonly unknown[] }> = Answer['results'][number] & Pick<Answer & Answered, 'runtime' | 'model'>

interface Answered {
  readonly runtime: 'node' | 'python' | 'model'
  readonly model: string
}

/** What texts say. The `Many` forms take 1 to 256 texts in one call. English; `language` of an answer says when a text is not. */
export interface LanguageClient {
  /** How positive a text is: label, a score of -1 to 1, the share of each label. */
  sentiment(text: string, options?: Options<SentimentInput>): Promise<One<SentimentAnswer>>
  sentimentMany(texts: readonly string[], options?: Options<SentimentInput>): Promise<SentimentAnswer>
  /** Persons, places, organisations, sums, dates, addresses; places in UTF-16 units. */
  entities(text: string, options?: Options<EntitiesInput>): Promise<One<EntitiesAnswer>>
  entitiesMany(texts: readonly string[], options?: Options<EntitiesInput>): Promise<EntitiesAnswer>
  /** The phrases that say what a text is about, best first. */
  keywords(text: string, options?: Options<KeywordsInput>): Promise<One<KeywordsAnswer>>
  keywordsMany(texts: readonly string[], options?: Options<KeywordsInput>): Promise<KeywordsAnswer>
  /** Which of the labels fit, best first, without training. */
  categories(text: string, options: Options<CategoriesInput>): Promise<One<CategoriesAnswer>>
  categoriesMany(texts: readonly string[], options: Options<CategoriesInput>): Promise<CategoriesAnswer>
  /** A text in few sentences. */
  summary(text: string, options?: Options<SummaryInput>): Promise<One<SummaryAnswer>>
  summaryMany(texts: readonly string[], options?: Options<SummaryInput>): Promise<SummaryAnswer>
  /** What answers each task, and what could. */
  status(options?: CallOptions): Promise<LanguageStatus>
}

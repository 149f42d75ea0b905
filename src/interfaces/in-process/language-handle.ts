// Language in this process, as the HTTP client shows it.
import type { Language } from '../../capabilities/language/index.ts'
import type { LanguageClient } from '../../language.ts'

export function languageHandle(language: Language): LanguageClient {
  const { sentiment, entities, keywords, categories, summary } = language
  return {
    sentiment: async (text, options) => first(await sentiment([text], options)),
    sentimentMany: sentiment,
    entities: async (text, options) => first(await entities([text], options)),
    entitiesMany: entities,
    keywords: async (text, options) => first(await keywords([text], options)),
    keywordsMany: keywords,
    categories: async (text, options) => first(await categories([text], options)),
    categoriesMany: categories,
    summary: async (text, options) => first(await summary([text], options)),
    summaryMany: summary,
    status: async () => language.status(),
  }
}

function first<Result, By>({
  results,
  runtime,
  model,
}: {
  results: Result[]
  runtime: By
  model: string
}): Result & { runtime: By; model: string } {
  return { ...results[0]!, runtime, model }
}

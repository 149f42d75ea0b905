// The endpoints of language, bound to the capability.
import { implement, type Route } from '../../endpoint.ts'
import type { Language } from './language.ts'
import * as endpoints from './schema.ts'

export function languageRoutes(language: Language): Route[] {
  return [
    implement(endpoints.getLanguage)(() => language.status()),
    implement(endpoints.postSentiment)(({ input: { input, ...options }, signal }) =>
      language.sentiment(textsOf(input), { ...options, signal }),
    ),
    implement(endpoints.postEntities)(({ input: { input, ...options }, signal }) =>
      language.entities(textsOf(input), { ...options, signal }),
    ),
    implement(endpoints.postKeywords)(({ input: { input, ...options }, signal }) =>
      language.keywords(textsOf(input), { ...options, signal }),
    ),
    implement(endpoints.postCategories)(({ input: { input, ...options }, signal }) =>
      language.categories(textsOf(input), { ...options, signal }),
    ),
    implement(endpoints.postSummary)(({ input: { input, ...options }, signal }) =>
      language.summary(textsOf(input), { ...options, signal }),
    ),
  ]
}

function textsOf(input: string | readonly string[]): readonly string[] {
  return typeof input === 'string' ? [input] : input
}

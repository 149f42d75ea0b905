import { queryOptions } from '@tanstack/react-query'
import type { LanguageClient } from '../../../../src/interfaces/client/index.ts'
import { client } from '../../client.ts'

export interface Asked {
  readonly text: string
  readonly labels: Parameters<LanguageClient['categories']>[1]['labels']
  readonly sentences: number
  readonly query: string
}

/** A text says the same until it is changed. */
const kept = { staleTime: Number.POSITIVE_INFINITY, retry: false } as const

export const sentimentQuery = ({ text }: Asked) =>
  queryOptions({ ...kept, queryKey: ['language', 'sentiment', text], queryFn: ({ signal }) => client.language.sentiment(text, { signal }) })

export const entitiesQuery = ({ text }: Asked) =>
  queryOptions({ ...kept, queryKey: ['language', 'entities', text], queryFn: ({ signal }) => client.language.entities(text, { signal }) })

export const keywordsQuery = ({ text }: Asked) =>
  queryOptions({
    ...kept,
    queryKey: ['language', 'keywords', text],
    queryFn: ({ signal }) => client.language.keywords(text, { limit: 12, signal }),
  })

export const categoriesQuery = ({ text, labels }: Asked) =>
  queryOptions({
    ...kept,
    queryKey: ['language', 'categories', text, labels],
    queryFn: ({ signal }) => client.language.categories(text, { labels, limit: 10, signal }),
  })

export const summaryQuery = ({ text, sentences, query }: Asked) =>
  queryOptions({
    ...kept,
    queryKey: ['language', 'summary', text, sentences, query],
    queryFn: ({ signal }) => client.language.summary(text, { sentences, ...(query.trim() === '' ? {} : { query }), signal }),
  })

export const languageStatusQuery = queryOptions({
  queryKey: ['language-status'],
  queryFn: ({ signal }) => client.language.status({ signal }),
})

// What texts say, over HTTP.
import type { LanguageClient } from '../../language.ts'
import { get } from './request.ts'
import type { Transport } from './transport.ts'

interface Answer {
  readonly results: readonly object[]
  readonly runtime: string
  readonly model: string
}

export function createLanguageClient(transport: Transport): LanguageClient {
  const ask = (task: string, input: string | readonly string[], { signal, ...options }: { readonly signal?: AbortSignal } = {}) =>
    // Nothing is created: a call whose answer was lost can be sent again.
    transport.json<Answer>({
      method: 'POST',
      path: `/v1/language/${task}`,
      json: { input, ...options },
      repeatable: true,
      unlimited: true,
      signal,
    })
  const one =
    (task: string) =>
    async (text: string, options?: object): Promise<never> => {
      const { results, runtime, model } = await ask(task, text, options)
      return { ...results[0], runtime, model } as never
    }
  const many =
    (task: string) =>
    (texts: readonly string[], options?: object): Promise<never> =>
      ask(task, texts, options) as Promise<never>
  return {
    ...{ sentiment: one('sentiment'), sentimentMany: many('sentiment'), entities: one('entities'), entitiesMany: many('entities') },
    ...{ keywords: one('keywords'), keywordsMany: many('keywords'), categories: one('categories'), categoriesMany: many('categories') },
    ...{ summary: one('summary'), summaryMany: many('summary') },
    status: (options) => transport.json(get('/v1/language', options)),
  }
}

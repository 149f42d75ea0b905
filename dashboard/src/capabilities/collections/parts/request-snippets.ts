// Calls that work as pasted: the search that is shown, and documents of this collection.
import type { Collection } from '../../../../../src/capabilities/search/schema.ts'
import type { AnyDocument, SearchRequest } from '../../../../../src/collections.ts'
import { KEY_HEADER, shellQuoted } from '../../../shell-words.ts'
import { propertiesOf } from './describe-document.ts'

export interface SearchCall {
  readonly url: string
  readonly collection: string
  readonly request: SearchRequest<AnyDocument>
  /** False where the server trusts this machine without a key. */
  readonly withKey: boolean
}

export function searchCurl({ url, collection, request, withKey }: SearchCall): string {
  return post(`${url}/v1/collections/${encodeURIComponent(collection)}/search`, request, withKey)
}

export function searchTypeScript({ url, collection, request, withKey }: SearchCall): string {
  return `import { createClient } from 'tandem-ml/client'

const tandem = createClient({ url: '${url}'${withKey ? ', key: process.env.TANDEM_KEY' : ''} })
const { hits } = await tandem.collection(${JSON.stringify(collection)}).search(${JSON.stringify(request, undefined, 2)})
for (const { score, document } of hits) console.log(score, document)
`
}

/** A document with a value of the right type for each field. */
export function upsertSnippet({ name, definition }: Collection, url: string, withKey: boolean): string {
  const fields = propertiesOf(definition).map(([field, schema]) => [field, exampleOf(field, schema)])
  return post(`${url}/v1/collections/${encodeURIComponent(name)}/documents`, { documents: [Object.fromEntries(fields)] }, withKey)
}

/** A query by words, which works whatever model there is. */
export function saveQuerySnippet(collection: string, url: string, withKey: boolean): string {
  const body = { name: 'Running shoes', query: 'running shoes', mode: 'keyword' }
  return post(`${url}/v1/collections/${encodeURIComponent(collection)}/saved-queries`, body, withKey)
}

function exampleOf(field: string, { type, format, enum: values }: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(values)) return values[0]
  const [known] = [type].flat().filter((each) => each !== 'null')
  if (known === 'number' || known === 'integer') return 1
  if (known === 'boolean') return true
  if (known === 'array') return []
  if (known === 'object') return {}
  return format === 'date' ? '2026-01-31' : format === 'date-time' ? '2026-01-31T12:00:00Z' : field === 'id' ? '1' : `some ${field}`
}

function post(address: string, body: unknown, withKey: boolean): string {
  return [
    `curl -s ${shellQuoted(address)}`,
    ...(withKey ? [KEY_HEADER] : []),
    "-H 'Content-Type: application/json'",
    `-d ${shellQuoted(JSON.stringify(body))}`,
  ].join(' \\\n  ')
}

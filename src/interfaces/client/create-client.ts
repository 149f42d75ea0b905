// The typed client: the same names and types as the config, inferred from `typeof config`, nothing generated.

import type { z } from 'zod'
import type { CallOptions, Page, PageOptions, TandemApi, TypedConfig, UntypedModelClient } from '../../tandem.ts'
import type { KeySchema, ReadinessSchema } from '../server/routes/schema.ts'
import { createJobsClient } from './jobs-client.ts'
import { createModelClient } from './model-client.ts'
import { tableBody } from './training-body.ts'
import { createTransport, type Transport, type TransportOptions } from './transport.ts'

export type ClientOptions = TransportOptions

export type KeyScope = 'predict' | 'train' | 'read' | 'write' | 'admin'
/** An API key without its secret. */
export type KeyView = z.infer<typeof KeySchema>
/** Whether the server can do its work, and what each part says. */
export type Readiness = z.infer<typeof ReadinessSchema>

export interface NewKeyOptions extends CallOptions {
  readonly name: string
  readonly scopes: readonly KeyScope[]
  /** ISO 8601. */
  readonly expiresAt?: string
  readonly rateLimitPerMinute?: number
}

/** API keys; needs a key with the scope `admin`. */
export interface KeysClient {
  /** `key` is told this once and never again. Not sent a second time by itself, so that no unknown key is left behind. */
  create(options: NewKeyOptions): Promise<{ readonly key: string; readonly record: KeyView }>
  list(options?: PageOptions): Promise<Page<KeyView>>
  revoke(id: string, options?: CallOptions): Promise<KeyView>
}

export interface Client<Config extends TypedConfig> extends TandemApi<Config> {
  readonly url: string
  readonly keys: KeysClient
  /** Answers also when the server is not ready; rejects only when it cannot be reached. */
  health(options?: CallOptions): Promise<Readiness>
}

/**
 * A client of a Tandem server, typed by the server's config.
 *
 * Every failure is a TandemError with the server's code; an aborted call rejects with its signal's reason.
 *
 * @throws `invalid_config` when the url, the key or a header cannot be used.
 * @example
 * import type { config } from './tandem.config.ts'
 * const client = createClient<typeof config>({ url: 'http://127.0.0.1:4700', key })
 * const { value, confidence } = await client.models.churn.predict({ visits: 3, plan: 'pro' })
 */
export function createClient<Config extends TypedConfig = TypedConfig>(options: ClientOptions): Client<Config> {
  const transport = createTransport(options)
  const jobs = createJobsClient(transport)
  const model = (name: string): UntypedModelClient => createModelClient(name, transport, jobs)
  const path = (name: string): string => `/v1/models/${encodeURIComponent(name)}`
  return {
    url: transport.url,
    models: modelsByName(model) as Client<Config>['models'],
    model,
    listModels: ({ signal, ...query } = {}) => transport.json({ method: 'GET', path: '/v1/models', query, signal }),
    putModel: (name, definition, { signal } = {}) => transport.json({ method: 'PUT', path: path(name), json: definition, signal }),
    async deleteModel(name, { signal } = {}) {
      await transport.json({ method: 'DELETE', path: path(name), signal })
    },
    inspectTable: (rows, { signal, target } = {}) =>
      transport.json({
        method: 'POST',
        path: '/v1/tables/inspect',
        query: { target },
        ...tableBody(rows),
        repeatable: true,
        unlimited: true,
        signal,
      }),
    jobs,
    keys: createKeysClient(transport),
    health: ({ signal } = {}) => transport.json({ method: 'GET', path: '/health/ready', alsoAnswers: [503], signal }),
  }
}

/** What JavaScript itself asks of any object: were these models, `await client.models` would call one. */
const NOT_MODELS = new Set(['then', 'toJSON', 'toString', 'valueOf', 'constructor'])

/** Makes the model of any name on first use; which names exist is known to the types and to the server. */
function modelsByName(create: (name: string) => UntypedModelClient): Readonly<Record<string, UntypedModelClient>> {
  const made = new Map<string, UntypedModelClient>()
  return new Proxy<Record<string, UntypedModelClient>>(Object.create(null), {
    get(_, name) {
      if (typeof name === 'symbol' || NOT_MODELS.has(name)) return undefined
      const known = made.get(name) ?? create(name)
      made.set(name, known)
      return known
    },
    has: (_, name) => typeof name === 'string' && !NOT_MODELS.has(name),
    set: () => false,
  })
}

function createKeysClient(transport: Transport): KeysClient {
  return {
    create: ({ signal, ...json }) => transport.json({ method: 'POST', path: '/v1/keys', json, signal }),
    list: ({ signal, ...query } = {}) => transport.json({ method: 'GET', path: '/v1/keys', query, signal }),
    revoke: (id, { signal } = {}) => transport.json({ method: 'DELETE', path: `/v1/keys/${encodeURIComponent(id)}`, signal }),
  }
}

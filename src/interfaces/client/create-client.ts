// The typed client: the same names and types as the config, inferred from `typeof config`, nothing generated.
// Each group of endpoints stands in a file of its own; this one only puts them together.
import type { CallOptions, TandemApi, TypedConfig } from '../../tandem.ts'
import { createCollectionsClient } from './collections-client.ts'
import { createEmbeddingsClient } from './embeddings-client.ts'
import { createEventsClient, type EventsClient } from './events-client.ts'
import { createFineTuningClient } from './fine-tuning-client.ts'
import { createJobsClient } from './jobs-client.ts'
import { createKeysClient, type KeysClient } from './keys-client.ts'
import { createLanguageClient } from './language-client.ts'
import { createModelClient } from './model-client.ts'
import { createModelsClient } from './models-client.ts'
import { createPredictionsClient } from './predictions-client.ts'
import { get } from './request.ts'
import { createRuntimesClient, type RuntimesClient } from './runtimes-client.ts'
import { askReadiness, createServerClient, type Readiness, type ServerClient } from './server-client.ts'
import { createSessionClient, type SessionClient } from './sessions-client.ts'
import { createTablesClient } from './tables-client.ts'
import { createTransport, type TransportOptions } from './transport.ts'

export type ClientOptions = TransportOptions

export interface Client<Config extends TypedConfig> extends TandemApi<Config> {
  readonly url: string
  /** What happens, as it happens. */
  readonly events: EventsClient
  /** API keys. */
  readonly keys: KeysClient
  /** Where models are computed: the server itself and its Python workers. */
  readonly runtimes: RuntimesClient
  /** The server itself. */
  readonly server: ServerClient
  /** The browser session this client's page is signed in with. */
  readonly session: SessionClient
  /** Answers also when the server is not ready; rejects only when it cannot be reached. */
  health(options?: CallOptions): Promise<Readiness>
}

/**
 * A client of a Tandem server, typed by the server's config.
 *
 * Every failure is a TandemError with the server's code; an aborted call rejects with its signal's reason. In a page that
 * the server itself sent, `url` and `key` can be left out: the page's own address and session are used.
 *
 * @throws `invalid_config` when the url, the key or a header cannot be used.
 * @example
 * import type { config } from './tandem.config.ts'
 * const client = createClient<typeof config>({ url: 'http://127.0.0.1:4700', key })
 * const { value, confidence } = await client.models.churn.predict({ visits: 3, plan: 'pro' })
 */
export function createClient<Config extends TypedConfig = TypedConfig>(options: ClientOptions = {}): Client<Config> {
  const transport = createTransport(options)
  const jobs = createJobsClient(transport)
  const models = createModelsClient(transport, (name) => createModelClient(name, transport, jobs))
  const fineTuning = createFineTuningClient(transport, jobs)
  const collections = createCollectionsClient(transport, jobs, fineTuning)
  return {
    url: transport.url,
    ...models,
    models: models.models as Client<Config>['models'],
    ...collections,
    collections: collections.collections as Client<Config>['collections'],
    events: createEventsClient(transport),
    jobs,
    keys: createKeysClient(transport),
    predictions: createPredictionsClient(transport),
    runtimes: createRuntimesClient(transport),
    server: createServerClient(transport),
    performance: (asked) => transport.json(get('/v1/performance', asked)),
    session: createSessionClient(transport),
    tables: createTablesClient(transport),
    embeddings: createEmbeddingsClient(transport, fineTuning),
    language: createLanguageClient(transport),
    health: (options) => askReadiness(transport, options),
  }
}

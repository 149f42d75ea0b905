// Tandem in this process, behind the same interface as the HTTP client.

import type { Comparison } from '../../capabilities/embeddings/comparison/compare-models.ts'
import type { Embeddings, FineTuning } from '../../capabilities/embeddings/index.ts'
import type { Rollouts } from '../../capabilities/embeddings/rollout/rollouts.ts'
import type { Language } from '../../capabilities/language/index.ts'
import { listAlgorithms, type ModelDefinition } from '../../capabilities/models/index.ts'
import type { Search } from '../../capabilities/search/index.ts'
import { piecesOf, type Training } from '../../capabilities/training/index.ts'
import type { EmbeddingsClient } from '../../embeddings.ts'
import { jobLogView, jobView } from '../../platform/jobs/job-view.ts'
import type { Jobs } from '../../platform/jobs/jobs.ts'
import type { JobsClient, TablesClient, TandemApi, TypedConfig, UntypedModelClient } from '../../tandem.ts'
import { createCollectionHandle } from './collection-handle.ts'
import { followFineTuning, startFineTuning, tunedModelsHandle } from './fine-tuning-handle.ts'
import { languageHandle } from './language-handle.ts'
import { createModelHandle, type ModelHandleParts } from './model-handle.ts'

export interface TandemParts extends ModelHandleParts {
  readonly embeddings: Embeddings
  readonly comparison: Comparison
  readonly rollouts: Rollouts
  readonly search: Search
  readonly fineTuning: FineTuning
  readonly language: Language
}

/** The models, collections, jobs and tables of one Tandem. */
export function createTandemApi<Config extends TypedConfig>(parts: TandemParts): TandemApi<Config> {
  const { models, training, predictions, jobs } = parts
  const handles = new Map<string, UntypedModelClient>()
  const model = (name: string): UntypedModelClient => {
    const known = handles.get(name) ?? createModelHandle(name, parts)
    // Names come from code, but a program may pass what its users typed.
    if (handles.size < 1000) handles.set(name, known)
    return known
  }
  const { search } = parts
  const collection = (name: string) => createCollectionHandle(name, search, jobs, parts.fineTuning)
  return {
    models: named(model) as TandemApi<Config>['models'],
    collections: named(collection) as TandemApi<Config>['collections'],
    collection,
    listCollections: async () => ({ items: await search.list() }),
    putCollection: async (name, definition) => (await search.put(name, definition)).collection,
    deleteCollection: (name) => search.delete(name),
    model,
    listModels: (options) => models.list(options),
    putModel: async (name, definition) => (await models.put(name, definition as ModelDefinition)).model,
    deleteModel: (name) => models.delete(name),
    algorithms: async () => listAlgorithms(),
    jobs: jobsClient(jobs),
    performance: (options) => parts.monitoring.performance(options?.window),
    predictions: {
      list: (filter) => predictions.listAll(filter),
      get: (id) => predictions.find(id),
      count: (conditions) => predictions.count(conditions),
      export: ({ format, signal, ...conditions }) => predictions.exportAll(conditions, format, signal),
    },
    tables: tablesClient(training),
    embeddings: embeddingsClient(parts),
    language: languageHandle(parts.language),
  }
}

function named<Handle>(handle: (name: string) => Handle): Readonly<Record<string, Handle>> {
  return new Proxy<Record<string, Handle>>(
    {},
    { get: (_, name) => (typeof name === 'string' && name !== 'then' ? handle(name) : undefined) as Handle },
  )
}

function embeddingsClient({ embeddings, comparison, rollouts, fineTuning, jobs }: TandemParts): EmbeddingsClient {
  const { embed, embedBatch, embedMany } = embeddings
  return {
    ...{ embed, embedBatch, embedMany, status: async () => embeddings.status() },
    fineTune: (input, options) => followFineTuning(fineTuning, jobs, input, options),
    startFineTuning: (input) => startFineTuning(fineTuning, input),
    tuned: tunedModelsHandle(fineTuning),
    compare: (input, options) => comparison(input, options?.signal),
    rollouts: {
      list: async () => rollouts.list(),
      get: async (model) => rollouts.get(model),
      start: (input) => rollouts.begin(input),
      abort: (model) => rollouts.abort(model),
    },
  }
}

function tablesClient({ inspect, tables }: Training): TablesClient {
  return {
    inspect,
    upload: (bytes, { name, format, signal, ...reading } = {}) =>
      tables.upload(piecesOf(bytes), {
        ...(name === undefined ? {} : { name }),
        reading: { ...reading, ...(format === undefined ? {} : { format }) },
        ...(signal === undefined ? {} : { signal }),
      }),
    get: (id, { signal: _, target, ...reading } = {}) => tables.describe(id, { reading, ...(target === undefined ? {} : { target }) }),
    list: () => tables.list(),
    delete: (id) => tables.delete(id),
  }
}

function jobsClient(jobs: Jobs): JobsClient {
  return {
    get: async (id) => jobView(await jobs.get(id)),
    async list(options = {}) {
      const page = await jobs.list(options)
      return { ...page, items: page.items.map((job) => jobView(job)) }
    },
    counts: () => jobs.recentCounts(),
    log: async (id) => (await jobs.log(id)).map(jobLogView),
    cancel: async (id) => jobView(await jobs.cancel(id)),
    retry: async (id) => jobView(await jobs.retry(id)),
    async *watch(id, options = {}) {
      for await (const job of jobs.watch(id, options)) yield jobView(job)
    },
  }
}

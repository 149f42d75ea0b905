// What the model pages ask the server. Everything about models stands under ['models'], so that one event renews it.
import { queryOptions, type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { Version } from '../../../../src/capabilities/models/schema.ts'
import { client } from '../../client.ts'
import type { PerformanceWindow } from './search.ts'

/** Versions a page looks at; older ones are reached by paging in the table. */
const VERSIONS = 100

export const modelQuery = (model: string) =>
  queryOptions({ queryKey: ['models', 'one', model], queryFn: ({ signal }) => client.model(model).get({ signal }) })

export const versionsQuery = (model: string) =>
  queryOptions({
    queryKey: ['models', 'versions', model],
    queryFn: ({ signal }) => client.model(model).versions({ limit: VERSIONS, signal }),
  })

export const activationsQuery = (model: string) =>
  queryOptions({
    queryKey: ['models', 'activations', model],
    queryFn: ({ signal }) => client.model(model).activations({ limit: 20, signal }),
  })

export const aliasesQuery = (model: string) =>
  queryOptions({ queryKey: ['models', 'aliases', model], queryFn: ({ signal }) => client.model(model).aliases({ signal }) })

/** Every model, for a choice among them. */
export const allModelsQuery = queryOptions({
  queryKey: ['models', 'all'],
  queryFn: ({ signal }) => client.listModels({ limit: 200, signal }),
})

/** A version never changes: what was measured of it is asked for once. */
const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const

export const evaluationQuery = (model: string, version: string | undefined) =>
  queryOptions({
    queryKey: ['models', 'evaluation', model, version],
    queryFn: ({ signal }) => client.model(model).evaluation(version!, { signal }),
    enabled: version !== undefined,
    ...FOREVER,
  })

export const newRowsListQuery = (model: string, version: string | undefined) =>
  queryOptions({
    queryKey: ['models', 'new-rows', model, version],
    queryFn: ({ signal }) => client.model(model).evaluations(version!, { signal }),
    enabled: version !== undefined,
  })

export const newRowsQuery = (model: string, version: string | undefined, id: string | undefined) =>
  queryOptions({
    queryKey: ['models', 'new-rows', model, version, id],
    queryFn: ({ signal }) => client.model(model).evaluationOn(version!, id!, { signal }),
    enabled: version !== undefined && id !== undefined,
    ...FOREVER,
  })

export const profileQuery = (model: string, version: string | undefined) =>
  queryOptions({
    queryKey: ['models', 'profile', model, version],
    queryFn: ({ signal }) => client.model(model).profile(version!, { signal }),
    enabled: version !== undefined,
    ...FOREVER,
  })

export const cardQuery = (model: string, version: string | undefined) =>
  queryOptions({
    queryKey: ['models', 'card', model, version],
    queryFn: ({ signal }) => client.model(model).card(version!, { signal }),
    enabled: version !== undefined,
    ...FOREVER,
  })

export const dependenceQuery = (model: string, version: string, feature: string | undefined, label: string | undefined) =>
  queryOptions({
    queryKey: ['models', 'dependence', model, version, feature, label],
    queryFn: ({ signal }) => client.model(model).partialDependence(feature!, { version, class: label, signal }),
    enabled: feature !== undefined,
    placeholderData: (previous) => previous,
    ...FOREVER,
  })

export const comparisonQuery = (model: string, versions: readonly string[]) =>
  queryOptions({
    queryKey: ['models', 'comparison', model, versions],
    queryFn: ({ signal }) => client.model(model).compare({ versions, signal }),
    enabled: versions.length > 1,
  })

export const performanceQuery = (model: string, window: PerformanceWindow) =>
  queryOptions({
    queryKey: ['models', 'performance', model, window],
    queryFn: ({ signal }) => client.model(model).performance({ window, signal }),
    placeholderData: (previous) => previous,
  })

export const summariesQuery = (window: PerformanceWindow) =>
  queryOptions({
    queryKey: ['models', 'performance', window],
    queryFn: ({ signal }) => client.performance({ window, signal }),
  })

/** The version a page speaks of: the one named in the address, else the one in service. */
export function useVersion(
  model: string,
  named: string | undefined,
): { readonly query: UseQueryResult; readonly version: Version | undefined } {
  const query = useQuery(versionsQuery(model))
  const items = query.data?.items ?? []
  return {
    query,
    version: named === undefined ? (items.find(({ active }) => active) ?? items[0]) : items.find(({ version }) => version === named),
  }
}

/** Where the job of a training started on this page is remembered. */
export const trainingKey = (model: string) => ['models', 'training', model] as const

/** The job of this model's training that runs or waits now, whoever started it; under the jobs, so that their events renew it. */
export const runningTrainingQuery = (model: string) =>
  queryOptions({
    queryKey: ['jobs', 'training', model],
    queryFn: async ({ signal }) => {
      const [running, queued] = await Promise.all(
        (['running', 'queued'] as const).map((status) => client.jobs.list({ status, kind: 'train', subject: model, limit: 1, signal })),
      )
      return (running!.items[0] ?? queued!.items[0])?.id ?? null
    },
  })

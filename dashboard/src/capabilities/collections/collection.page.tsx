// One collection: what it is, and its tabs.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Outlet } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useLive } from '../../live.ts'
import { mapText, collectionText as words } from '../../text/collections.ts'
import { fineTuneText } from '../../text/fine-tuning.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { TabLink, TabList } from '../../ui/tabs.tsx'
import { StatePill } from './parts/state-pill.tsx'
import { collectionQuery } from './queries.ts'

const route = getRouteApi('/collections/$collection')

export function CollectionPage(): ReactNode {
  const { collection: name } = route.useParams()
  useLive('collection.changed', 'collection.embedded', 'collection.defined', 'job.updated')
  const query = useQuery(collectionQuery(name))
  const { data } = query
  const params = { collection: name }
  return (
    <>
      <PageHead
        title={name}
        pill={data && <StatePill collection={data} />}
        facts={data && [words.facts(data.documents, data.embedded), data.model, words.memory(data.indexBytes)].filter(Boolean).join(' · ')}
      />
      <TabList label={words.tabs.label}>
        <TabLink to="/collections/$collection" params={params} activeOptions={{ exact: true, includeSearch: false }}>
          {words.tabs.search}
        </TabLink>
        <TabLink to="/collections/$collection/documents" params={params} activeOptions={{ includeSearch: false }}>
          {words.tabs.documents}
        </TabLink>
        <TabLink to="/collections/$collection/map" params={params} activeOptions={{ includeSearch: false }}>
          {mapText.tab}
        </TabLink>
        <TabLink to="/collections/$collection/saved" params={params} activeOptions={{ includeSearch: false }}>
          {words.tabs.saved}
        </TabLink>
        <TabLink to="/collections/$collection/fine-tune" params={params} activeOptions={{ includeSearch: false }}>
          {fineTuneText.tab}
        </TabLink>
        <TabLink to="/collections/$collection/definition" params={params} activeOptions={{ includeSearch: false }}>
          {words.tabs.definition}
        </TabLink>
      </TabList>
      <Loaded query={query}>{() => <Outlet key={name} />}</Loaded>
    </>
  )
}

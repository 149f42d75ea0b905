// Every collection: what it holds, whether its vectors are made; a new one from a pasted document; the models behind them.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Library, Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Collection } from '../../../../src/capabilities/search/schema.ts'
import { useLive } from '../../live.ts'
import { useCan } from '../../session.ts'
import { collectionsText as words } from '../../text/collections.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ABSENT, formatBytes, formatCount } from '../../ui/format.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { EmbeddingsCard } from './parts/embeddings-card.tsx'
import { NewCollectionDialog } from './parts/new-collection-dialog.tsx'
import { StatePill } from './parts/state-pill.tsx'
import { collectionsQuery } from './queries.ts'

const route = getRouteApi('/collections')
const { columns: head } = words

const COLUMNS: readonly Column<Collection>[] = [
  { id: 'name', header: head.name, cell: ({ name }) => name },
  { id: 'documents', header: head.documents, width: 120, align: 'right', cell: ({ documents }) => formatCount(documents) },
  { id: 'embedded', header: head.embedded, width: 130, align: 'right', from: 620, cell: ({ embedded }) => formatCount(embedded) },
  { id: 'model', header: head.model, width: 240, from: 860, cell: ({ model }) => model ?? ABSENT },
  { id: 'memory', header: head.memory, width: 110, align: 'right', from: 760, cell: ({ indexBytes }) => formatBytes(indexBytes) },
  { id: 'state', header: head.state, width: 190, from: 460, cell: (collection) => <StatePill collection={collection} /> },
]

export function CollectionsPage(): ReactNode {
  const { create } = route.useSearch()
  const navigate = route.useNavigate()
  const canWrite = useCan('write')
  useLive('collection.defined', 'collection.changed', 'collection.embedded')
  const { data, error, isFetching, refetch } = useQuery(collectionsQuery)
  const button = canWrite && (
    <ButtonLink to="/collections" search={{ create: true }} tone="primary" icon={Plus}>
      {words.create}
    </ButtonLink>
  )
  return (
    <>
      <PageHead title={words.title} facts={words.facts} actions={button} />
      <DataTable
        label={words.title}
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ name }) => name}
        href={addressOf}
        error={error ?? undefined}
        onRetry={() => void refetch()}
        isRefetching={isFetching}
        empty={
          <div className="rounded-lg border border-line bg-surface">
            <Empty icon={Library} title={words.empty} action={button}>
              {words.emptyHint}
            </Empty>
          </div>
        }
      />
      <EmbeddingsCard />
      {create === true && canWrite && <NewCollectionDialog onClose={() => void navigate({ search: {} })} />}
    </>
  )
}

const addressOf = ({ name }: Collection): string => `/collections/${encodeURIComponent(name)}`

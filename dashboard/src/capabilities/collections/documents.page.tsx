// The documents of a collection: added from a file, filtered, one open beside the list.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Files } from 'lucide-react'
import { type ReactNode, useCallback, useMemo } from 'react'
import type { Collection } from '../../../../src/capabilities/search/schema.ts'
import type { AnyDocument } from '../../../../src/collections.ts'
import { useCan, useSession } from '../../session.ts'
import { documentsText as words } from '../../text/collections.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { usePaged } from '../../ui/use-paged.ts'
import { propertiesOf, searchedIn, valueText } from './parts/describe-document.ts'
import { DocumentSheet } from './parts/document-sheet.tsx'
import { FieldFilters } from './parts/field-filters.tsx'
import { FillCard } from './parts/fill-card.tsx'
import { upsertSnippet } from './parts/request-snippets.ts'
import { collectionQuery, countQuery, documentsQuery } from './queries.ts'

const route = getRouteApi('/collections/$collection/documents')

const MOST_COLUMNS = 6
const COLUMN_PX = 160

export function DocumentsPage(): ReactNode {
  const { collection: name } = route.useParams()
  const { data } = useQuery(collectionQuery(name))
  return data === undefined ? null : <Documents collection={data} />
}

function Documents({ collection }: { readonly collection: Collection }): ReactNode {
  const { name, definition } = collection
  const { filter, open } = route.useSearch()
  const navigate = route.useNavigate()
  const canWrite = useCan('write')
  const paged = usePaged(documentsQuery(name, filter))
  const count = useQuery(countQuery(name, filter)).data
  const columns = useMemo(() => columnsOf(definition), [definition])
  const close = useCallback(() => void navigate({ search: (old) => ({ ...old, open: undefined }), resetScroll: false }), [navigate])
  const key = JSON.stringify(filter)
  const href = useMemo(() => {
    const given = key === undefined ? '' : `filter=${encodeURIComponent(key)}&`
    // Written as JSON, so that an id that looks like a number stays a text.
    return ({ id }: AnyDocument): string =>
      `/collections/${encodeURIComponent(name)}/documents?${given}open=${encodeURIComponent(JSON.stringify(id))}`
  }, [key, name])
  const clear = (): void => void navigate({ search: {} })
  return (
    <>
      {canWrite && <FillCard collection={collection} />}
      <div className="mb-4 grid gap-2">
        {collection.documents > 0 && (
          <FieldFilters
            collection={collection}
            filter={filter}
            onChange={(next) => void navigate({ search: { filter: next }, replace: true, resetScroll: false })}
          />
        )}
        {count !== undefined && count > 0 && (
          <p className="text-sm text-muted" role="status">
            {filter === undefined ? words.count(count) : words.filteredCount(count)}
            {filter !== undefined && count > 1000 && ` ${words.firstThousand}`}
          </p>
        )}
      </div>
      <DataTable
        label={words.title}
        columns={columns}
        rowKey={({ id }) => id}
        href={href}
        opensBeside={open === undefined ? 'push' : 'replace'}
        selectedKey={open}
        empty={filter === undefined ? <NoDocuments collection={collection} /> : <NonePass onClear={clear} />}
        {...paged}
      />
      {open !== undefined && <DocumentSheet collection={collection} id={open} onClose={close} />}
    </>
  )
}

/** The searched ones first, then the others in the order of the schema. */
function columnsOf(definition: Collection['definition']): readonly Column<AnyDocument>[] {
  const searched = searchedIn(definition)
  const names = propertiesOf(definition).map(([name]) => name)
  const ordered = [...new Set([...searched, ...names])].filter((name) => name !== 'id').slice(0, MOST_COLUMNS)
  return [
    { id: 'id', header: words.id, width: 120, cell: ({ id }) => <span title={id}>{id}</span> },
    ...ordered.map((name, place) => ({
      id: name,
      header: name,
      from: place === 0 ? 0 : 200 + place * COLUMN_PX,
      cell: (document: AnyDocument) => <span title={valueText(document[name])}>{valueText(document[name])}</span>,
    })),
  ]
}

function NoDocuments({ collection }: { readonly collection: Collection }): ReactNode {
  const withKey = useSession()?.loopback !== true
  return (
    <div className="rounded-lg border border-line bg-surface">
      <Empty
        icon={Files}
        title={words.empty}
        snippet={<CodeBlock label="curl" code={upsertSnippet(collection, location.origin, withKey)} wrap />}
      >
        {words.emptyHint}
      </Empty>
    </div>
  )
}

function NonePass({ onClear }: { readonly onClear: () => void }): ReactNode {
  return (
    <div className="rounded-lg border border-line bg-surface">
      <Empty icon={Files} title={words.emptyFiltered} action={<Button onClick={onClear}>{words.clear}</Button>}>
        {words.emptyFilteredHint}
      </Empty>
    </div>
  )
}

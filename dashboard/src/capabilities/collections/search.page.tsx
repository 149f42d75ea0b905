// The playground: one query while it is typed, by meaning, by words and by both, side by side; why each hit; the same from a program.
import { useQueries, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { BellPlus, FileUp, Search, X } from 'lucide-react'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import type { Collection } from '../../../../src/capabilities/search/schema.ts'
import { useCan, useSession } from '../../session.ts'
import { savedText, playgroundText as words } from '../../text/collections.ts'
import { Banner } from '../../ui/banner.tsx'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Input } from '../../ui/field.tsx'
import { Segment, Segments } from '../../ui/segmented.tsx'
import { DocumentSheet } from './parts/document-sheet.tsx'
import { FieldFilters } from './parts/field-filters.tsx'
import { linkHits } from './parts/linked-hits.ts'
import { useLiveSearches } from './parts/live-searches.ts'
import { searchCurl, searchTypeScript } from './parts/request-snippets.ts'
import { modesOf, requestOf } from './parts/requests.ts'
import { ResultColumn } from './parts/result-column.tsx'
import { SaveQueryDialog } from './parts/save-query-dialog.tsx'
import { SearchOptions } from './parts/search-options.tsx'
import { collectionQuery, hitsQuery } from './queries.ts'
import { MODES, type PlaygroundSearch } from './search.ts'

const route = getRouteApi('/collections/$collection/')

/** Less than lies between two keys of a quick hand is felt as at once. */
const TYPING_MS = 120

export function SearchPage(): ReactNode {
  const { collection: name } = route.useParams()
  const { data } = useQuery(collectionQuery(name))
  return data === undefined ? null : <Playground collection={data} />
}

function Playground({ collection }: { readonly collection: Collection }): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { q, like, filter, open } = search
  const change = useCallback(
    (part: PlaygroundSearch) => void navigate({ search: (old) => ({ ...old, ...part }), replace: true, resetScroll: false }),
    [navigate],
  )
  const [saving, setSaving] = useState(false)
  const canSave = useCan('write') && (q !== undefined || filter !== undefined)
  useLiveSearches(collection.name)
  const close = useCallback(() => change({ open: undefined }), [change])
  if (collection.documents === 0) return <NothingToSearch name={collection.name} />
  const hasQuestion = q !== undefined || like !== undefined || filter !== undefined
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <QueryInput value={q} onChange={(next) => change({ q: next, like: undefined, open: undefined })} />
        <Segments label={words.modes.label}>
          <Segment from={route.id} to="." search={{ ...search, show: undefined }} selected={search.show === undefined} replace>
            {words.modes.all}
          </Segment>
          {MODES.map((mode) => (
            <Segment key={mode} from={route.id} to="." search={{ ...search, show: mode }} selected={search.show === mode} replace>
              {words.modes[mode]}
            </Segment>
          ))}
        </Segments>
        {canSave && (
          <Button icon={BellPlus} onClick={() => setSaving(true)}>
            {savedText.saveThis}
          </Button>
        )}
      </div>
      <FieldFilters collection={collection} filter={filter} onChange={(next) => change({ filter: next })} />
      <SearchOptions search={search} joins={like === undefined && modesOf(search).includes('hybrid')} onChange={change} />
      {collection.model !== null && collection.embedded < collection.documents && (
        <Banner tone="info" title={words.embedding(collection.embedded, collection.documents)} />
      )}
      {like !== undefined && (
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="min-w-0 text-lg font-semibold break-words">{words.likeTitle(like)}</h2>
          <ButtonLink from={route.id} to="." search={{ ...search, like: undefined }} size="small" icon={X}>
            {words.likeClear}
          </ButtonLink>
        </div>
      )}
      {hasQuestion ? <Results collection={collection} search={search} /> : <Start />}
      {saving && (
        <SaveQueryDialog collection={collection.name} search={search} embeds={collection.model !== null} onClose={() => setSaving(false)} />
      )}
      {open !== undefined && <DocumentSheet collection={collection} id={open} onClose={close} />}
    </div>
  )
}

/** The address follows when the hand rests for a moment; the search that is under way is then given up. */
function QueryInput({
  value = '',
  onChange,
}: {
  readonly value?: string
  readonly onChange: (value: string | undefined) => void
}): ReactNode {
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped((old) => (old.trim() === value ? old : value)), [value])
  useEffect(() => {
    if (typed.trim() === value) return
    const timer = setTimeout(() => onChange(typed.trim() || undefined), TYPING_MS)
    return () => clearTimeout(timer)
  })
  return (
    <div className="relative min-w-0 flex-1 basis-72">
      <Search size={16} aria-hidden className="pointer-events-none absolute inset-y-0 left-2.5 my-auto text-faint" />
      <Input
        type="search"
        data-filter
        autoFocus
        aria-label={words.query}
        value={typed}
        maxLength={10_000}
        placeholder={words.placeholder}
        onChange={({ target }) => setTyped(target.value)}
        className="pl-8!"
      />
    </div>
  )
}

function Results({ collection, search }: { readonly collection: Collection; readonly search: PlaygroundSearch }): ReactNode {
  const [pointed, setPointed] = useState<string>()
  const modes = modesOf(search)
  const queries = useQueries({ queries: modes.map((mode) => hitsQuery(collection.name, mode, requestOf(search, mode))) })
  const links = linkHits(new Map(modes.map((mode, index) => [mode, queries[index]?.data?.answer.hits ?? []])))
  return (
    <>
      <div className={modes.length > 1 ? 'grid items-start gap-4 lg:grid-cols-3' : 'grid max-w-4xl gap-4'}>
        {modes.map((mode, index) => (
          <ResultColumn key={mode} {...{ collection, search, mode, links, pointed }} query={queries[index]!} onPoint={setPointed} />
        ))}
      </div>
      <Code collection={collection} search={search} />
    </>
  )
}

function Code({ collection, search }: { readonly collection: Collection; readonly search: PlaygroundSearch }): ReactNode {
  const withKey = useSession()?.loopback !== true
  const request = requestOf(search, search.show ?? 'hybrid')
  const call = { url: location.origin, collection: collection.name, request, withKey }
  return (
    <Card title={words.code} subtitle={words.codeHint}>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <CodeBlock label="curl" code={searchCurl(call)} wrap />
        <CodeBlock label="TypeScript" code={searchTypeScript(call)} />
      </div>
    </Card>
  )
}

function Start(): ReactNode {
  return (
    <div className="rounded-lg border border-line bg-surface">
      <Empty icon={Search} title={words.start}>
        {words.startHint}
      </Empty>
    </div>
  )
}

function NothingToSearch({ name }: { readonly name: string }): ReactNode {
  return (
    <div className="rounded-lg border border-line bg-surface">
      <Empty
        icon={Search}
        title={words.startEmpty}
        action={
          <ButtonLink to="/collections/$collection/documents" params={{ collection: name }} tone="primary" icon={FileUp}>
            {words.addDocuments}
          </ButtonLink>
        }
      >
        {words.startEmptyHint}
      </Empty>
    </div>
  )
}

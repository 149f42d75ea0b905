// Saved queries of a collection: what new documents are compared with, and which of them matched.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { BellRing, Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { useLive } from '../../live.ts'
import { useSession } from '../../session.ts'
import { savedText as words } from '../../text/collections.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { saveQuerySnippet } from './parts/request-snippets.ts'
import { SavedQueryCard } from './parts/saved-query-card.tsx'
import { savedQueriesQuery } from './queries.ts'

const route = getRouteApi('/collections/$collection/saved')

export function SavedPage(): ReactNode {
  const { collection } = route.useParams()
  useLive('collection.matched', 'collection.queries')
  const query = useQuery(savedQueriesQuery(collection))
  return (
    <Loaded query={query}>
      {(items) =>
        items.length === 0 ? (
          <NoSavedQueries collection={collection} />
        ) : (
          <div className="grid items-start gap-4 lg:grid-cols-2">
            {items.toReversed().map((saved) => (
              <SavedQueryCard key={saved.id} saved={saved} />
            ))}
          </div>
        )
      }
    </Loaded>
  )
}

function NoSavedQueries({ collection }: { readonly collection: string }): ReactNode {
  const withKey = useSession()?.loopback !== true
  return (
    <div className="rounded-lg border border-line bg-surface">
      <Empty
        icon={BellRing}
        title={words.empty}
        action={
          <ButtonLink to="/collections/$collection" params={{ collection }} tone="primary" icon={Search}>
            {words.toSearch}
          </ButtonLink>
        }
        snippet={<CodeBlock label="curl" code={saveQuerySnippet(collection, location.origin, withKey)} wrap />}
      >
        {words.emptyHint}
      </Empty>
    </div>
  )
}

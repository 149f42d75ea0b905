// One saved query: what it asks, what came to match it, and its end.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { SavedQuery } from '../../../../../src/capabilities/search/saved/schema.ts'
import { client } from '../../../client.ts'
import { useCan } from '../../../session.ts'
import { savedText as words } from '../../../text/collections.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ConfirmDialog } from '../../../ui/dialog.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { FactList } from '../../../ui/fact-list.tsx'
import { formatCount, formatNumber } from '../../../ui/format.ts'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { Time } from '../../../ui/time.tsx'
import { notify } from '../../../ui/toast.tsx'
import { matchesQuery } from '../queries.ts'

export function SavedQueryCard({ saved }: { readonly saved: SavedQuery }): ReactNode {
  const { collection, id, name, query, mode = 'semantic', filter, threshold, matches, createdAt, createdBy } = saved
  const [asking, setAsking] = useState(false)
  const [removing, setRemoving] = useState(false)
  const canWrite = useCan('write')
  const queryClient = useQueryClient()
  const remove = async (): Promise<void> => {
    // An event of the collection must not ask for the matches of a query that is gone.
    setRemoving(true)
    await queryClient.cancelQueries({ queryKey: ['saved-queries', collection, 'matches', id] })
    try {
      await client.collection(collection).savedQueries.delete(id)
    } catch (error) {
      setRemoving(false)
      throw error
    }
    queryClient.removeQueries({ queryKey: ['saved-queries', collection, 'matches', id] })
    await queryClient.invalidateQueries({ queryKey: ['saved-queries', collection, 'list'] })
    notify({ title: words.removed(name) })
  }
  return (
    <Card
      title={name}
      subtitle={words.matches(matches)}
      tools={
        canWrite && (
          <Button size="small" icon={Trash2} onClick={() => setAsking(true)}>
            {words.remove}
          </Button>
        )
      }
    >
      <FactList
        facts={[
          ...(query === undefined || query === '' ? [] : ([[words.query, query]] as const)),
          ...(query === undefined || query === '' ? [] : ([[words.mode, words.how(mode, threshold)]] as const)),
          ...(filter === undefined ? [] : ([[words.filter, JSON.stringify(filter)]] as const)),
          [
            words.since,
            <span key="since">
              <Time at={createdAt} /> {createdBy === null ? '' : words.by(createdBy)}
            </span>,
          ],
        ]}
      />
      {!removing && <Matches saved={saved} />}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={words.removeTitle(name)}
        confirm={words.remove}
        danger
        onConfirm={remove}
      >
        {words.removeText}
      </ConfirmDialog>
    </Card>
  )
}

function Matches({ saved: { collection, id, matches } }: { readonly saved: SavedQuery }): ReactNode {
  const { data, error, refetch } = useQuery(matchesQuery(collection, id))
  if (error !== null) return <ErrorPanel error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <SkeletonLines lines={2} />
  if (data.items.length === 0) return <p className="mt-3 text-muted">{words.none}</p>
  return (
    <>
      <h3 className="mt-4 mb-1 font-medium">{words.latest(data.items.length, matches)}</h3>
      <ul>
        {data.items.map(({ id: document, score, at }) => (
          <li key={document} className="flex flex-wrap items-baseline gap-x-3 border-t border-line/70 py-1.5">
            <TextLink to="/collections/$collection/documents" params={{ collection }} search={{ open: document }}>
              {document}
            </TextLink>
            {score !== null && <span className="text-sm text-muted">{formatNumber(score)}</span>}
            <span className="ml-auto text-sm text-faint">
              <Time at={at} ago />
            </span>
          </li>
        ))}
      </ul>
      {matches > data.items.length && <p className="mt-2 text-sm text-faint">{words.more(formatCount(matches))}</p>}
    </>
  )
}

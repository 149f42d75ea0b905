// Where the documents come from, what the last sync brought, and the next one.
import { useMutation } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Collection } from '../../../../../src/capabilities/search/schema.ts'
import { client } from '../../../client.ts'
import { useCan } from '../../../session.ts'
import { syncText as words } from '../../../text/collections.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { FactList } from '../../../ui/fact-list.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { Time } from '../../../ui/time.tsx'

/** Nothing for a collection that has no source. */
export function SyncCard({ collection: { name, definition, sync } }: { readonly collection: Collection }): ReactNode {
  const { source, sync: schedule } = definition
  const canWrite = useCan('write')
  const start = useMutation({ mutationFn: () => client.collection(name).startSync() })
  if (source === undefined) return null
  const report = sync?.interrupted ?? sync?.last ?? null
  const place = [source.host, source.database, source.path].filter(Boolean).join(' / ')
  return (
    <Card
      title={words.title}
      subtitle={words.subtitle}
      tools={
        canWrite && (
          <Button size="small" icon={RefreshCw} busy={start.isPending} onClick={() => start.mutate()}>
            {words.start}
          </Button>
        )
      }
    >
      <FactList
        facts={[
          [words.source, `${words.kinds[source.kind]} ${place}`],
          [words.schedule, schedule === undefined ? words.never : `${schedule.every} (${schedule.timezone ?? 'UTC'})`],
          [words.last, report === null ? words.none : <Time key="last" at={report.finishedAt ?? report.startedAt} ago />],
          ...(report === null ? [] : ([[words.brought, words.counts(report)]] as const)),
          ...(sync?.interrupted == null ? [] : ([[words.state, words.interrupted]] as const)),
        ]}
      />
      {start.data !== undefined && (
        <p role="status" className="mt-3 text-muted">
          {words.started}{' '}
          <TextLink to="/jobs/$job" params={{ job: start.data.id }}>
            {words.job}
          </TextLink>
        </p>
      )}
      {start.error !== null && <ErrorPanel error={start.error} title={words.start} />}
    </Card>
  )
}

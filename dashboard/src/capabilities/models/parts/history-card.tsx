// Who put which version in service, when and why.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { versionsText } from '../../../text/models.ts'
import { Card } from '../../../ui/card.tsx'
import { Loaded } from '../../../ui/loaded.tsx'
import { Time } from '../../../ui/time.tsx'
import { activationsQuery } from '../queries.ts'
import { useVersionNames } from '../version-names.ts'

export function HistoryCard({ model, className }: { readonly model: string; readonly className?: string }): ReactNode {
  const nameOf = useVersionNames(model)
  return (
    <Card title={versionsText.history} subtitle={versionsText.historySubtitle} className={className}>
      <Loaded query={useQuery(activationsQuery(model))}>
        {({ items }) => (
          <ol className="grid gap-3">
            {items.map(({ at, version, actor, action, reason }) => (
              <li key={`${at} ${version}`} className="border-l-2 border-line pl-3">
                <div>
                  <span className="font-medium">
                    <span title={version}>{nameOf(version)}</span>
                  </span>{' '}
                  {versionsText.actionWords[action]} <span className="text-muted">{versionsText.by(actor)}</span>
                </div>
                <div className="text-sm text-faint">
                  <Time at={at} ago />
                </div>
                {reason !== '' && <div className="text-sm break-words text-muted">{reason}</div>}
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </Card>
  )
}

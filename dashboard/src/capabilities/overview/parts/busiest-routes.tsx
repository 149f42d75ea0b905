import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { TrafficView } from '../../../../../src/interfaces/client/index.ts'
import { overviewCards, overviewText } from '../../../text/overview.ts'
import { Card } from '../../../ui/card.tsx'
import { counted, formatDuration } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import type { Window } from '../search.ts'

interface BusiestRoutesProps {
  readonly traffic: UseQueryResult<TrafficView>
  readonly window: Window
}

const SHOWN = 6

/** Where the requests go; the bar is the share of the busiest. */
export function BusiestRoutes({ traffic, window }: BusiestRoutesProps): ReactNode {
  return (
    <Card title={overviewCards.routes} subtitle={overviewText.inWindow[window]} className="xl:col-span-4">
      <Loaded query={traffic} skeleton={<div className="h-44" />}>
        {({ routes }) =>
          routes.length === 0 ? (
            <p className="py-6 text-center text-muted">{overviewText.noRequests}</p>
          ) : (
            <ul className="grid gap-2.5">
              {routes.slice(0, SHOWN).map(({ method, path, requests, clientErrors, serverErrors, p95Ms }) => {
                const errors = counted(clientErrors + serverErrors, 'error')
                return (
                  <li key={`${method} ${path}`} title={`${method} ${path}`}>
                    <div className="truncate font-mono text-xs">
                      <span className="text-faint">{method}</span> {path}
                    </div>
                    <div className="mt-1 mb-0.5 h-1 rounded-full bg-sunken">
                      <div
                        className="h-full rounded-full bg-[var(--seq-4)]"
                        style={{ width: `${(requests / routes[0]!.requests) * 100}%` }}
                      />
                    </div>
                    <div className={serverErrors > 0 ? 'text-xs text-bad' : 'text-xs text-faint'}>
                      {overviewCards.routeFacts(counted(requests, 'request'), errors, formatDuration(p95Ms))}
                    </div>
                  </li>
                )
              })}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}

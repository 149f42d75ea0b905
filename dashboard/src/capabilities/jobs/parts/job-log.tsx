import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useLayoutEffect, useRef } from 'react'
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { jobText } from '../../../text/jobs.ts'
import { Card } from '../../../ui/card.tsx'
import { CopyButton } from '../../../ui/copy-button.tsx'
import { formatShare } from '../../../ui/format.ts'
import { formatClock, formatTimeExact } from '../../../ui/format-time.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { jobLogQuery } from '../queries.ts'

/** Pixels from the end within which whoever reads is taken to follow it. */
const NEAR_END = 40

/** What the job said, oldest first; follows the end as long as the end is what is looked at. */
export function JobLog({ job }: { readonly job: JobView }): ReactNode {
  const query = useQuery(jobLogQuery(job.id))
  const list = useRef<HTMLOListElement>(null)
  const follows = useRef(true)
  const lines = query.data?.length ?? 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line moves the end.
  useLayoutEffect(() => {
    if (follows.current && list.current !== null) list.current.scrollTop = list.current.scrollHeight
  }, [lines])
  const onScroll = (): void => {
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = list.current ?? {}
    follows.current = scrollHeight - scrollTop - clientHeight < NEAR_END
  }
  const text = (): string => (query.data ?? []).map(({ at, message }) => `${at} ${message}`).join('\n')
  return (
    <Card title={jobText.log} subtitle={jobText.logHint} flush tools={lines > 0 && <CopyButton text={text} />}>
      <Loaded query={query} skeleton={<div className="h-32" />}>
        {(log) =>
          log.length === 0 ? (
            <p className="px-4 pb-4 text-muted">{jobText.noLog}</p>
          ) : (
            <ol
              ref={list}
              onScroll={onScroll}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: a long log scrolls, which must work with the keyboard too.
              tabIndex={0}
              className="max-h-80 overflow-y-auto border-t border-line py-2 font-mono text-xs -outline-offset-2"
            >
              {log.map(({ at, progress, message }) => (
                <li key={`${at} ${message}`} className="flex gap-3 px-4 py-0.5">
                  <time dateTime={at} title={formatTimeExact(at)} className="shrink-0 text-faint">
                    {formatClock(at)}
                  </time>
                  <span className="w-10 shrink-0 text-right text-faint">{formatShare(progress, 0)}</span>
                  <span className="min-w-0 break-words">{message}</span>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </Card>
  )
}

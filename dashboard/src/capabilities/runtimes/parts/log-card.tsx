import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { runtimesText } from '../../../text/runtimes.ts'
import { Card } from '../../../ui/card.tsx'
import { CopyButton } from '../../../ui/copy-button.tsx'
import { formatClock, formatTimeExact } from '../../../ui/format-time.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { runtimeLogQuery } from '../queries.ts'

const TONES = { debug: 'text-faint', info: 'text-faint', warn: 'text-warn', error: 'text-bad' } as const

/** What the workers wrote last, oldest first. */
export function LogCard({ runtime }: { readonly runtime: string }): ReactNode {
  const query = useQuery(runtimeLogQuery(runtime))
  const list = useRef<HTMLOListElement>(null)
  const last = query.data?.at(-1)?.at
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line moves the end.
  useLayoutEffect(() => {
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight
  }, [last])
  const text = (): string => (query.data ?? []).map(({ at, worker, level, message }) => `${at} ${worker} ${level} ${message}`).join('\n')
  const tools = (query.data?.length ?? 0) > 0 && <CopyButton text={text} />
  return (
    <Card title={runtimesText.log} subtitle={runtimesText.logHint} flush tools={tools} className="xl:col-span-12">
      <Loaded query={query} skeleton={<div className="h-32" />}>
        {(log) =>
          log.length === 0 ? (
            <p className="px-4 pb-4 text-muted">{runtimesText.noLog}</p>
          ) : (
            <ol
              ref={list}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: a long log scrolls, which must work with the keyboard too.
              tabIndex={0}
              className="max-h-80 overflow-y-auto border-t border-line py-2 font-mono text-xs -outline-offset-2"
            >
              {log.map(({ at, worker, level, message }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two lines of one moment may be equal.
                <li key={index} className="flex gap-3 px-4 py-0.5 max-sm:flex-wrap max-sm:gap-y-0">
                  <time dateTime={at} title={formatTimeExact(at)} className="shrink-0 text-faint">
                    {formatClock(at)}
                  </time>
                  <span className="shrink-0 truncate text-faint sm:w-20" title={worker}>
                    {worker}
                  </span>
                  <span className={`w-10 shrink-0 ${TONES[level]}`}>{level}</span>
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

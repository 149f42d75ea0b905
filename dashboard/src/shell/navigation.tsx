import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { BookOpen } from 'lucide-react'
import type { ReactNode } from 'react'
import { useConnection } from '../connection.ts'
import type { Group } from '../page.tsx'
import { useSession } from '../session.ts'
import { shellText } from '../text/shell.ts'
import { classNames } from '../ui/class-names.ts'
import { Tooltip } from '../ui/tooltip.tsx'
import { countsQuery } from './counts.ts'
import { usePages } from './pages.ts'

const NAVIGATION_LINK =
  'flex h-8 items-center gap-2.5 rounded-md px-3 text-muted -outline-offset-2 hover:bg-sunken hover:text-text max-lg:h-11'

const GROUPS: readonly Group[] = ['watch', 'build', 'admin']

export function Logo(): ReactNode {
  return (
    <span className="flex items-center gap-2.5 text-base font-semibold">
      <svg width="24" height="18" viewBox="0 0 24 18" aria-hidden="true">
        <circle cx="8" cy="9" r="6" fill="none" stroke="var(--accent)" strokeWidth="2.5" />
        <circle cx="16" cy="9" r="6" fill="none" stroke="var(--series-2)" strokeWidth="2.5" />
      </svg>
      {shellText.product}
    </span>
  )
}

/** The groups with their pages. A page without scope is absent. */
export function Navigation({ onNavigate }: { readonly onNavigate?: () => void }): ReactNode {
  const pages = usePages()
  const { data: counts } = useQuery(countsQuery(pages.some(({ path }) => path === '/jobs')))
  return GROUPS.map((group) => {
    const shown = pages.filter((page) => page.group === group)
    if (shown.length === 0) return null
    return (
      <div key={group} className="mt-4 first:mt-1">
        <div className="px-3 pb-1 text-xs font-medium text-faint">{shellText.groups[group]}</div>
        <ul>
          {shown.map(({ path, title, icon: Icon }) => {
            const running = path === '/jobs' ? (counts?.running ?? 0) : 0
            return (
              <li key={path}>
                <Link
                  to={path}
                  onClick={onNavigate}
                  activeOptions={{ exact: path === '/', includeSearch: false }}
                  className={NAVIGATION_LINK}
                  activeProps={{ className: 'bg-accent-soft font-medium text-accent!' }}
                >
                  {Icon && <Icon size={16} aria-hidden />}
                  {title}
                  {running > 0 && (
                    <span className="ml-auto rounded-full bg-sunken px-1.5 text-xs text-muted">
                      {running}
                      <span className="sr-only"> running</span>
                    </span>
                  )}
                </Link>
              </li>
            )
          })}
        </ul>
      </div>
    )
  })
}

const DOTS = { off: 'bg-strong', connecting: 'bg-strong', live: 'bg-good', polling: 'bg-warn', gone: 'bg-bad' } as const

/** Whether what is shown is live, and which server this is. */
export function NavigationFoot(): ReactNode {
  const { state } = useConnection()
  const session = useSession()
  const hint = state === 'polling' ? shellText.noSocketsHint : undefined
  const line = (
    <span className="flex min-w-0 items-center gap-2">
      <span aria-hidden className={classNames('size-2 shrink-0 rounded-full', DOTS[state])} />
      {shellText.connection[state]}
      {session !== undefined && <span className="truncate">· {session.version}</span>}
    </span>
  )
  return (
    <div className="border-t border-line pt-2">
      {/* A page of the server itself, in the same look. */}
      <a href="/docs" className={NAVIGATION_LINK}>
        <BookOpen size={16} aria-hidden />
        {shellText.apiReference}
      </a>
      <div className="px-3 py-2 text-xs text-faint">{hint === undefined ? line : <Tooltip text={hint}>{line}</Tooltip>}</div>
    </div>
  )
}

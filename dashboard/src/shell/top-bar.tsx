import { Link, useMatches, useRouter } from '@tanstack/react-router'
import { BookOpen, ChevronRight, Keyboard, LogOut, Menu as MenuIcon, Moon, Search, Sun, User } from 'lucide-react'
import { Fragment, type ReactNode } from 'react'
import { keyLabels } from '../keys.ts'
import { type PageData, titleOf } from '../page.tsx'
import { useSession, useSignOut } from '../session.ts'
import { shellText } from '../text/shell.ts'
import { switchTheme, useTheme } from '../theme.ts'
import { IconButton } from '../ui/button.tsx'
import { Menu } from '../ui/menu.tsx'
import { notify, notifyFailure } from '../ui/toast.tsx'
import { Tooltip } from '../ui/tooltip.tsx'

export interface TopBarProps {
  readonly onMenu: () => void
  readonly onSearch: () => void
  readonly onKeys: () => void
}

export function TopBar({ onMenu, onSearch, onKeys }: TopBarProps): ReactNode {
  const theme = useTheme()
  const other = theme === 'dark' ? 'light' : 'dark'
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-1 border-b border-line bg-surface px-2 sm:px-4 lg:px-6">
      <IconButton icon={MenuIcon} label={shellText.openMenu} onClick={onMenu} className="lg:hidden" />
      <Breadcrumb />
      <Tooltip text={shellText.zoneHint}>
        <span className="mr-1 ml-auto rounded-sm px-1 text-xs text-faint max-sm:hidden">{shellText.zone}</span>
      </Tooltip>
      <button
        type="button"
        onClick={onSearch}
        className="hidden h-8 w-64 items-center gap-2 rounded-md border border-strong bg-canvas px-2.5 text-left text-faint hover:bg-sunken sm:flex"
      >
        <Search size={14} aria-hidden />
        {shellText.search}
        <kbd className="ml-auto font-mono text-xs">{keyLabels('mod+k').join(' ')}</kbd>
      </button>
      <IconButton icon={Search} label={shellText.search} onClick={onSearch} className="ml-auto sm:hidden" />
      <IconButton icon={theme === 'dark' ? Sun : Moon} label={shellText.switchTheme(other)} onClick={switchTheme} />
      <AccountMenu onKeys={onKeys} />
    </header>
  )
}

interface Crumb {
  readonly path: string
  readonly title: string
}

function Breadcrumb(): ReactNode {
  const router = useRouter()
  const matches = useMatches()
  const crumbs = matches.flatMap(({ staticData, pathname, params }): Crumb[] => {
    const page = staticData.page
    if (page === undefined) return []
    const parent = page.parent === undefined ? undefined : pageAt(router.routesByPath, page.parent)
    const above = parent === undefined ? [] : [{ path: page.parent!, title: titleOf(parent, params) }]
    return [...above, { path: pathname, title: titleOf(page, params) }]
  })
  return (
    <nav aria-label={shellText.breadcrumb} className="flex min-w-0 items-center gap-1 text-muted">
      {crumbs.map(({ path, title }, index) => (
        <Fragment key={path}>
          {index > 0 && <ChevronRight size={14} aria-hidden className="shrink-0" />}
          {index < crumbs.length - 1 ? (
            <Link to={path} className="shrink-0 rounded-sm hover:text-text hover:underline">
              {title}
            </Link>
          ) : (
            <span aria-current="page" className="truncate font-medium text-text">
              {title}
            </span>
          )}
        </Fragment>
      ))}
    </nav>
  )
}

function pageAt(routes: object, path: string): PageData | undefined {
  return (routes as Readonly<Record<string, { options: { staticData?: { page?: PageData } } } | undefined>>)[path]?.options.staticData?.page
}

function AccountMenu({ onKeys }: { readonly onKeys: () => void }): ReactNode {
  const session = useSession()
  const signOut = useSignOut()
  const leave = (everywhere: boolean): void => {
    signOut(everywhere).then(
      (count) => everywhere && notify({ title: shellText.signedOutEverywhere(count) }),
      (error: unknown) => notifyFailure(shellText.signOut, error),
    )
  }
  return (
    <Menu
      trigger={<IconButton icon={User} label={shellText.account} />}
      header={
        session && (
          <>
            <div className="truncate font-medium">{session.keyId === null ? shellText.withoutKey : session.name}</div>
            <div className="text-xs text-faint">{session.scopes.join(', ')}</div>
          </>
        )
      }
      groups={[
        [
          { label: shellText.apiReference, icon: BookOpen, href: '/docs' },
          { label: shellText.keyboard, icon: Keyboard, onSelect: onKeys },
        ],
        ...(session !== undefined && session.keyId !== null
          ? [
              [
                { label: shellText.signOut, icon: LogOut, onSelect: () => leave(false) },
                { label: shellText.signOutEverywhere, icon: LogOut, onSelect: () => leave(true) },
              ],
            ]
          : []),
      ]}
    />
  )
}

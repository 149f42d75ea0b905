// The frame of every page: navigation, top bar, palette, keyboard, and the sign-in page in their place for who is not signed in.
import { Dialog } from '@base-ui/react/dialog'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { CatchBoundary, type ErrorComponentProps, Outlet, useMatches, useRouter } from '@tanstack/react-router'
import { type ComponentType, type ReactNode, Suspense, useEffect, useMemo, useState } from 'react'
import { TandemError } from '../../../src/errors.ts'
import { listenToKeys, type Shortcut, useShortcuts } from '../keys.ts'
import { startLive, useLive } from '../live.ts'
import { lazyPage } from '../page.tsx'
import { allows, SessionContext, sessionQuery, useSession, useWasCutOff } from '../session.ts'
import { keyText, shellText } from '../text/shell.ts'
import { switchTheme } from '../theme.ts'
import { Dialog as Popup } from '../ui/dialog.tsx'
import { ErrorPanel } from '../ui/error-panel.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import type { KeyboardMapProps } from './keyboard-map.tsx'
import { Logo, Navigation, NavigationFoot } from './navigation.tsx'
import { PageError } from './page-error.tsx'
import { usePages } from './pages.ts'
import type { PaletteProps } from './palette.tsx'
import { SignIn } from './sign-in.tsx'
import { TopBar } from './top-bar.tsx'

const Palette = lazyPage(() => import('./palette.tsx'), 'Palette') as ComponentType<PaletteProps>
const KeyboardMap = lazyPage(() => import('./keyboard-map.tsx'), 'KeyboardMap') as ComponentType<KeyboardMapProps>

type Open = 'palette' | 'keys' | 'menu' | undefined

export function Shell(): ReactNode {
  const { data: session, error, refetch, isFetching } = useQuery(sessionQuery)
  const wasCutOff = useWasCutOff(session?.signedIn)
  useEffect(listenToKeys, [])
  if (session?.signedIn === true) {
    return (
      <SessionContext value={session}>
        <Frame canRead={allows(session.scopes, 'read')} />
      </SessionContext>
    )
  }
  if (session !== undefined) return <SignIn hint={session.signInHint} wasCutOff={wasCutOff} />
  if (error === null) return null
  return (
    <main className="mx-auto mt-[12vh] max-w-lg rounded-lg border border-line bg-surface">
      <ErrorPanel error={error} onRetry={() => void refetch()} retrying={isFetching} />
    </main>
  )
}

function Frame({ canRead }: { readonly canRead: boolean }): ReactNode {
  const [open, setOpen] = useState<Open>()
  const queryClient = useQueryClient()
  useEffect(() => (canRead ? startLive(queryClient) : undefined), [canRead, queryClient])
  useLive('job.updated')
  useShortcuts(useShellShortcuts(setOpen))
  const close = (): void => setOpen(undefined)
  return (
    <>
      <a href="#main" className="sr-only z-50 rounded-md bg-surface px-3 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        {shellText.skip}
      </a>
      <div className="min-h-dvh lg:grid lg:grid-cols-[13.5rem_minmax(0,1fr)]">
        <aside className="sticky top-0 z-10 hidden h-dvh flex-col border-r border-line bg-surface p-2 lg:flex">
          <div className="flex h-10 items-center px-3">
            <Logo />
          </div>
          <nav aria-label={shellText.mainNavigation} className="flex-1 overflow-y-auto">
            <Navigation />
          </nav>
          <NavigationFoot />
        </aside>
        <div className="min-w-0">
          <TopBar onMenu={() => setOpen('menu')} onSearch={() => setOpen('palette')} onKeys={() => setOpen('keys')} />
          <main id="main" tabIndex={-1} className="mx-auto max-w-[105rem] p-4 pb-20 lg:p-6 lg:pb-20">
            <ScopedOutlet />
          </main>
        </div>
      </div>
      <ConnectionBanner />
      <NavigationDrawer open={open === 'menu'} onClose={close} />
      <CatchBoundary getResetKey={() => open ?? ''} errorComponent={(props) => <Broken {...props} onClose={close} />}>
        <Suspense>
          {open === 'palette' && <Palette onClose={close} onKeys={() => setOpen('keys')} />}
          {open === 'keys' && <KeyboardMap onClose={close} />}
        </Suspense>
      </CatchBoundary>
    </>
  )
}

/** The page, when this key may see it; else what it would need. */
function ScopedOutlet(): ReactNode {
  const session = useSession()
  const needed = useMatches({
    select: (matches) => matches.map(({ staticData }) => staticData.page?.scope).findLast((scope) => scope !== undefined),
  })
  if (needed === undefined || allows(session?.scopes, needed)) return <Outlet />
  const error = new TandemError('forbidden', `This page needs the scope "${needed}".`, { details: { needed } })
  return (
    <div className="rounded-lg border border-line bg-surface">
      <ErrorPanel error={error} />
    </div>
  )
}

/** In place of a dialog of the shell whose code is gone. */
function Broken({ onClose, ...props }: ErrorComponentProps & { readonly onClose: () => void }): ReactNode {
  return (
    <Popup open onOpenChange={(open) => open || onClose()} title={shellText.product}>
      <PageError {...props} />
    </Popup>
  )
}

/** The navigation on narrow windows. */
function NavigationDrawer({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactNode {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="appear fixed inset-0 z-40 bg-shade" />
        <Dialog.Popup className="appear fixed inset-y-0 left-0 z-40 flex w-64 max-w-[85vw] flex-col overflow-y-auto bg-surface p-2 shadow-popup outline-none">
          <Dialog.Title className="flex h-12 items-center px-3">
            <Logo />
          </Dialog.Title>
          <nav aria-label={shellText.mainNavigation} className="flex-1">
            <Navigation onNavigate={onClose} />
          </nav>
          <NavigationFoot />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function useShellShortcuts(setOpen: (open: Open) => void): readonly Shortcut[] {
  const router = useRouter()
  const queryClient = useQueryClient()
  const pages = usePages()
  return useMemo(() => {
    const anywhere: readonly Omit<Shortcut, 'group'>[] = [
      { keys: 'mod+k', label: keyText.palette, run: () => setOpen('palette') },
      { keys: '?', label: keyText.map, run: () => setOpen('keys') },
      { keys: '/', label: keyText.filter, run: () => document.querySelector<HTMLElement>('[data-filter]')?.focus() },
      { keys: 't', label: keyText.theme, run: switchTheme },
      { keys: 'r', label: keyText.refetch, run: () => void queryClient.invalidateQueries({ refetchType: 'active' }) },
    ]
    return [
      ...anywhere.map((shortcut) => ({ ...shortcut, group: keyText.anywhere })),
      ...pages.flatMap(({ key, title, path }) =>
        key === undefined ? [] : [{ keys: `g ${key}`, label: title, group: keyText.goTo, run: () => void router.navigate({ to: path }) }],
      ),
    ]
  }, [router, queryClient, pages, setOpen])
}

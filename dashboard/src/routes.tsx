// The one table of pages. Navigation, palette, breadcrumb, keyboard and scope check read what stands here.
import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { KeyRound, ListTodo } from 'lucide-react'
import { jobsSearch } from './capabilities/jobs/search.ts'
import { lazyPage } from './page.tsx'
import { PageError, PageMissing, ShellError } from './shell/page-error.tsx'
import { Shell } from './shell/shell.tsx'
import { jobsText } from './text/jobs.ts'
import { keysText } from './text/keys.ts'

const root = createRootRoute({ component: Shell, notFoundComponent: PageMissing, errorComponent: ShellError })
const under = { getParentRoute: () => root } as const

const routes = root.addChildren([
  createRoute({
    ...under,
    path: '/jobs',
    staticData: { page: { title: jobsText.title, scope: 'read', group: 'watch', icon: ListTodo, key: 'j' } },
    validateSearch: jobsSearch,
    component: lazyPage(() => import('./capabilities/jobs/jobs.page.tsx'), 'JobsPage'),
  }),
  createRoute({
    ...under,
    path: '/jobs/$job',
    staticData: { page: { title: ({ job = '' }) => job.slice(-8), scope: 'read', parent: '/jobs' } },
    component: lazyPage(() => import('./capabilities/jobs/job.page.tsx'), 'JobPage'),
  }),
  createRoute({
    ...under,
    path: '/keys',
    staticData: { page: { title: keysText.title, scope: 'admin', group: 'admin', icon: KeyRound, key: 'k' } },
    component: lazyPage(() => import('./capabilities/keys/keys.page.tsx'), 'KeysPage'),
  }),
])

export const router = createRouter({
  routeTree: routes,
  defaultPreload: 'intent',
  defaultPreloadDelay: 30,
  defaultErrorComponent: PageError,
  scrollRestoration: true,
  // A page that loads for long shows that it does; a short one never flashes.
  defaultPendingMs: 150,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

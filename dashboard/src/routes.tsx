// The one table of pages. Navigation, palette, breadcrumb, keyboard and scope check read what stands here.
import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { Boxes, Cpu, FileUp, House, KeyRound, Library, ListChecks, ListTodo, Settings, TextSearch } from 'lucide-react'
import { collectionsSearch, documentsSearch, mapSearch, playgroundSearch } from './capabilities/collections/search.ts'
import { fineTuneSearch } from './capabilities/embeddings/search.ts'
import { jobsSearch } from './capabilities/jobs/search.ts'
import { cardSearch, evaluationSearch, modelsSearch, summarySearch, trySearch, versionsSearch } from './capabilities/models/search.ts'
import { overviewSearch } from './capabilities/overview/search.ts'
import { predictionsSearch } from './capabilities/predictions/search.ts'
import { settingsSearch } from './capabilities/settings/search.ts'
import { trainSearch } from './capabilities/training/search.ts'
import { lazyPage } from './page.tsx'
import { PageError, PageMissing, ShellError } from './shell/page-error.tsx'
import { Shell } from './shell/shell.tsx'
import { collectionsText, collectionText, mapText } from './text/collections.ts'
import { fineTuneText } from './text/fine-tuning.ts'
import { importText } from './text/import.ts'
import { jobsText } from './text/jobs.ts'
import { keysText } from './text/keys.ts'
import { languageText } from './text/language.ts'
import { modelsText, modelText } from './text/models.ts'
import { overviewText } from './text/overview.ts'
import { predictionsText } from './text/predictions.ts'
import { runtimesText } from './text/runtimes.ts'
import { settingsText } from './text/settings.ts'
import { fileText } from './text/training.ts'
import { cardText } from './text/trust.ts'

const root = createRootRoute({ component: Shell, notFoundComponent: PageMissing, errorComponent: ShellError })
const under = { getParentRoute: () => root } as const

const model = createRoute({
  ...under,
  path: '/models/$model',
  staticData: { page: { title: ({ model: name = '' }) => name, scope: 'read', parent: '/models' } },
  component: lazyPage(() => import('./capabilities/models/model.page.tsx'), 'ModelPage'),
})
const ofModel = { getParentRoute: () => model } as const

const tabs = [
  createRoute({
    ...ofModel,
    path: '/',
    validateSearch: summarySearch,
    component: lazyPage(() => import('./capabilities/models/summary.page.tsx'), 'SummaryPage'),
  }),
  createRoute({
    ...ofModel,
    path: 'versions',
    staticData: { page: { title: modelText.tabs.versions, scope: 'read' } },
    validateSearch: versionsSearch,
    component: lazyPage(() => import('./capabilities/models/versions.page.tsx'), 'VersionsPage'),
  }),
  createRoute({
    ...ofModel,
    path: 'evaluation',
    staticData: { page: { title: modelText.tabs.evaluation, scope: 'read' } },
    validateSearch: evaluationSearch,
    component: lazyPage(() => import('./capabilities/models/evaluation.page.tsx'), 'EvaluationPage'),
  }),
  createRoute({
    ...ofModel,
    path: 'card',
    staticData: { page: { title: cardText.tab, scope: 'read' } },
    validateSearch: cardSearch,
    component: lazyPage(() => import('./capabilities/models/card.page.tsx'), 'CardPage'),
  }),
  createRoute({
    ...ofModel,
    path: 'try',
    staticData: { page: { title: modelText.tabs.try, scope: 'predict' } },
    validateSearch: trySearch,
    component: lazyPage(() => import('./capabilities/models/try.page.tsx'), 'TryPage'),
  }),
  createRoute({
    ...ofModel,
    path: 'code',
    staticData: { page: { title: modelText.tabs.code, scope: 'read' } },
    component: lazyPage(() => import('./capabilities/models/code.page.tsx'), 'CodePage'),
  }),
  createRoute({
    ...ofModel,
    path: 'settings',
    staticData: { page: { title: modelText.tabs.settings, scope: 'read' } },
    component: lazyPage(() => import('./capabilities/models/settings.page.tsx'), 'SettingsPage'),
  }),
] as const

const collection = createRoute({
  ...under,
  path: '/collections/$collection',
  staticData: { page: { title: ({ collection: name = '' }) => name, scope: 'read', parent: '/collections' } },
  component: lazyPage(() => import('./capabilities/collections/collection.page.tsx'), 'CollectionPage'),
})
const ofCollection = { getParentRoute: () => collection } as const

const collectionTabs = [
  createRoute({
    ...ofCollection,
    path: '/',
    validateSearch: playgroundSearch,
    component: lazyPage(() => import('./capabilities/collections/search.page.tsx'), 'SearchPage'),
  }),
  createRoute({
    ...ofCollection,
    path: 'documents',
    staticData: { page: { title: collectionText.tabs.documents, scope: 'read' } },
    validateSearch: documentsSearch,
    component: lazyPage(() => import('./capabilities/collections/documents.page.tsx'), 'DocumentsPage'),
  }),
  createRoute({
    ...ofCollection,
    path: 'map',
    staticData: { page: { title: mapText.tab, scope: 'read' } },
    validateSearch: mapSearch,
    component: lazyPage(() => import('./capabilities/collections/map.page.tsx'), 'MapPage'),
  }),
  createRoute({
    ...ofCollection,
    path: 'saved',
    staticData: { page: { title: collectionText.tabs.saved, scope: 'read' } },
    component: lazyPage(() => import('./capabilities/collections/saved.page.tsx'), 'SavedPage'),
  }),
  createRoute({
    ...ofCollection,
    path: 'fine-tune',
    staticData: { page: { title: fineTuneText.tab, scope: 'read' } },
    validateSearch: fineTuneSearch,
    component: lazyPage(() => import('./capabilities/embeddings/fine-tune.page.tsx'), 'FineTunePage'),
  }),
  createRoute({
    ...ofCollection,
    path: 'definition',
    staticData: { page: { title: collectionText.tabs.definition, scope: 'read' } },
    component: lazyPage(() => import('./capabilities/collections/definition.page.tsx'), 'DefinitionPage'),
  }),
] as const

// A tuple of its own: written straight into addChildren, the routes would lose the types of their paths and search parameters.
const pages = [
  createRoute({
    ...under,
    path: '/models',
    staticData: { page: { title: modelsText.title, scope: 'read', group: 'build', icon: Boxes, key: 'm' } },
    validateSearch: modelsSearch,
    component: lazyPage(() => import('./capabilities/models/models.page.tsx'), 'ModelsPage'),
  }),
  model.addChildren(tabs),
  createRoute({
    ...under,
    path: '/import',
    staticData: { page: { title: importText.title, scope: 'write', parent: '/models' } },
    component: lazyPage(() => import('./capabilities/models/import.page.tsx'), 'ImportPage'),
  }),
  createRoute({
    ...under,
    path: '/train',
    staticData: { page: { title: fileText.title, scope: 'train', group: 'build', icon: FileUp, key: 'f' } },
    validateSearch: trainSearch,
    component: lazyPage(() => import('./capabilities/training/train.page.tsx'), 'TrainPage'),
  }),
  createRoute({
    ...under,
    path: '/collections',
    staticData: { page: { title: collectionsText.title, scope: 'read', group: 'build', icon: Library, key: 'c' } },
    validateSearch: collectionsSearch,
    component: lazyPage(() => import('./capabilities/collections/collections.page.tsx'), 'CollectionsPage'),
  }),
  collection.addChildren(collectionTabs),
  createRoute({
    ...under,
    path: '/language',
    staticData: { page: { title: languageText.title, scope: 'predict', group: 'build', icon: TextSearch, key: 'l' } },
    component: lazyPage(() => import('./capabilities/language/language.page.tsx'), 'LanguagePage'),
  }),
  createRoute({
    ...under,
    path: '/',
    staticData: { page: { title: overviewText.title, scope: 'read', group: 'watch', icon: House, key: 'o' } },
    validateSearch: overviewSearch,
    component: lazyPage(() => import('./capabilities/overview/overview.page.tsx'), 'OverviewPage'),
  }),
  createRoute({
    ...under,
    path: '/predictions',
    staticData: { page: { title: predictionsText.title, scope: 'read', group: 'watch', icon: ListChecks, key: 'p' } },
    validateSearch: predictionsSearch,
    component: lazyPage(() => import('./capabilities/predictions/predictions.page.tsx'), 'PredictionsPage'),
  }),
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
    path: '/runtimes',
    staticData: { page: { title: runtimesText.title, scope: 'read', group: 'watch', icon: Cpu, key: 'r' } },
    component: lazyPage(() => import('./capabilities/runtimes/runtimes.page.tsx'), 'RuntimesPage'),
  }),
  createRoute({
    ...under,
    path: '/keys',
    staticData: { page: { title: keysText.title, scope: 'admin', group: 'admin', icon: KeyRound, key: 'k' } },
    component: lazyPage(() => import('./capabilities/keys/keys.page.tsx'), 'KeysPage'),
  }),
  createRoute({
    ...under,
    path: '/settings',
    staticData: { page: { title: settingsText.nav, scope: 'admin', group: 'admin', icon: Settings, key: 's' } },
    validateSearch: settingsSearch,
    component: lazyPage(() => import('./capabilities/settings/settings.page.tsx'), 'SettingsPage'),
  }),
] as const

export const router = createRouter({
  routeTree: root.addChildren(pages),
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

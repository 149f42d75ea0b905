// The words of the shell and of the parts every page is made of. Each capability keeps its own file beside this one.

export const shellText = {
  product: 'Tandem',
  skip: 'Skip to content',
  mainNavigation: 'Main',
  breadcrumb: 'Breadcrumb',
  openMenu: 'Open navigation',
  search: 'Search or jump to',
  switchTheme: (to: 'light' | 'dark') => `Switch to ${to} theme`,
  account: 'Account',
  keyboard: 'Keyboard shortcuts',
  apiReference: 'API reference',
  signOut: 'Sign out',
  signOutEverywhere: 'Sign out everywhere',
  signedOutEverywhere: (count: number) => `Signed out of ${count} ${count === 1 ? 'session' : 'sessions'} of this key.`,
  withoutKey: 'This machine, without a key',
  zone: 'UTC',
  zoneHint: 'Every time on this page is in UTC, the zone in which the server cuts days.',
  groups: { watch: 'Watch', build: 'Build', admin: 'Admin' },
  connection: {
    off: 'Not live',
    connecting: 'Connecting',
    live: 'Live',
    polling: 'Refreshing every 15 s',
    gone: 'No connection',
  },
  gone: (since: string, age: string) => `The server has not answered since ${since}. What you see is ${age} old.`,
  goneHint: 'Nothing you typed is lost. It is tried again by itself.',
  tryNow: 'Try now',
  noSocketsHint: 'Something between this browser and the server holds back WebSockets. The page refreshes every 15 seconds instead.',
  backAgain: 'The server is back. Everything shown is up to date.',
} as const

export const stateText = {
  retry: 'Retry',
  copyDetails: 'Copy details',
  copied: 'Copied',
  copy: 'Copy',
  close: 'Close',
  cancel: 'Cancel',
  undo: 'Undo',
  loading: 'Loading',
  more: 'More actions',
  scrollable: (what: string) => `${what}, scrolls`,
  required: 'required',
  optional: 'optional',
  requestId: 'Request',
  needsScope: (scope: string) => `This needs the scope ${scope}`,
  needsScopeHint: (name: string | null, scopes: string) =>
    `${name === null ? 'This session' : `The key "${name}"`} has ${scopes}. Sign in with another key, or ask an administrator for one.`,
  failed: 'This could not be loaded',
  unreachable: 'The server does not answer',
  notFound: 'There is nothing here',
  crashed: 'This page broke',
  crashedHint: 'The rest of the dashboard still works. Reload this page; if it breaks again, copy the details into an issue.',
  newVersion: 'There is a new version of the dashboard',
  newVersionHint: 'The server was updated while this page was open. Reload to go on with the new one; the address stays the same.',
  reload: 'Reload',
  back: 'Back to the overview',
  unknownPage: 'No page has this address',
  unknownPageHint: (path: string) => `${path} was mistyped, or belongs to something that was deleted.`,
} as const

/** What to do about an error whose message does not say it already. */
export const remedies: Readonly<Record<string, string>> = {
  network: 'Check that the server runs (npm start), then retry.',
  timeout: 'The server is busy or far away. Retry in a moment.',
  rate_limited: 'Wait a moment, then retry.',
  overloaded: 'The server sheds load. Wait a few seconds, then retry.',
  unavailable: 'Look at Settings and health to see which part does not answer.',
  internal: 'Look at the log of the server for the request named here.',
  storage_full: 'Free room on the disk of the server.',
}

export const signInText = {
  title: 'Sign in',
  intro: 'Paste an API key of this server. It is exchanged for a session of this browser and not kept in the page.',
  key: 'API key',
  placeholder: 'tdm_\u2026',
  submit: 'Sign in',
  show: 'Show key',
  hide: 'Hide key',
  help: 'No key yet?',
  ended: 'Your session has ended.',
  endedHint: 'It expired, was signed out elsewhere, or its key was revoked. Sign in again to go on where you were.',
} as const

export const tableText = {
  empty: 'No rows',
  loadingMore: 'Loading more',
  moreFailed: 'The next rows could not be loaded.',
  end: (count: string) => `All ${count} shown`,
  nextRow: 'Next row',
  previousRow: 'Previous row',
  openNext: 'Open the next row, with one open',
  openPrevious: 'Open the previous row, with one open',
} as const

export const keyText = {
  title: 'Keyboard shortcuts',
  goTo: 'Go to',
  anywhere: 'Anywhere',
  inTables: 'In tables',
  page: 'On this page',
  palette: 'Search or jump to',
  map: 'This map',
  filter: 'Go to the filter',
  theme: 'Switch theme',
  refetch: 'Load everything again',
  actions: 'Actions of the page',
  singleKeys: 'Single keys',
  singleKeysHint: 'Off, if you dictate or often touch keys by accident. Ctrl K stays.',
} as const

export const paletteText = {
  title: 'Search or jump to',
  placeholder: 'A page, a model, an action',
  pages: 'Pages',
  models: 'Models',
  actions: 'Actions',
  nothing: (query: string) => `Nothing is called "${query}"`,
} as const

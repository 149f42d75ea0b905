// Headless Chromium on the real dashboard: pages that report every console error, and axe on what they show.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable', '/usr/bin/google-chrome']
const ARTIFACTS = fileURLToPath(new URL('../artifacts/', import.meta.url))
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const ACTION_TIMEOUT_MS = 60_000
const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

export const NO_BROWSER = 'no Chromium on this machine: apt-get install chromium, or set CHROMIUM to its path'

/** Path of an installed Chromium; undefined when there is none. */
export function findChromium(): string | undefined {
  return [process.env.CHROMIUM, ...CANDIDATES].find((path) => path !== undefined && existsSync(path))
}

export function launchBrowser(): Promise<Browser> {
  // Root, as in a container, cannot use the sandbox; a small /dev/shm must not crash a tab.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb']
  return chromium.launch({ executablePath: findChromium(), args })
}

export type Theme = 'light' | 'dark'

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** Console errors, uncaught exceptions and refused requests so far. */
  readonly problems: string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** A fresh browser profile at one width and theme. `expected` names problems that a test provokes. */
export async function visit(
  browser: Browser,
  { width = 1280, height = 900, theme = 'light', expected = [] }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce', locale: 'en-GB' })
  // Shorter than a test may take, so that a failure names what was waited for.
  context.setDefaultTimeout(ACTION_TIMEOUT_MS)
  const page = await context.newPage()
  const problems: string[] = []
  const note = (problem: string): void => {
    if (!expected.some((pattern) => pattern.test(problem))) problems.push(problem)
  }
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') note(`${message.type()}: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => note(`uncaught: ${error.stack ?? error.message}`))
  return { page, context, problems, [Symbol.asyncDispose]: () => context.close() }
}

export interface VisitOptions {
  readonly width?: number
  readonly height?: number
  readonly theme?: Theme
  readonly expected?: readonly RegExp[]
}

/** What axe finds wrong with the page as it is, as sentences; none for a good page. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Evaluated through the debugger, so the page's content security policy stays as it is.
  await page.evaluate(AXE)
  const found = (await page.evaluate(`window.axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(WCAG_22_AA)} } })`)) as {
    readonly violations: readonly AxeViolation[]
  }
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary}`),
  )
}

interface AxeViolation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
}

/** How far the page can be scrolled sideways, in pixels; 0 for a page that fits. */
export function sidewaysOverflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

/** Kept under test/artifacts/, which git does not track. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true })
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`), fullPage: true })
}

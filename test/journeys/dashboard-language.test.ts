// The page of language in a real browser on the real server: a text is read, and its answers are seen.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { languageText } from '../../dashboard/src/text/language.ts'
import { axeViolations, findChromium, launchBrowser, NO_BROWSER, screenshot, sidewaysOverflow, visit } from '../testing/browser.ts'
import { ADMIN_KEY, startTandem, type TandemProcess, temporaryFolder } from '../testing/tandem-process.ts'

const SLOW = 240_000

if (findChromium() === undefined) {
  test('language in a browser', (context) => context.skip(NO_BROWSER))
} else {
  let browser: Browser
  let server: TandemProcess
  const folder = temporaryFolder('language')

  beforeAll(async () => {
    browser = await launchBrowser()
    server = await startTandem({ dataDir: folder.path })
  }, SLOW)
  afterAll(async () => {
    await browser?.close()
    await server?.kill('SIGTERM')
    folder.remove()
  })

  describe('the page of language', () => {
    test.each([
      [1280, 'light'],
      [390, 'dark'],
    ] as const)(
      'reads a text at %i px in the %s theme, and says who answered',
      async (width, theme) => {
        await using visited = await visit(browser, { width, theme })
        const { page, context, problems } = visited
        await context.request.post(`${server.url}/v1/session`, { data: { key: ADMIN_KEY }, headers: { origin: server.url } })
        await page.goto(`${server.url}/language`)
        await page.getByText(languageText.nothing).waitFor()
        await page.getByRole('button', { name: languageText.read }).click()
        await page.getByText(languageText.sides.negative!).first().waitFor()
        await page.locator('mark', { hasText: 'Anna Schmidt' }).waitFor()
        await page.getByText('bicycle shop', { exact: true }).waitFor()
        await page.getByText(languageText.extracted(2, 6)).waitFor()
        await page.getByText('vader-rules · Node').waitFor()
        await page.getByText('Shop', { exact: true }).waitFor()
        expect(await sidewaysOverflow(page)).toBe(0)
        expect(await axeViolations(page)).toEqual([])
        await screenshot(page, `language-${width}-${theme}`)

        await page.getByLabel(languageText.text, { exact: true }).fill('Das ist nicht gut, und die Lieferung ist zu spät.')
        await page.getByRole('button', { name: languageText.read }).click()
        await page.getByText(languageText.notEnglish).first().waitFor()
        expect(problems).toEqual([])
      },
      SLOW,
    )

    test(
      'shows what is wrong with the labels inside their card',
      async () => {
        await using visited = await visit(browser, { expected: [/400/] })
        const { page, context } = visited
        await context.request.post(`${server.url}/v1/session`, { data: { key: ADMIN_KEY }, headers: { origin: server.url } })
        await page.goto(`${server.url}/language`)
        await page.getByLabel(languageText.labels).fill('same\nSame')
        await page.getByRole('button', { name: languageText.read }).click()
        await page.getByText(/both called "Same"/).waitFor()
        await page.getByText('vader-rules · Node').waitFor()
        await page.getByLabel(languageText.labels).fill('one')
        await page.getByRole('button', { name: languageText.read }).click()
        await page.getByText(languageText.fewLabels).waitFor()
      },
      SLOW,
    )
  })
}

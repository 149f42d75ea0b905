// Fine-tuning on the dashboard in a real browser on the real server: 480 questions of Banking77, learned from by their intents.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { fineTuneText as words } from '../../dashboard/src/text/fine-tuning.ts'
import part from '../../src/capabilities/embeddings/fixtures/banking77-part.json' with { type: 'json' }
import {
  axeViolations,
  findChromium,
  launchBrowser,
  NO_BROWSER,
  screenshot,
  sidewaysOverflow,
  type VisitOptions,
  visit,
} from '../testing/browser.ts'
import { ADMIN_KEY, startTandem, type TandemProcess, temporaryFolder } from '../testing/tandem-process.ts'

const SLOW = 240_000

if (findChromium() === undefined) {
  test('fine-tuning in a browser', (context) => context.skip(NO_BROWSER))
} else {
  let browser: Browser
  let server: TandemProcess
  const folder = temporaryFolder('fine-tune')

  beforeAll(async () => {
    browser = await launchBrowser()
    server = await startTandem({ dataDir: folder.path })
    const schema = {
      type: 'object',
      properties: { id: { type: 'string' }, text: { type: 'string', maxLength: 2000 }, intent: { type: 'string' } },
    }
    await server.good('/v1/collections/questions', { method: 'PUT', json: { schema, text: '{{text}}', embedder: 'static-en-256' } })
    const documents = part.texts.map(([text, intent], at) => ({ id: `t${at}`, text, intent }))
    await server.good('/v1/collections/questions/documents', { method: 'POST', json: { documents } })
  }, SLOW)
  afterAll(async () => {
    await browser?.close()
    await server?.kill('SIGTERM')
    folder.remove()
  })

  const open = async (options: VisitOptions = {}): Promise<{ readonly page: Page; readonly problems: readonly string[] }> => {
    const { context, page, problems } = await visit(browser, options)
    onTestFinished(() => context.close())
    const answer = await context.request.post(`${server.url}/v1/session`, { data: { key: ADMIN_KEY }, headers: { origin: server.url } })
    expect(answer.status()).toBe(200)
    await page.goto(`${server.url}/collections/questions/fine-tune`)
    await page.waitForLoadState('networkidle')
    return { page, problems }
  }

  test(
    'a collection is taught by a field, shows what that brought, and goes back to its base',
    async () => {
      const { page, problems } = await open()
      await page.getByText(words.noneHint).waitFor()
      expect(await page.getByLabel(words.from).inputValue()).toBe('intent')
      await page.getByRole('button', { name: words.start, exact: true }).click()
      await page.getByText(words.inService, { exact: true }).waitFor({ timeout: 120_000 })
      await page.getByText(words.moved).waitFor()
      await page.getByText(words.metrics.mrr, { exact: true }).waitFor()
      expect(await axeViolations(page)).toEqual([])
      await screenshot(page, 'fine-tune')
      await page.getByRole('button', { name: words.rollback }).click()
      await page.getByText(words.base('static-en-256')).waitFor()
      await page.getByRole('button', { name: words.activate }).click()
      await page.getByText(words.inService, { exact: true }).waitFor()
      expect(problems).toEqual([])
    },
    SLOW,
  )

  test.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'dark'],
  ] as const)(
    'fits %i px, %s',
    async (width, theme) => {
      const { page, problems } = await open({ width, theme })
      await page.getByText(words.moved).waitFor()
      expect(await sidewaysOverflow(page)).toBeLessThanOrEqual(0)
      expect(await axeViolations(page)).toEqual([])
      expect(problems).toEqual([])
    },
    SLOW,
  )
}

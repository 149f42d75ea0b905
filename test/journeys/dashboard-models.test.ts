// A model in a real browser on the real server: judging it, trying it, training it again, changing it, and its code as pasted.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { chartText } from '../../dashboard/src/text/charts.ts'
import { importText } from '../../dashboard/src/text/import.ts'
import { codeText, evaluationText, modelText, settingsText, trainText, tryText, versionsText } from '../../dashboard/src/text/models.ts'
import { newRowsText } from '../../dashboard/src/text/new-rows.ts'
import { optionWords, preparationText } from '../../dashboard/src/text/preparation.ts'
import { stateText } from '../../dashboard/src/text/shell.ts'
import { cardText, coverageText, dependenceText, promiseText, whatIfText } from '../../dashboard/src/text/trust.ts'
import { axeViolations, findChromium, launchBrowser, NO_BROWSER, type Visit, visit } from '../testing/browser.ts'
import { trainShop } from '../testing/shop.ts'
import { ADMIN_KEY, startTandem, type TandemProcess, temporaryFolder } from '../testing/tandem-process.ts'

const SLOW = 240_000
const FEATURES = ['age', 'spend', 'visits', 'town']

/** Trees of LightGBM, with rows for them: src/algorithms/format/fixtures/make-interchange.py. */
const { cases } = JSON.parse(readFileSync(new URL('../../src/algorithms/format/fixtures/interchange.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly { readonly name: string; readonly format: string; readonly file: string; readonly x: (number | null)[][] }[]
}
const LIGHTGBM = cases.find(({ format, name }) => format === 'lightgbm' && name === 'binary')!

if (findChromium() === undefined) {
  test('the models of the dashboard in a browser', (context) => context.skip(NO_BROWSER))
} else {
  let browser: Browser
  let server: TandemProcess
  const folder = temporaryFolder('dashboard-models')

  beforeAll(async () => {
    browser = await launchBrowser()
    server = await startTandem({ dataDir: folder.path })
    await trainShop(server, 2)
  }, SLOW)
  afterAll(async () => {
    await browser?.close()
    await server?.kill('SIGTERM')
    folder.remove()
  })

  const at = async (path: string): Promise<Visit> => {
    const visited = await visit(browser)
    onTestFinished(() => visited.context.close())
    await visited.context.request.post(`${server.url}/v1/session`, { data: { key: ADMIN_KEY }, headers: { origin: server.url } })
    await visited.page.goto(`${server.url}${path}`)
    await visited.page.waitForLoadState('networkidle')
    return visited
  }
  const card = (page: Page, title: string): Locator => page.getByRole('region', { name: title, exact: true })
  const logged = async (): Promise<number> => (await server.good('/v1/predictions/count?model=shop')).count

  describe('an evaluation', () => {
    test('moves confusion matrix, ring and address with one threshold', async () => {
      const { page, problems } = await at('/models/shop/evaluation')
      const matrix = card(page, evaluationText.confusion).getByRole('table')
      const before = await matrix.innerText()
      const ring = card(page, evaluationText.roc).getByRole('slider', { name: chartText.dragThreshold })
      await ring.focus()
      for (let press = 0; press < 4; press++) await page.keyboard.press('PageUp')
      await page.waitForURL(/threshold=0\.9/)
      expect(await ring.getAttribute('aria-valuenow')).toBe('0.9')
      expect(await card(page, evaluationText.pr).getByRole('slider').getAttribute('aria-valuenow')).toBe('0.9')
      expect(await matrix.innerText()).not.toBe(before)
      await page.getByRole('button', { name: evaluationText.reset }).click()
      await expect.poll(() => matrix.innerText()).toBe(before)
      expect(problems).toEqual([])
    })

    test('can be dragged, read by arrow keys, and taken as a table', async () => {
      const { page, problems } = await at('/models/shop/evaluation')
      const roc = card(page, evaluationText.roc)
      const box = (await roc.locator('svg').last().boundingBox())!
      await page.mouse.move(box.x + 60, box.y + box.height - 50)
      await page.mouse.down()
      await page.mouse.move(box.x + 50, box.y + box.height - 40, { steps: 4 })
      await page.mouse.up()
      await page.waitForURL(/threshold=/)
      const scores = card(page, evaluationText.scores)
      await scores.getByRole('img').focus()
      await page.keyboard.press('Home')
      await expect.poll(() => scores.getByRole('status').innerText()).toMatch(/no \d+, yes \d+/)
      await scores.getByRole('button', { name: chartText.asTable(evaluationText.scores) }).click()
      expect(await scores.getByRole('table').getByRole('row').count()).toBeGreaterThan(10)
      expect(await axeViolations(page)).toEqual([])
      expect(problems).toEqual([])
    })
  })

  test(
    'what moves the answers, what is promised and the card can be looked at, and the card taken along',
    async () => {
      const { page, problems } = await at('/models/shop/evaluation')
      const moves = card(page, dependenceText.title)
      await moves.getByLabel(dependenceText.feature, { exact: true }).selectOption('plan')
      await moves.getByRole('button', { name: chartText.asTable(dependenceText.title) }).click()
      await moves.getByRole('row', { name: /^pro/ }).waitFor()
      await card(page, coverageText.levels)
        .getByRole('button', { name: chartText.asTable(coverageText.levels) })
        .click()
      expect(await card(page, coverageText.levels).getByRole('row').count()).toBeGreaterThan(3)
      await page.getByRole('link', { name: cardText.tab, exact: true }).click()
      await card(page, cardText.limits).getByRole('listitem').first().waitFor()
      expect(await axeViolations(page)).toEqual([])
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: cardText.markdown }).click()])
      expect(download.suggestedFilename()).toMatch(/^shop-.*\.md$/)
      expect(problems).toEqual([])
    },
    SLOW,
  )

  describe('trying a prediction', () => {
    test('gives its reasons and logs nothing; logged, it takes its outcome', async () => {
      const { page, problems } = await at('/models/shop/try')
      const before = await logged()
      await page.getByLabel('visits', { exact: true }).fill('0,95')
      await page.getByRole('button', { name: tryText.predict, exact: true }).click()
      const answer = card(page, tryText.answer)
      await answer.getByText(/visits = 0.95/).waitFor()
      await page.waitForURL(/row=/)
      expect(await logged()).toBe(before)
      await page.getByLabel(tryText.log).check()
      await page.getByRole('button', { name: tryText.predict, exact: true }).click()
      await answer.getByLabel(tryText.outcome).selectOption('yes')
      await answer.getByRole('button', { name: tryText.record }).click()
      await answer.getByText(tryText.recorded).waitFor()
      await server.until(logged, (count) => count === before + 1, 'the logged prediction')
      // The address opens the same row again, without logging it.
      await page.reload()
      await answer.getByText(/visits = 0.95/).waitFor()
      expect(await logged()).toBe(before + 1)
      expect(problems).toEqual([])
    })

    test('states what holds the truth so often, says what would change the answer, and tries it', async () => {
      const { page, problems } = await at('/models/shop/try')
      await page.getByLabel(promiseText.label).selectOption('0.95')
      await page.getByRole('button', { name: tryText.predict, exact: true }).click()
      const answer = card(page, tryText.answer)
      await answer.getByText(promiseText.set('95 %')).waitFor()
      const before = await answer.innerText()
      const changes = card(page, whatIfText.title)
      await changes.getByLabel('spend', { exact: true }).check()
      await changes.getByRole('button', { name: whatIfText.find }).click()
      await changes.getByRole('listitem').first().waitFor()
      expect(await axeViolations(page)).toEqual([])
      await changes.getByRole('button', { name: whatIfText.try }).first().click()
      await expect.poll(() => answer.innerText()).not.toBe(before)
      expect(problems).toEqual([])
    })

    test('marks the field that is wrong, and refuses what is no row', async () => {
      const { page, problems } = await at('/models/shop/try')
      await page.getByLabel('visits', { exact: true }).fill('many')
      await page.getByRole('button', { name: tryText.predict, exact: true }).click()
      await page.getByText('"many" is not a number.').waitFor()
      await page.getByRole('button', { name: tryText.paste }).click()
      await page.getByRole('textbox', { name: tryText.pasteLabel }).fill('[1, 2]')
      await page.getByRole('button', { name: tryText.fill }).click()
      await page.getByText(tryText.pasteWrong).waitFor()
      await page.getByRole('textbox', { name: tryText.pasteLabel }).fill('{"visits": 0.25, "plan": "pro", "returning": true}')
      await page.getByRole('button', { name: tryText.fill }).click()
      expect(await page.getByLabel('visits', { exact: true }).inputValue()).toBe('0.25')
      expect(problems).toEqual([])
    })
  })

  test(
    'training again shows its progress, names the version and leads to its evaluation',
    async () => {
      const { page, problems } = await at('/models/shop')
      await page.getByRole('button', { name: modelText.train }).click()
      await page.getByLabel(trainText.activatePolicies.never).check()
      await page.getByRole('button', { name: trainText.start, exact: true }).click()
      await page.getByText(/^Version .* is trained$/).waitFor({ timeout: 60_000 })
      await page.getByRole('link', { name: trainText.see }).click()
      await card(page, evaluationText.log).waitFor()
      expect(page.url()).toContain('version=')
      expect(problems).toEqual([])
    },
    SLOW,
  )

  test('versions stand side by side with a verdict each', async () => {
    const { page, problems } = await at('/models/shop/versions')
    const side = card(page, versionsText.side)
    await side.getByRole('table').waitFor()
    expect(await side.innerText()).toMatch(/not decided|better|worse|cannot be compared/i)
    expect(problems).toEqual([])
  })

  test('a changed definition is stored, and taken back with one press', async () => {
    const { page, problems } = await at('/models/shop/settings')
    const seed = async (): Promise<number> => (await server.good('/v1/models/shop')).definition.seed
    const before = await seed()
    await page.getByLabel(settingsText.seed, { exact: true }).fill('12345')
    await page.getByRole('button', { name: settingsText.save }).click()
    await page.getByText(settingsText.saved).first().waitFor()
    expect(await seed()).toBe(12345)
    await page.getByRole('button', { name: stateText.undo }).click()
    await server.until(seed, (value) => value === before, 'the undo')
    expect(problems).toEqual([])
  })

  test('what a column becomes is said in its form, by keyboard, and refused at its field', async () => {
    const { page, problems } = await at('/models/shop/settings')
    const preparation = async () => (await server.good('/v1/models/shop')).definition.preparation
    const column = page.getByRole('button', { name: /^plan / })
    await column.focus()
    await page.keyboard.press('Enter')
    const form = page.getByRole('group', { name: 'plan', exact: true })
    await form.getByLabel(preparationText.treatment).selectOption('target')
    const smooth = form.getByLabel(optionWords.smooth!.label)
    await smooth.fill('much')
    await page.getByRole('button', { name: settingsText.save }).click()
    await form.getByText(preparationText.notNumber('much')).waitFor()
    expect(await form.locator('input:focus').inputValue()).toBe('much')
    expect(await axeViolations(page)).toEqual([])
    await smooth.fill('20')
    expect(await column.innerText()).toContain('smoothing: 20')
    await page.getByRole('button', { name: settingsText.save }).click()
    await page.getByText(settingsText.saved).first().waitFor()
    expect(await preparation()).toEqual({ plan: { kind: 'target', smooth: 20 } })
    await page.getByRole('button', { name: stateText.undo }).click()
    await server.until(preparation, (value) => value === undefined, 'the undo')
    expect(problems).toEqual([])
  })

  test(
    'a model of LightGBM is taken over, its features and classes named, and judged on a CSV file',
    async () => {
      const { page, problems } = await at('/import')
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'Old model.txt', mimeType: 'text/plain', buffer: Buffer.from(LIGHTGBM.file) })
      await card(page, importText.found).getByText(importText.formats.lightgbm).waitFor()
      await page.getByRole('button', { name: importText.start, exact: true }).click()
      await page.getByText(importText.targetNeeded).waitFor()
      expect(await axeViolations(page)).toEqual([])
      await page.getByLabel(importText.target, { exact: true }).fill('bought')
      for (const [code, label] of ['no', 'yes'].entries()) await page.getByLabel(importText.classOf(code), { exact: true }).fill(label)
      for (const [index, name] of FEATURES.entries())
        await page.getByLabel(importText.featureOf(index + 1, null), { exact: true }).fill(name)
      await page.getByRole('button', { name: importText.start, exact: true }).click()
      await page.waitForURL(/\/models\/old-model\/evaluation/)
      await page.getByText(evaluationText.none).waitFor()
      await page.getByRole('button', { name: newRowsText.evaluate }).click()
      const rows = LIGHTGBM.x.map((values, row) => [...values.map((value) => value ?? ''), row % 3 === 0 ? 'yes' : 'no'].join(';'))
      const csv = [[...FEATURES, 'bought'].join(';'), ...rows].join('\n')
      const dialog = page.getByRole('dialog')
      await dialog.locator('input[type=file]').setInputFiles({ name: 'june.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
      await card(page, evaluationText.confusion).getByRole('table').waitFor()
      expect(page.url()).toContain('on=')
      await page.getByText(newRowsText.facts('june.csv', rows.length)).waitFor()
      expect(await axeViolations(page)).toEqual([])
      await page.goto(`${server.url}/models/old-model/card`)
      await card(page, newRowsText.cardTitle).getByText('june.csv').waitFor()
      // Before it was judged, it had no evaluation.
      expect(problems.filter((problem) => !/404/.test(problem))).toEqual([])
    },
    SLOW,
  )

  test(
    'the snippets of curl work as pasted',
    async () => {
      const { page } = await at('/models/shop/code')
      const run = async (title: string): Promise<string> => {
        const code = await card(page, title).locator('figure').filter({ hasText: 'curl' }).locator('code').innerText()
        const { stdout } = await promisify(execFile)('sh', ['-c', code], { env: { PATH: process.env.PATH, TANDEM_KEY: ADMIN_KEY } })
        return stdout
      }
      expect(JSON.parse(await run(codeText.predict))).toMatchObject({ model: 'shop', source: 'model' })
      expect(JSON.parse(await run(codeText.predictMany)).predictions).toHaveLength(2)
      expect(JSON.parse(await run(codeText.outcome))).toMatchObject({ accepted: 1 })
      expect(JSON.parse(await run(codeText.retrain))).toMatchObject({ job: { status: 'succeeded' } })
    },
    SLOW,
  )
}

// From a file to a model in a real browser: dropped, corrected, trained while one watches, judged; and what can go wrong on the way.
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { columnText, fileText, resultText, runText } from '../../dashboard/src/text/training.ts'
import {
  axeViolations,
  findChromium,
  launchBrowser,
  NO_BROWSER,
  screenshot,
  sidewaysOverflow,
  type Theme,
  type Visit,
  type VisitOptions,
  visit,
} from '../testing/browser.ts'
import { ADMIN_KEY, startTandem, type TandemProcess, temporaryFolder } from '../testing/tandem-process.ts'

const SLOW = 240_000
const WEATHER = fileURLToPath(new URL('../../node_modules/vega-datasets/data/seattle-weather.csv', import.meta.url))

if (findChromium() === undefined) {
  test('training from a file in a browser', (context) => context.skip(NO_BROWSER))
} else {
  let browser: Browser
  let server: TandemProcess
  /** Address of the finished training, for the tests of its steps. */
  let trained = ''
  const folder = temporaryFolder('train-from-file')

  beforeAll(async () => {
    browser = await launchBrowser()
    server = await startTandem({ dataDir: folder.path })
  }, SLOW)
  afterAll(async () => {
    await browser?.close()
    await server?.kill('SIGTERM')
    folder.remove()
  })

  const signedIn = async (options: VisitOptions = {}): Promise<Visit> => {
    const visited = await visit(browser, options)
    onTestFinished(() => visited.context.close())
    await visited.context.request.post(`${server.url}/v1/session`, { data: { key: ADMIN_KEY }, headers: { origin: server.url } })
    await visited.page.goto(`${server.url}/train`)
    await visited.page.getByText(fileText.drop).waitFor()
    return visited
  }
  const choose = (page: Page, file: string | { name: string; buffer: Buffer }): Promise<void> =>
    page.setInputFiles('input[type=file]', typeof file === 'string' ? file : { ...file, mimeType: 'text/csv' })
  const kept = async (): Promise<string[]> => (await server.good('/v1/tables')).items.map(({ name }: { name: string }) => name)

  test(
    'a file becomes a model that is judged against guessing, and a reload goes on at every step',
    async () => {
      const { page, problems } = await signedIn()
      await choose(page, WEATHER)
      await page.getByText(columnText.pick).waitFor()
      await page.reload()
      await page.getByRole('radio', { name: columnText.target('weather'), exact: true }).check()
      await page.getByRole('checkbox', { name: columnText.use('wind') }).uncheck()
      await page.getByText(columnText.predicts('weather', columnText.classes(5), 4)).waitFor()
      await page.reload()
      expect(await page.getByRole('checkbox', { name: columnText.use('wind') }).isChecked()).toBe(false)
      await page.getByRole('checkbox', { name: columnText.use('wind') }).check()
      await page.getByRole('link', { name: columnText.continue }).click()
      await page.getByLabel(runText.model).fill('weather')
      await page.getByRole('button', { name: runText.train, exact: true }).click()
      await page.getByText('Progress', { exact: true }).waitFor()
      await page.getByText(/^Trying \d of \d/).waitFor()
      await page.reload()
      await page.getByText(runText.candidates, { exact: true }).waitFor()
      await page.getByText(resultText.good).waitFor({ timeout: 120_000 })
      await page.getByText(/Always saying "(rain|sun)" would be right on/).waitFor()
      trained = page.url()
      expect(problems).toEqual([])
      const { activeVersion, definition } = await server.good('/v1/models/weather')
      expect(definition).toMatchObject({ algorithm: 'auto', target: 'weather' })
      const { candidates } = await server.good(`/v1/models/weather/versions/${activeVersion}`)
      expect(candidates.length).toBeGreaterThan(1)
      const features = { date: '2015-07-01', precipitation: 0, temp_max: 25, temp_min: 14, wind: 2 }
      expect((await server.good('/v1/models/weather/predict', { json: { features } })).value).toMatch(/sun|fog|drizzle/)
    },
    SLOW,
  )

  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)(
    'every step at %i px in the %s theme breaks no rule of WCAG 2.2 AA, fits, and leaves the console clean',
    async (width: number, theme: Theme) => {
      const { page, problems } = await signedIn({ width, theme })
      const { search } = new URL(trained)
      const query = new URLSearchParams(search)
      const { table = '', job = '' } = Object.fromEntries(query)
      const steps = {
        file: '/train',
        columns: `/train?table=${table}`,
        target: `/train?table=${table}&target=weather`,
        run: `/train?table=${table}&target=weather&step=run`,
        result: `/train?table=${table}&target=weather&step=run&job=${job}`,
      }
      const broken: string[] = []
      for (const [step, path] of Object.entries(steps)) {
        await page.goto(`${server.url}${path}`)
        await page.waitForLoadState('networkidle')
        for (const violation of await axeViolations(page)) broken.push(`${step}: ${violation}`)
        const overflow = await sidewaysOverflow(page)
        if (overflow > 0) broken.push(`${step}: ${overflow} px do not fit`)
        for (const problem of problems.splice(0)) broken.push(`${step}: ${problem}`)
        await screenshot(page, `train-${step}-${width}-${theme}`)
      }
      expect(broken).toEqual([])
    },
    SLOW,
  )

  test('a wrong delimiter shows at once and is corrected without a second upload', async () => {
    const { page, problems } = await signedIn()
    const rows = Array.from({ length: 40 }, (_, index) => `${index % 7};${index % 3};Grün\r\n`).join('')
    await choose(page, { name: 'odd.csv', buffer: Buffer.from(`size;size;\r\n${rows}1;2\r\n`, 'latin1') })
    await page.getByText(/1 row has more or fewer cells than the 3 columns of the header: line 42 \(2\)/).waitFor()
    await page.getByText(/they are read as windows-1252/).waitFor()
    await page.getByText(/it is called "size_2" here/).waitFor()
    await page.getByLabel(fileText.delimiter).selectOption(',')
    await page.getByText(/The table has one column/).waitFor()
    await page.getByLabel(fileText.delimiter).selectOption(';')
    await page.getByRole('checkbox', { name: columnText.use('size_2') }).waitFor()
    expect((await kept()).filter((name) => name === 'odd.csv')).toHaveLength(1)
    expect(problems).toEqual([])
  })

  test('what is no table is refused by name, and a canceled upload leaves nothing', async () => {
    const { page } = await signedIn({ expected: [/400/] })
    await choose(page, { name: 'book.xlsx', buffer: Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), Buffer.alloc(4_000_000, 7)]) })
    await page.getByText(/Excel workbook/).waitFor()
    // Slow enough to be canceled.
    const slow = await page.context().newCDPSession(page)
    const network = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300_000 }
    await slow.send('Network.emulateNetworkConditions', network)
    await choose(page, { name: 'long.csv', buffer: Buffer.from(`a,b\n${'1,2\n'.repeat(2_000_000)}`) })
    await page.getByRole('button', { name: fileText.cancel }).click()
    await page.getByText(fileText.canceled).waitFor()
    await page.getByText(fileText.drop).waitFor()
    expect(await kept()).not.toContain('long.csv')
  })

  test('a model that exists gets a new version from a file', async () => {
    const { page, problems } = await signedIn()
    await choose(page, WEATHER)
    await page.getByRole('radio', { name: columnText.target('weather'), exact: true }).check()
    await page.getByRole('link', { name: columnText.continue }).click()
    await page.getByLabel(runText.model).fill('weather')
    await page.getByText(runText.modelExists('weather')).waitFor()
    await page.getByRole('radio', { name: runText.algorithms['random-forest'] }).check()
    await page.getByRole('button', { name: runText.train, exact: true }).click()
    await page.getByText(resultText.good).waitFor({ timeout: 120_000 })
    expect((await server.good('/v1/models/weather/versions')).items).toHaveLength(2)
    expect(problems).toEqual([])
  })
}

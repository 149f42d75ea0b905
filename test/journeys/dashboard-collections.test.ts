// Collections on the dashboard in a real browser on the real server: 3,201 films of vega-datasets from a file to a search by meaning.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  collectionsText,
  collectionText,
  documentsText,
  embeddingsText,
  fillText,
  filterText,
  newCollectionText,
  playgroundText,
  savedText,
  syncText,
} from '../../dashboard/src/text/collections.ts'
import {
  axeViolations,
  findChromium,
  launchBrowser,
  NO_BROWSER,
  screenshot,
  sidewaysOverflow,
  type Visit,
  type VisitOptions,
  visit,
} from '../testing/browser.ts'
import { ADMIN_KEY, startTandem, type TandemProcess, temporaryFolder } from '../testing/tandem-process.ts'

const SLOW = 240_000
const MOVIES = new URL('../../node_modules/vega-datasets/data/movies.json', import.meta.url)
const FIELDS = ['Title', 'Major Genre', 'Director', 'Distributor', 'MPAA Rating', 'IMDB Rating', 'Production Budget'] as const

/** As a program would keep them: without what is not known. */
function films(): Record<string, unknown>[] {
  const rows = JSON.parse(readFileSync(MOVIES, 'utf8')) as Record<string, unknown>[]
  return rows.map((row) => Object.fromEntries(FIELDS.map((name) => [name, row[name]]).filter(([, value]) => value !== null)))
}

const asLines = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n')

if (findChromium() === undefined) {
  test('collections in a browser', (context) => context.skip(NO_BROWSER))
} else {
  let browser: Browser
  let server: TandemProcess
  const folder = temporaryFolder('collections')

  beforeAll(async () => {
    browser = await launchBrowser()
    server = await startTandem({ dataDir: folder.path, env: { TANDEM_SOURCES_DIR: folder.path } })
  }, SLOW)
  afterAll(async () => {
    await browser?.close()
    await server?.kill('SIGTERM')
    folder.remove()
  })

  const signedIn = async (options: VisitOptions = {}, key = ADMIN_KEY): Promise<Visit> => {
    const visited = await visit(browser, options)
    onTestFinished(() => visited.context.close())
    const answer = await visited.context.request.post(`${server.url}/v1/session`, { data: { key }, headers: { origin: server.url } })
    expect(answer.status()).toBe(200)
    return visited
  }
  const open = async (page: Page, path: string): Promise<void> => {
    await page.goto(`${server.url}${path}`)
    await page.waitForLoadState('networkidle')
  }

  // Each goes on where the one before stopped, as a person does.
  describe('from a file to a search', () => {
    test(
      'an empty server teaches; a pasted document makes a collection; what is wrong with the form is said',
      async () => {
        const { page, problems } = await signedIn()
        await open(page, '/collections')
        await page.getByText(collectionsText.empty).waitFor()
        await page.getByText(embeddingsText.title).waitFor()
        await page.getByRole('link', { name: collectionsText.create }).first().click()
        const dialog = page.getByRole('dialog')
        await dialog.getByRole('button', { name: newCollectionText.submit }).click()
        await dialog.getByText(newCollectionText.nameWrong).waitFor()
        await dialog.getByText(newCollectionText.sampleMissing).waitFor()
        await dialog.getByLabel(newCollectionText.name).fill('films')
        await dialog.getByLabel(newCollectionText.sample).fill('{ "Title": ')
        await dialog.getByText(/This is not JSON/).waitFor()
        await dialog.getByLabel(newCollectionText.sample).fill(asLines(films().slice(0, 40)))
        await dialog.getByLabel(newCollectionText.text).waitFor()
        expect(await dialog.getByLabel(newCollectionText.typeOf('IMDB Rating')).inputValue()).toBe('number')
        expect(await dialog.getByLabel(newCollectionText.filterOf('Major Genre')).isChecked()).toBe(true)
        expect(await dialog.getByLabel(newCollectionText.searchedOf('Title')).isChecked()).toBe(true)
        expect(await axeViolations(page)).toEqual([])
        await screenshot(page, 'collections-new')
        await dialog.getByLabel(newCollectionText.text, { exact: true }).fill('{{Title}}\n{{Major Genre}} by {{Director}}')
        await dialog.getByRole('button', { name: newCollectionText.submit }).click()
        await page.getByText(documentsText.empty).waitFor()
        expect(page.url()).toContain('/collections/films/documents')
        expect(problems).toEqual([])
      },
      SLOW,
    )

    test(
      'a file fills it: written with progress, the same again unchanged, what does not fit named by its row',
      async () => {
        const { page, problems } = await signedIn()
        await open(page, '/collections/films/documents')
        const drop = page.locator('input[type=file]')
        const file = (rows: readonly unknown[]) => ({
          name: 'films.ndjson',
          mimeType: 'application/x-ndjson',
          buffer: Buffer.from(asLines(rows)),
        })
        await drop.setInputFiles(file(films()))
        await page.getByText(fillText.counts(3201, 0, 0)).waitFor({ timeout: SLOW / 2 })
        await page.getByRole('button', { name: fillText.another }).click()
        await drop.setInputFiles(file([...films().slice(0, 10), { Title: 'A wrong one', 'IMDB Rating': 'high' }]))
        await page.getByText(fillText.counts(0, 10, 1)).waitFor()
        await page.getByText(/Row 11: .*IMDB Rating/).waitFor()
        expect((await server.good('/v1/collections/films')).documents).toBe(3201)
        expect(problems).toEqual([])
      },
      SLOW,
    )

    test(
      'CSV is read with the types of the schema',
      async () => {
        const { page } = await signedIn()
        await open(page, '/collections/films/documents')
        const csv = 'id,Title,IMDB Rating,Director\nnew-1,"A film, quoted",8.5,\nnew-2,Another,7,"Two\nlines"\n'
        await page.locator('input[type=file]').setInputFiles({ name: 'more.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
        await page.getByText(fillText.counts(2, 0, 0)).waitFor()
        expect(await server.good('/v1/collections/films/documents/new-1')).toEqual({
          id: 'new-1',
          Title: 'A film, quoted',
          'IMDB Rating': 8.5,
        })
        expect((await server.good('/v1/collections/films/documents/new-2')).Director).toBe('Two\nlines')
      },
      SLOW,
    )

    test(
      'documents are filtered by their fields; one opens beside the list and is deleted',
      async () => {
        const { page, problems } = await signedIn()
        await open(page, '/collections/films/documents')
        await page.getByLabel('Major Genre', { exact: true }).selectOption({ label: 'Western (36)' })
        await page.getByText(documentsText.filteredCount(36)).waitFor()
        expect(decodeURIComponent(page.url())).toContain('filter={"Major+Genre":"Western"}')
        await page.getByLabel(filterText.atLeast('IMDB Rating')).fill('8')
        await page.getByText(/^[1-9]\sdocuments pass the filter/).waitFor()
        await open(page, '/collections/films/documents?open=%22new-1%22')
        const sheet = page.getByRole('dialog')
        await sheet.getByRole('button', { name: documentsText.remove }).click()
        await page.getByRole('dialog').last().getByRole('button', { name: documentsText.remove }).click()
        await page.getByText(documentsText.removed('new-1')).first().waitFor()
        expect((await server.good('/v1/collections/films')).documents).toBe(3202)
        expect(problems).toEqual([])
      },
      SLOW,
    )

    test(
      'a query is answered while it is typed, by meaning, words and both side by side, with reasons and code',
      async () => {
        await untilEmbedded(server)
        const { page, problems } = await signedIn()
        await open(page, '/collections/films')
        await page.getByText(playgroundText.start).waitFor()
        await page.getByLabel(playgroundText.query, { exact: true }).pressSequentially('star wars jedi', { delay: 20 })
        for (const mode of ['semantic', 'keyword', 'hybrid'] as const) {
          const column = page.getByRole('list', { name: playgroundText.columns[mode].title, exact: true })
          await column
            .getByRole('link', { name: /Star Wars/ })
            .first()
            .waitFor()
        }
        expect(page.url()).toContain('q=star')
        const words = page.getByRole('list', { name: playgroundText.columns.keyword.title, exact: true })
        await words.getByText(playgroundText.why).first().click()
        await words.getByText(playgroundText.terms).first().waitFor()
        expect(await words.locator('mark').count()).toBeGreaterThan(0)
        await page.getByLabel('Major Genre', { exact: true }).selectOption('"Adventure"')
        await page.waitForURL(/Adventure/)
        // A link with everything in it opens the same page.
        await page.reload()
        await words
          .getByRole('link', { name: /Star Wars/ })
          .first()
          .waitFor()
        const curl = (await page.locator('pre').first().textContent())!
        expect(curl).toContain('"Major Genre":"Adventure"')
        expect(problems).toEqual([])
      },
      SLOW,
    )

    test(
      'one kind of search alone, options, and documents like one',
      async () => {
        const { page, problems } = await signedIn()
        await open(page, '/collections/films?q=love+story&show=hybrid')
        const both = page.getByRole('list', { name: playgroundText.columns.hybrid.title, exact: true })
        await both.getByRole('listitem').first().waitFor()
        await page.getByText(playgroundText.options, { exact: true }).click()
        await page.getByLabel(playgroundText.fusion).selectOption('score')
        await page.waitForURL(/fusion=score/)
        await page.getByLabel(new RegExp(playgroundText.weight)).fill('0.8')
        await page.waitForURL(/meaning=0.8/)
        await page.getByLabel(playgroundText.unfinished).uncheck()
        await page.waitForURL(/whole=true/)
        await both.getByText(playgroundText.why).first().click()
        await both.getByRole('link', { name: playgroundText.more }).first().click()
        await page.waitForURL(/like=/)
        await page
          .getByRole('button', { name: playgroundText.likeClear })
          .or(page.getByRole('link', { name: playgroundText.likeClear }))
          .waitFor()
        expect(problems).toEqual([])
      },
      SLOW,
    )

    test('a filter that no field has, and a collection that is not there, are explained', async () => {
      const { page } = await signedIn({ expected: [/400|404|422/] })
      await open(page, `/collections/films?q=love&filter=${encodeURIComponent('{"Colour":"red"}')}`)
      await page
        .getByText(/Colour/)
        .first()
        .waitFor()
      await open(page, '/collections/absent')
      await page.getByText('collection_not_found').first().waitFor()
    })
  })

  const PATHS = [
    '/collections',
    '/collections/films',
    '/collections/films?q=love+in+a+war',
    '/collections/films?q=love&show=hybrid&diversity=0.3',
    '/collections/films/documents',
    '/collections/films/documents?open=%2212%22',
    '/collections/films/map',
    '/collections/films/saved',
    '/collections/films/definition',
  ]
  test.each([1280, 390].flatMap((width) => (['light', 'dark'] as const).map((theme) => [width, theme] as const)))(
    'at %i px in the %s theme every page breaks no rule of WCAG 2.2 AA, fits, and leaves the console clean',
    async (width, theme) => {
      const { page, problems } = await signedIn({ width, theme })
      const broken: string[] = []
      for (const [index, path] of PATHS.entries()) {
        await open(page, path)
        for (const violation of await axeViolations(page)) broken.push(`${path}: ${violation}`)
        const overflow = await sidewaysOverflow(page)
        if (overflow > 0) broken.push(`${path}: ${overflow} px do not fit`)
        for (const problem of problems.splice(0)) broken.push(`${path}: ${problem}`)
        await screenshot(page, `collections-${index}-${width}-${theme}`)
      }
      expect(broken).toEqual([])
    },
    SLOW,
  )

  test('what is typed is asked over live searches, and a saved query shows what comes to match as it comes', async () => {
    const { page, problems } = await signedIn()
    const sent = { live: 0, requests: 0 }
    page.on('websocket', (socket) => {
      if (socket.url().endsWith('/v1/collections/films/live')) socket.on('framesent', () => sent.live++)
    })
    page.on('request', (request) => {
      if (request.url().endsWith('/films/search') && request.postDataJSON()?.facets === undefined) sent.requests++
    })
    await open(page, '/collections/films')
    // More slowly than the page waits for the next letter, so that it asks in between.
    await page.getByLabel(playgroundText.query).pressSequentially('submarines in a war', { delay: 220 })
    await page.getByRole('list', { name: playgroundText.columns.keyword.title }).getByRole('listitem').first().waitFor()
    expect(sent.live).toBeGreaterThanOrEqual(3)
    expect(sent.requests).toBe(0)
    await page.getByRole('button', { name: savedText.saveThis }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(savedText.mode).selectOption('keyword')
    await dialog.getByRole('button', { name: savedText.submit }).click()
    await page.getByText(savedText.none).waitFor()
    await server.good('/v1/collections/films/documents', {
      json: {
        documents: [
          { id: 'u-boat', Title: 'The war of the submarines' },
          { id: 'no', Title: 'War and chairs' },
        ],
      },
    })
    await page.getByRole('link', { name: 'u-boat' }).waitFor()
    expect(await page.getByRole('link', { name: 'no', exact: true }).count()).toBe(0)
    expect(await axeViolations(page)).toEqual([])
    await screenshot(page, 'collections-saved')
    await page.getByRole('button', { name: savedText.remove }).click()
    await page.getByRole('dialog').getByRole('button', { name: savedText.remove }).click()
    await page.getByText(savedText.empty).waitFor()
    expect(problems).toEqual([])
  })

  test('a collection with a source is synced by one press, and says what that brought', async () => {
    writeFileSync(join(folder.path, 'more.ndjson'), '{"id":"a","name":"Spring sale"}\n{"id":"b","name":"Summer sale"}\n')
    const schema = { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } } }
    await server.good('/v1/collections/sales', {
      method: 'PUT',
      json: { schema, text: '{{name}}', source: { kind: 'ndjson', path: 'more.ndjson' } },
    })
    const { page, problems } = await signedIn()
    await open(page, '/collections/sales/definition')
    await page.getByRole('button', { name: syncText.start }).click()
    await page.getByRole('link', { name: syncText.job }).waitFor()
    await page.getByText(syncText.counts({ read: 2, upserted: 2, unchanged: 0, deleted: 0, failedCount: 0 })).waitFor()
    expect(await axeViolations(page)).toEqual([])
    await screenshot(page, 'collections-source')
    await server.good('/v1/collections/sales', { method: 'DELETE' })
    expect(problems).toEqual([])
  })

  test('a collection is deleted after a question', async () => {
    const { page } = await signedIn()
    await open(page, '/collections/films/definition')
    await page.getByRole('button', { name: collectionText.remove }).click()
    await page.getByRole('dialog').getByRole('button', { name: collectionText.remove }).click()
    await page.getByText(collectionText.removed('films')).first().waitFor()
    await page.getByText(collectionsText.empty).waitFor()
  })
}

async function untilEmbedded(server: TandemProcess): Promise<void> {
  for (;;) {
    const { documents, embedded } = await server.good('/v1/collections/films')
    if (embedded === documents) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

// The dashboard in a real browser on the real server: every page at two widths and in both themes, and what people do there.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { jobsText, jobText } from '../../dashboard/src/text/jobs.ts'
import { keysText, newKeyText } from '../../dashboard/src/text/keys.ts'
import { modelText, versionsText } from '../../dashboard/src/text/models.ts'
import { predictionFilterText, predictionsText, predictionText } from '../../dashboard/src/text/predictions.ts'
import { shellText, signInText, stateText } from '../../dashboard/src/text/shell.ts'
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
import { oneVisitor, shopFeatures, shopRows, trainShop } from '../testing/shop.ts'
import { ADMIN_KEY, portToKeep, startTandem, type TandemProcess, temporaryFolder } from '../testing/tandem-process.ts'

const WIDTHS = [1280, 390]
const THEMES = ['light', 'dark'] as const
const SLOW = 240_000

if (findChromium() === undefined) {
  test('the dashboard in a browser', (context) => context.skip(NO_BROWSER))
} else {
  let browser: Browser
  let server: TandemProcess
  const folder = temporaryFolder('dashboard')

  beforeAll(async () => {
    browser = await launchBrowser()
    server = await startTandem({ dataDir: folder.path })
    await trainShop(server, 2)
    await predictSome(server)
    await leaveFailedJob(server)
  }, SLOW)
  afterAll(async () => {
    await browser?.close()
    await server?.kill('SIGTERM')
    folder.remove()
  })

  /** A browser that is signed in with the admin's key. */
  const signedIn = async (options: VisitOptions = {}, key = ADMIN_KEY): Promise<Visit> => {
    const visited = await visit(browser, options)
    onTestFinished(() => visited.context.close())
    const answer = await visited.context.request.post(`${server.url}/v1/session`, { data: { key }, headers: { origin: server.url } })
    expect(answer.status()).toBe(200)
    return visited
  }
  const open = async (page: Page, path: string): Promise<void> => {
    await page.goto(`${server.url}${path}`)
    await settled(page)
  }

  describe('every page', () => {
    test.each(WIDTHS.flatMap((width) => THEMES.map((theme) => [width, theme] as const)))(
      'at %i px in the %s theme breaks no rule of WCAG 2.2 AA, fits, and leaves the console clean',
      async (width, theme) => {
        const { page, problems } = await signedIn({ width, theme })
        const broken: string[] = []
        for (const path of await pathsOf(page, server)) {
          await open(page, path)
          for (const violation of await axeViolations(page)) broken.push(`${path}: ${violation}`)
          const overflow = await sidewaysOverflow(page)
          if (overflow > 0) broken.push(`${path}: ${overflow} px do not fit`)
          for (const problem of problems.splice(0)) broken.push(`${path}: ${problem}`)
          await screenshot(page, `${path.slice(1).replaceAll('/', '-') || 'overview'}-${width}-${theme}`)
        }
        expect(broken).toEqual([])
      },
      SLOW,
    )
  })

  describe('signing in', () => {
    test('a one-time link opens the dashboard without its token in the address, once', async () => {
      const [, link] = /"signInLink":"([^"]+)"/.exec(server.output()) ?? []
      const { page, context, problems } = await visit(browser)
      onTestFinished(() => context.close())
      await page.goto(link!)
      await settled(page)
      expect(page.url()).not.toContain('token')
      await page.getByRole('navigation', { name: shellText.mainNavigation }).waitFor()
      expect(problems).toEqual([])
    })

    test('a pasted key opens the page that was asked for; a wrong one says so; signing out ends it', async () => {
      const { page, context, problems } = await visit(browser, { expected: [/401/] })
      onTestFinished(() => context.close())
      await page.goto(`${server.url}/models`)
      await page.getByLabel(signInText.key, { exact: true }).fill('tdm_wrong')
      await page.getByRole('button', { name: signInText.submit }).click()
      await page.getByText(/unknown, expired or revoked/).waitFor()
      await page.getByLabel(signInText.key, { exact: true }).fill(ADMIN_KEY)
      await page.getByRole('button', { name: signInText.submit }).click()
      await page.getByRole('link', { name: 'shop' }).first().waitFor()
      expect(await page.evaluate('document.cookie')).toBe('')
      await page.getByRole('button', { name: shellText.account }).click()
      await page.getByRole('menuitem', { name: shellText.signOut, exact: true }).click()
      await page.getByRole('heading', { name: signInText.title }).waitFor()
      expect(problems).toEqual([])
    })

    test('a key that may only predict is told which scope it needs, and sees no page it cannot use', async () => {
      const { key } = await server.good('/v1/keys', { json: { name: 'only predicts', scopes: ['predict'] } })
      const { page } = await signedIn({ expected: [/403/] }, key)
      await page.goto(`${server.url}/models`)
      await page.getByText(stateText.needsScope('read')).first().waitFor()
      expect(await page.getByRole('link', { name: keysText.title }).count()).toBe(0)
    })

    test('a key that is revoked while its page is open ends the session with a word about it', async () => {
      const { key, record } = await server.good('/v1/keys', { json: { name: 'short-lived', scopes: ['read'] } })
      const { page } = await signedIn({ expected: [/401|1008|WebSocket/] }, key)
      await open(page, '/jobs')
      await server.good(`/v1/keys/${record.id}`, { method: 'DELETE' })
      await page.getByText(signInText.ended).waitFor()
    })
  })

  describe('models', () => {
    test('a version is put in service after a question, and taken back with one press', async () => {
      const { page, problems } = await signedIn()
      const before = (await server.good('/v1/models/shop')).activeVersion
      await open(page, '/models/shop/versions')
      const other = page
        .getByRole('row')
        .filter({ has: page.getByText(versionsText.idle, { exact: true }) })
        .first()
      await other.getByRole('button', { name: /Actions of version/ }).click()
      await page.getByRole('menuitem', { name: versionsText.putInService }).click()
      await page.getByRole('dialog').or(page.getByRole('alertdialog')).getByRole('button', { name: versionsText.putInService }).click()
      await page
        .getByText(/is in service/)
        .first()
        .waitFor()
      expect((await server.good('/v1/models/shop')).activeVersion).not.toBe(before)
      await page.getByRole('button', { name: stateText.undo }).click()
      await server.until(
        () => server.good('/v1/models/shop'),
        ({ activeVersion }) => activeVersion === before,
        'the undo',
      )
      expect(problems).toEqual([])
    })

    test('rolling back puts the version before in service', async () => {
      const { page } = await signedIn()
      const before = (await server.good('/v1/models/shop')).activeVersion
      await open(page, '/models/shop')
      await page.getByRole('button', { name: modelText.more }).click()
      await page.getByRole('menuitem', { name: modelText.rollback }).click()
      await page.getByRole('dialog').or(page.getByRole('alertdialog')).getByRole('button', { name: versionsText.rollbackConfirm }).click()
      await page.getByText(/Rolled back to version/).waitFor()
      expect((await server.good('/v1/models/shop')).activeVersion).not.toBe(before)
    })

    test('a model that was deleted in another tab says that it is gone', async () => {
      await trainShop(server, 1, 'gone')
      const { page } = await signedIn({ expected: [/404/] })
      await open(page, '/models/gone')
      await server.good('/v1/models/gone', { method: 'DELETE' })
      await open(page, '/models/gone')
      await page
        .getByText(/no model/i)
        .first()
        .waitFor()
    })
  })

  describe('keys', () => {
    test('a key is made, shown once, works, and is revoked', async () => {
      const { page, problems } = await signedIn()
      await open(page, '/keys')
      await page.getByRole('button', { name: keysText.create }).first().click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('textbox', { name: new RegExp(`^${newKeyText.name}`) }).fill('browser test')
      expect(await dialog.getByRole('checkbox', { name: /^predict/ }).isChecked()).toBe(true)
      await dialog.getByRole('button', { name: newKeyText.submit }).click()
      await dialog.getByText(newKeyText.done).waitFor()
      const key = /tdm_[\w-]{20,}/.exec(await dialog.innerHTML())?.[0]
      expect((await server.ask('/v1/models/shop/predict', { key: key!, json: { features: oneVisitor } })).status).toBe(200)
      await dialog.getByRole('button', { name: newKeyText.close }).click()
      await page.getByRole('button', { name: keysText.actionsOf('browser test') }).click()
      await page.getByRole('menuitem', { name: keysText.revoke }).click()
      await page.getByRole('dialog').or(page.getByRole('alertdialog')).getByRole('button', { name: keysText.revoke }).click()
      await page.getByText(keysText.revokedNotice('browser test')).waitFor()
      expect((await server.ask('/v1/models/shop/predict', { key: key!, json: { features: oneVisitor } })).status).toBe(401)
      expect(problems).toEqual([])
    })
  })

  describe('jobs', () => {
    test('a failed job shows its error, and can be tried again', async () => {
      const { page, problems } = await signedIn()
      await open(page, '/jobs?status=failed')
      await page.getByRole('row').filter({ hasText: 'broken' }).or(page.getByRole('row').nth(1)).first().getByRole('link').first().click()
      await page.getByText(jobText.error).waitFor()
      await page
        .getByText(/weight/)
        .first()
        .waitFor()
      await page.getByRole('button', { name: jobsText.retry }).click()
      await page.getByText(/is back in the queue/).waitFor()
      expect(problems).toEqual([])
    })
  })

  describe('predictions', () => {
    test('are filtered in the address, opened with their reasons, walked by key, and get their outcome', async () => {
      const { page, problems } = await signedIn()
      await open(page, '/predictions?model=shop')
      await page.getByLabel(predictionFilterText.outcome).selectOption('none')
      await page.waitForURL(/outcome=none/)
      await page.getByRole('row').nth(1).getByRole('link').click()
      const sheet = page.getByRole('dialog')
      await sheet.getByText(predictionText.why, { exact: true }).waitFor()
      await sheet.getByText('visits').first().waitFor()
      const first = new URL(page.url()).searchParams.get('open')
      await page.keyboard.press(']')
      await page.waitForURL((url) => url.searchParams.get('open') !== first)
      await sheet.getByRole('button', { name: predictionText.record }).click()
      await page.getByText(predictionText.recorded).waitFor()
      await page.keyboard.press('Escape')
      await sheet.waitFor({ state: 'hidden' })
      expect(problems).toEqual([])
    })

    test('are shown as they are made, and can be taken along as a file', async () => {
      const { page } = await signedIn()
      await open(page, '/predictions?model=shop')
      await page.getByRole('button', { name: predictionsText.live }).click()
      await server.until(
        async () => {
          await server.good('/v1/models/shop/predict', { json: { features: { ...oneVisitor, visits: 0.123 } } })
          return page.getByRole('row').nth(1).innerText()
        },
        (row) => row.includes(predictionsText.noOutcome),
        'the live row',
      )
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: predictionsText.export }).click(),
      ])
      expect(download.suggestedFilename()).toBe('predictions.csv')
    })
  })

  describe('faults', () => {
    test(
      'a server that goes is named, what was shown stays, and it goes on when the server is back',
      async () => {
        const own = temporaryFolder('dashboard-gone')
        onTestFinished(() => own.remove())
        const port = String(await portToKeep())
        const first = await startTandem({ dataDir: own.path, env: { TANDEM_PORT: port } })
        const visited = await visit(browser, { expected: [/ERR_CONNECTION_REFUSED|WebSocket|Failed to load|net::/] })
        onTestFinished(() => visited.context.close())
        const { page, context } = visited
        await context.request.post(`${first.url}/v1/session`, { data: { key: ADMIN_KEY }, headers: { origin: first.url } })
        await page.goto(`${first.url}/keys`)
        await page.getByRole('row').nth(1).waitFor()
        await first.kill('SIGKILL')
        await page.getByText(/has not answered since/).waitFor({ timeout: 30_000 })
        expect(await page.getByRole('row').count()).toBeGreaterThan(1)
        const second = await startTandem({ dataDir: own.path, env: { TANDEM_PORT: port } })
        await page.getByText(/has not answered since/).waitFor({ state: 'hidden', timeout: 40_000 })
        await second.kill('SIGTERM')
      },
      SLOW,
    )
  })
}

/** Every page that the navigation names, the tabs of a model, and one job. */
async function pathsOf(page: Page, server: TandemProcess): Promise<string[]> {
  await page.goto(`${server.url}/models/shop`)
  await settled(page)
  const links = (await page.evaluate(
    "[...document.querySelectorAll('nav a[href^=\"/\"], [role=tablist] a')].map((a) => a.getAttribute('href'))",
  )) as string[]
  const menu = await page.getByRole('button', { name: shellText.openMenu }).count()
  const { items } = await server.good('/v1/jobs?limit=1')
  const named = menu > 0 ? ['/', '/jobs', '/models', '/keys'] : []
  return [...new Set([...links.map((href) => href.split('?')[0]!), ...named, '/import', `/jobs/${items[0].id}`])].filter(
    (path) => !path.startsWith('/docs'),
  )
}

/** Nothing loads any more and what moves has stopped. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle')
  await page.waitForFunction("document.querySelector('[aria-busy=true]') === null")
}

async function predictSome(server: TandemProcess): Promise<void> {
  const rows = shopRows(60, 9)
  const { predictions } = await server.good('/v1/models/shop/predict', { json: { rows: rows.map(shopFeatures) } })
  const outcomes = predictions.map(({ predictionId }: { predictionId: string }, index: number) => ({
    predictionId,
    value: rows[index]!.buys,
  }))
  await server.good('/v1/models/shop/outcomes', { json: { outcomes: outcomes.slice(0, 40) } })
}

/** A training that cannot succeed: since its rows were stored, the definition asks for a feature that none of them has. */
async function leaveFailedJob(server: TandemProcess): Promise<void> {
  await trainShop(server, 1, 'broken')
  const { definition } = await server.good('/v1/models/broken')
  const { features } = definition
  const changed = {
    ...features,
    properties: { ...features.properties, weight: { type: 'number' } },
    required: [...features.required, 'weight'],
  }
  await server.good('/v1/models/broken', { method: 'PUT', json: { ...definition, features: changed } })
  const { job } = await server.good('/v1/models/broken/retrain', { method: 'POST' })
  expect((await server.finished(job.id)).status).toBe('failed')
}

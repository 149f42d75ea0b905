// `npm run screenshots`: makes the pictures of the README from the real dashboard on the sample models, with the penguins of
// vega-datasets asked and answered. Needs Chromium (apt-get install chromium, or CHROMIUM=PATH).
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { root, setUp } from './setup.mjs'

const { node, env } = setUp()
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path && existsSync(path))
const key = `tdm_${randomBytes(32).toString('base64url')}`
const folder = mkdtempSync(join(tmpdir(), 'tandem-screenshots-'))
const images = join(root, 'docs', 'images')
mkdirSync(images, { recursive: true })

const server = spawn(node, [join(root, 'dist', 'interfaces', 'cli', 'main.js'), 'start', '--json'], {
  cwd: root,
  env: { ...env, TANDEM_DATA_DIR: folder, TANDEM_ADMIN_KEY: key, TANDEM_PORT: '0', TANDEM_LOG_LEVEL: 'warn' },
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const url = await urlOf(server)
  await trained(url, ['match', 'penguins', 'movies'])
  const prediction = await askPenguins(url)
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  for (const { name, path, theme, width = 1280, height = 860 } of [
    { name: 'overview', path: '/?window=1h', theme: 'light' },
    { name: 'evaluation', path: '/models/penguins/evaluation', theme: 'light', height: 1000 },
    { name: 'prediction', path: `/predictions?model=penguins&open=${prediction}`, theme: 'dark' },
    { name: 'phone', path: '/models/penguins', theme: 'light', width: 390, height: 844 },
  ]) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce' })
    await context.request.post(`${url}/v1/session`, { data: { key }, headers: { origin: url } })
    const page = await context.newPage()
    await page.goto(url + path)
    await page.waitForLoadState('networkidle')
    await page.waitForTimeout(500)
    await page.screenshot({ path: join(images, `${name}.png`) })
    await context.close()
  }
  await browser.close()
} finally {
  server.kill('SIGTERM')
  await new Promise((resolve) => server.once('exit', resolve))
  rmSync(folder, { recursive: true, force: true })
}

function urlOf(child) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (piece) => {
      text += piece
      const found = /"url":"([^"]+)"/.exec(text)
      if (found) resolve(found[1])
    })
    child.once('exit', (status) => reject(new Error(`The server ended with status ${status}.`)))
  })
}

async function trained(url, models) {
  for (const model of models) {
    while ((await call(`${url}/v1/models/${model}`)).activeVersion === null) await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** Asks for every penguin and says what it was; returns the id of one that is still to be answered. */
async function askPenguins(url) {
  const penguins = JSON.parse(readFileSync(join(root, 'node_modules', 'vega-datasets', 'data', 'penguins.json'), 'utf8'))
  const rows = penguins.map((penguin) => ({
    island: penguin.Island,
    beakLengthMm: penguin['Beak Length (mm)'],
    beakDepthMm: penguin['Beak Depth (mm)'],
    flipperLengthMm: penguin['Flipper Length (mm)'],
    bodyMassG: penguin['Body Mass (g)'],
    sex: penguin.Sex === 'MALE' ? 'male' : penguin.Sex === 'FEMALE' ? 'female' : null,
  }))
  const answers = []
  for (const row of rows) answers.push(await call(`${url}/v1/models/penguins/predict`, { features: row }))
  const outcomes = answers.map(({ predictionId }, index) => ({ predictionId, value: penguins[index].Species }))
  await call(`${url}/v1/models/penguins/outcomes`, { outcomes: outcomes.slice(0, -40) })
  const open = answers.slice(-40).filter((_, index) => rows.at(index - 40).beakLengthMm !== null)
  return open.sort((left, right) => left.confidence - right.confidence)[0].predictionId
}

async function call(url, body) {
  const answer = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}

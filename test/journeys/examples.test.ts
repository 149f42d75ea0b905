// The examples, started as their README says and asked over HTTP. They use this repository's package as `npm install` would
// link it, and find everything else in its node_modules: nothing is downloaded.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { startTandem, temporaryFolder } from '../testing/tandem-process.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CONDITION = '--conditions=tandem-source'

interface Started extends AsyncDisposable {
  readonly url: string
  /** Sends SIGTERM and gives the exit code. */
  end(): Promise<number | null>
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>
}

/** The link that `npm install` makes of `"tandem-ml": "file:../.."`. */
function linkPackage(name: string): string {
  const folder = join(ROOT, 'examples', name)
  const modules = join(folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  if (!existsSync(join(modules, 'tandem-ml'))) symlinkSync(ROOT, join(modules, 'tandem-ml'), 'junction')
  return folder
}

async function start(folder: string, main: string, env: Readonly<Record<string, string>>): Promise<Started> {
  const child: ChildProcess = spawn(process.execPath, [CONDITION, join(folder, main)], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: '0', TANDEM_LOG_LEVEL: 'warn', TANDEM_THREADS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setInterval(() => {
      const found = /listening on (\S+)/.exec(output)?.[1]
      if (found === undefined) return
      clearInterval(timer)
      resolve(found.replace('[::1]', '127.0.0.1'))
    }, 20)
    void ended.then((code) => {
      clearInterval(timer)
      reject(new Error(`the example ended with ${code}:\n${output}`))
    })
  })
  return {
    url,
    end() {
      child.kill('SIGTERM')
      return ended
    },
    async post(path, body) {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

const visitor = { visits: 0.9, returning: true, plan: 'pro' }
const rows = Array.from({ length: 80 }, (_, index) => ({
  visits: (index % 20) / 20,
  returning: index % 3 === 0,
  plan: index % 2 === 0 ? 'free' : 'pro',
  buys: (index * 7) % 20 > 9 ? 'yes' : 'no',
}))

/** Scores a visitor, says what came true, and sees a wrong body refused with its place. */
async function checkVisitors(app: Started): Promise<void> {
  const scored = await app.post('/visitors/score', visitor)
  expect(scored).toMatchObject({ status: 200, body: { buys: 'yes', source: 'fallback', predictionId: expect.any(String) } })
  const outcomes = [{ predictionId: scored.body.predictionId, value: 'yes' }]
  expect(await app.post('/visitors/outcomes', { outcomes })).toMatchObject({ status: 200, body: { accepted: 1 } })
  expect(await app.post('/visitors/score', { ...visitor, visits: 'many' })).toMatchObject({
    status: 400,
    body: { code: 'invalid_input', errors: [{ path: '/features/visits' }] },
  })
}

describe('the Express example', () => {
  test('scores, learns from rows and outcomes, and ends in good order', async () => {
    const data = temporaryFolder('express')
    const folder = linkPackage('express')
    await using app = await start(folder, 'server.ts', { TANDEM_DATA_DIR: data.path })
    await checkVisitors(app)
    const trained = await app.post('/visitors/train', { rows })
    expect(trained).toMatchObject({ status: 200, body: { version: expect.any(String), accuracy: expect.any(Number) } })
    expect(await app.post('/visitors/score', visitor)).toMatchObject({ body: { source: 'model' } })
    expect(await app.end()).toBe(0)
    data.remove()
  })
})

describe('the Nest example', () => {
  const folder = linkPackage('nest')
  const compile = (): void => {
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
    // From source, which is checked with it and needs a little more than what a build is used with.
    const asSource = ['--customConditions', 'tandem-source', '--lib', 'es2024,esnext,dom,dom.iterable,dom.asynciterable']
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder, ...asSource], { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  }

  test('compiles, then scores in process, and by a server where TANDEM_URL names one', async () => {
    compile()
    const data = temporaryFolder('nest')
    await using app = await start(folder, 'dist/main.js', { TANDEM_DATA_DIR: data.path })
    await checkVisitors(app)
    expect(await (await fetch(`${app.url}/health`)).json()).toEqual({ tandem: { status: 'up' } })
    // Nest ends by the signal it was sent, after its hooks.
    await app.end()

    await using server = await startTandem({ dataDir: data.path, args: ['--config', join(folder, 'src', 'tandem.config.ts')] })
    await using remote = await start(folder, 'dist/main.js', { TANDEM_URL: server.url, TANDEM_KEY: server.key })
    expect(await remote.post('/visitors/score', visitor)).toMatchObject({ status: 200, body: { buys: 'yes' } })
    await server.kill('SIGTERM')
    expect(await (await fetch(`${remote.url}/health`)).json()).toMatchObject({ tandem: { status: 'down' } })
    data.remove()
  })
})

test.each(['express', 'nest'])('the %s example asks for the versions that are tested here', (name) => {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')) as Record<string, Record<string, string>>
  const { dependencies, devDependencies } = read('.')
  const asked = { ...read(`examples/${name}`).dependencies, ...read(`examples/${name}`).devDependencies }
  const { 'tandem-ml': own, ...others } = asked
  expect(own).toBe('file:../..')
  for (const [dependency, version] of Object.entries(others)) expect({ ...dependencies, ...devDependencies }[dependency]).toBe(version)
})

// The command line and the client against the real server, each in a process of its own, with a real database.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createTandem } from '../../app.ts'
import { defineTandem } from '../../config.ts'
import { classifier } from '../../definitions.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { createClient, TandemError } from '../client/index.ts'
import { collect, type Ran, runTandem, startTandem, waitFor } from './testing/run-tandem.ts'

/** The machine of a test may be busy; shedding load is tested elsewhere. */
const PATIENT = { TANDEM_MAX_EVENT_LOOP_DELAY_MS: '60000' }

let folder: string
let table: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-end-to-end-'))
  table = irisLike(120)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Two kinds of flowers that a tree tells apart by length, with an id, a gap and a column that says nothing. */
function irisLike(rows: number): string {
  const lines = Array.from({ length: rows }, (_, at) => {
    const long = at % 2
    return `${1000 + at},${(3 + long * 2 + (at % 7) / 10).toFixed(1)},${at % 9 === 0 ? '' : at % 5},${['north', 'south'][at % 3 === 0 ? 0 : 1]},${long ? 'big' : 'small'}`
  })
  return `no,length,petals,side,kind\n${lines.join('\n')}\n`
}

const inFolder = (args: readonly string[], env: Record<string, string> = {}, input?: string): Promise<Ran> =>
  // Without its warnings, such as that a request was slow.
  runTandem(args, { cwd: folder, env: { TANDEM_LOG_LEVEL: 'error', ...env }, ...(input !== undefined && { input }) })

/** Runs a printed line in a shell, with this checkout in place of the installed package. */
function paste(line: string): { status: number | null; stdout: string; stderr: string } {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const command = line.trim().replace(/^npx tandem/, `"${process.execPath}" --conditions tandem-source "${main}"`)
  return spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' })
}

describe('without a server', () => {
  test('a table from standard input becomes a model, and the command printed next works as pasted', async () => {
    const trained = await inFolder(['train', '--target', 'kind', '--model', 'flowers', '--seed', '7'], {}, table)
    expect(trained).toMatchObject({ status: 0 })
    expect(trained.stderr).toMatch(/length +number +feature +3 to 5\.6/)
    expect(trained.stderr).toMatch(/petals +number +14 +feature/)
    expect(trained.stderr).toMatch(/no +\w+ +left out/)
    expect(trained.stderr).toMatch(/100 %/)
    expect(trained.stdout).toMatch(/accuracy +1 +1 ± 0/)
    expect(trained.stdout).toContain('In service:')
    const next = /npx tandem predict .*/.exec(trained.stdout)?.[0] ?? ''
    const pasted = paste(next)
    expect(pasted).toMatchObject({ status: 0, stdout: expect.stringContaining('small') })
    expect(existsSync(join(folder, '.tandem', 'tandem.lock.json'))).toBe(false)
  })

  test('the same data and seed train the same model', async () => {
    writeFileSync(join(folder, 'flowers.csv'), table)
    const again = await inFolder(['train', '--csv', 'flowers.csv', '--target', 'kind', '--no-activate', '--json'])
    expect(again.stderr).toBe('')
    const { version } = JSON.parse(again.stdout)
    const { versions } = JSON.parse((await inFolder(['models', 'flowers', '--json'])).stdout)
    expect(versions).toHaveLength(2)
    expect(version).toMatchObject({ seed: 7, active: false, gate: { activated: false } })
    expect(new Set(versions.map(({ artifact }: { artifact: { sha256: string } }) => artifact.sha256)).size).toBe(1)
  })

  test('a version is judged on rows that count by a weight, with what it leans on', async () => {
    const [header, ...lines] = table.trim().split('\n')
    const weighed = [`${header},heft`, ...lines.map((line, at) => `${line},${at % 3}`)].join('\n')
    const judged = await inFolder(['models', 'evaluate', 'flowers', '--csv', 'weighed.csv', '--weight', 'heft', '--importances'])
    expect(judged.stderr).toContain('There is no file weighed.csv')
    writeFileSync(join(folder, 'weighed.csv'), weighed)
    const { status, stdout } = await inFolder([
      'models',
      'evaluate',
      'flowers',
      '--csv',
      'weighed.csv',
      '--weight',
      'heft',
      '--importances',
    ])
    expect(status).toBe(0)
    expect(stdout).toContain('on 80 rows of weighed.csv, 40 more left out')
    expect(stdout).toContain('Metrics count each row by heft.')
    expect(stdout).toMatch(/length shuffled: log loss \+\d/)
  })

  test('columns are read, or left out, as told; faults name the column', async () => {
    const told = [
      '--csv',
      'flowers.csv',
      '--target',
      'length',
      '--model',
      'lengths',
      '--type',
      'petals=category',
      '--type',
      'length=number',
      '--ignore',
      'no',
      '--algorithm',
      'boosted-trees',
      '--json',
    ]
    const { status, stdout, stderr } = await inFolder(['train', ...told])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { version } = JSON.parse(stdout)
    expect(version).toMatchObject({ algorithm: 'boosted-trees', metrics: { rmse: expect.any(Number) } })
    expect(version.features.properties).toMatchObject({ petals: { type: ['string', 'null'] } })
    expect(Object.keys(version.features.properties)).not.toContain('no')
    expect(await inFolder(['train', '--csv', 'flowers.csv', '--target', 'kind', '--ignore', 'colour'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no column "colour"'),
    })
    expect(await inFolder(['train', '--csv', 'flowers.csv', '--target', 'colour'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('colour'),
    })
    expect(await inFolder(['train', '--csv', 'flowers.csv'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Columns: no, length, petals'),
    })
    expect(await inFolder(['train', '--csv', 'flowers.csv', '--target', 'side'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('predicts "kind", not "side"'),
    })
  })

  test('what columns are left decides how it is learned: words alone by their weights', async () => {
    const reviews = Array.from(
      { length: 60 },
      (_, at) =>
        `${at},${at % 7},${at % 2 ? 'it was quiet and clean with' : 'we found it noisy and dirty with'} number ${at},${(at % 2) + 1}`,
    )
    writeFileSync(join(folder, 'reviews.csv'), `no,nights,review,stars\n${reviews.join('\n')}\n`)
    const learned = async (...further: string[]): Promise<string> => {
      const told = [
        '--csv',
        'reviews.csv',
        '--target',
        'stars',
        '--type',
        'review=text',
        '--ignore',
        'no',
        '--redefine',
        '--no-activate',
        '--json',
      ]
      const { status, stdout, stderr } = await inFolder(['train', ...told, ...further])
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      return JSON.parse(stdout).version.algorithm
    }
    expect(await learned()).toBe('random-forest')
    expect(await learned('--ignore', 'nights')).toBe('logistic-regression')
    expect(await learned('--ignore', 'nights', '--type', 'stars=number')).toBe('ridge')
  })

  test('the doctor finds everything well, and says what is not', async () => {
    const well = await inFolder(['doctor', '--json'], { TANDEM_PORT: '0' })
    const { ok, checks } = JSON.parse(well.stdout)
    expect({ ok, status: well.status, names: checks.map(({ name }: { name: string }) => name) }).toEqual({
      ok: true,
      status: 0,
      names: ['Node.js', 'config', 'settings', 'SQLite', 'data folder', 'database', 'port'],
    })
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }
    const ill = await inFolder(['doctor', '--config', 'absent.ts'], {
      TANDEM_PORT: String(port),
      TANDEM_DATA_DIR: join(folder, 'flowers.csv'),
    })
    taken.closeAllConnections()
    taken.close()
    expect(ill.status).toBe(1)
    expect(ill.stdout).toMatch(/failed {3}config .*no file absent\.ts/)
    expect(ill.stdout).toMatch(/failed {3}data folder .*is a file/)
    expect(ill.stdout).toMatch(new RegExp(`failed {3}port .*${port} is in use by `))
    const wrong = await inFolder(['doctor'], { TANDEM_PORT: 'eighty' })
    expect(wrong).toMatchObject({ status: 1, stdout: expect.stringMatching(/failed {3}settings .*TANDEM_PORT/) })
  })
})

describe('a started server', () => {
  test('serves the printed link and line, is found by the other commands, and stops when told', async () => {
    const server = startTandem(['start', '--port', '0'], { cwd: folder, env: PATIENT })
    const output = collect(server)
    try {
      const [, link = ''] = await waitFor(server, output, /^ +(http:\S+\/\?token=\S+)$/m)
      const [curl] = await waitFor(server, output, /^curl .*$/m)
      const adminKey = readFileSync(join(folder, '.tandem', 'admin-key'), 'utf8').trim()
      expect(output.stdout.match(/https?:\/\//g)).toHaveLength(2)
      expect(output.stdout).not.toContain(adminKey)
      expect(statSync(join(folder, '.tandem', 'admin-key')).mode & 0o777).toBe(0o600)
      expect((await fetch(link)).ok).toBe(true)
      expect(JSON.parse(paste(curl).stdout)).toMatchObject({ source: 'model', predictionId: expect.any(String) })

      const second = await inFolder(['start', '--port', '0'])
      expect(second).toMatchObject({ status: 1, stderr: expect.stringContaining(`process ${server.pid}`) })
      const { origin, port } = new URL(link)
      const other = await inFolder(['start', '--port', port, '--data-dir', 'other'])
      expect(other.status).toBe(1)
      expect(other.stderr).toMatch(/is in use by another Tandem server/)

      const models = await inFolder(['models'])
      expect(models).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('flowers') })
      const created = await inFolder(['keys', 'create', '--name', 'shop', '--scopes', 'predict', '--json'])
      const { key, record } = JSON.parse(created.stdout)
      const shop = createClient({ url: origin, key })
      expect(await shop.model('flowers').predict({ length: 5.5, petals: null, side: 'north' })).toMatchObject({ value: 'big' })
      await expect(shop.keys.list()).rejects.toMatchObject({ code: 'forbidden' })
      expect(await inFolder(['keys', 'revoke', record.id])).toMatchObject({ status: 0 })
      await expect(shop.model('flowers').predict({ length: 5.5, petals: null, side: 'north' })).rejects.toMatchObject({
        code: 'unauthorized',
      })
      const another = await inFolder(['keys', 'link'])
      expect(another.stdout).toMatch(/^http:\S+\/\?token=tdl_\S+\n$/)
      expect((await fetch(another.stdout.trim(), { redirect: 'manual' })).status).toBe(303)

      const doctor = await inFolder(['doctor'], { TANDEM_PORT: port })
      expect(doctor).toMatchObject({ status: 0, stdout: expect.stringMatching(/own server\n[\s\S]*is ready/) })
    } finally {
      server.kill('SIGTERM')
    }
    const status = await new Promise((resolve) => (server.exitCode === null ? server.once('close', resolve) : resolve(server.exitCode)))
    expect({ status, stderr: output.stderr }).toEqual({ status: 0, stderr: expect.stringContaining('Stopping') })
  })

  test('ends at once at the second signal', async () => {
    const server = startTandem(['start', '--port', '0', '--data-dir', 'third'], { cwd: folder, env: PATIENT })
    const output = collect(server)
    const [, url] = await waitFor(server, output, /^ +(http:\/\/[^/]+)\/\?token/m)
    const key = readFileSync(join(folder, 'third', 'admin-key'), 'utf8').trim()
    // An upload that never ends keeps the first stop waiting; the server says when it has taken it up.
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'text/csv', expect: '100-continue' }
    const endless = request(`${url}/v1/tables/inspect`, { method: 'POST', headers }).on('error', () => {})
    endless.flushHeaders()
    await new Promise((resolve) => endless.once('continue', resolve))
    endless.write('a,b\n')
    const closed = new Promise((resolve) => server.once('close', resolve))
    server.kill('SIGINT')
    await expect.poll(() => output.stderr + output.stdout).toContain('Stopping')
    server.kill('SIGINT')
    expect(await closed).toBe(130)
  })
})

describe('the client', () => {
  const Flower = z.strictObject({ length: z.number().min(0), side: z.enum(['north', 'south']) })
  const config = defineTandem({ models: { flower: classifier({ features: Flower, target: 'kind', classes: ['small', 'big'] }) } })
  const rows = Array.from({ length: 60 }, (_, at) => ({
    length: 3 + (at % 2) * 2 + (at % 7) / 10,
    side: at % 3 ? 'south' : 'north',
    kind: at % 2 ? 'big' : 'small',
  }))

  test('trains, predicts, tells outcomes and reads back what happened, with the types of the config', async () => {
    const settings = { dataDir: join(folder, 'client'), port: 0, host: '127.0.0.1', adminKey: 'k'.repeat(40), maxEventLoopDelayMs: 60_000 }
    const tandem = await createTandem(config, { settings, log: createLog({ logLevel: 'silent' }) })
    try {
      const { url } = await tandem.listen()
      const client = createClient<typeof config>({ url, key: settings.adminKey })
      expect(await client.health()).toMatchObject({ ready: expect.any(Boolean) })
      await expect(client.models.flower.predict({ length: 5, side: 'north' })).rejects.toMatchObject({ code: 'no_version' })
      const told: number[] = []
      const { job, version } = await client.models.flower.train({ rows }, { seed: 3, onProgress: (fraction) => told.push(fraction) })
      expect(job.status).toBe('succeeded')
      expect(told.at(-1)).toBe(1)
      expect(version).toMatchObject({ seed: 3, rows: 60, active: true })
      const [small, big] = await client.models.flower.predictMany([
        { length: 3, side: 'north' },
        { length: 5.5, side: 'south' },
      ])
      expect([small?.value, big?.value, big?.model, big?.version]).toEqual(['small', 'big', 'flower', version.version])
      const wrong = await client.models.flower.predict({ length: -1, side: 'west' as 'north' }).catch((error: unknown) => error)
      expect(TandemError.is(wrong) && [wrong.code, wrong.errors?.map(({ path }) => path)]).toEqual([
        'invalid_input',
        ['/features/length', '/features/side'],
      ])
      const predictionId = big?.predictionId ?? ''
      expect(await client.models.flower.recordOutcomes([{ predictionId, value: 'big' }])).toMatchObject({ accepted: 1, unknown: [] })
      const logged = await client.models.flower.predictions({ hasOutcome: true })
      expect(logged.items).toMatchObject([{ predictionId, outcome: { value: 'big' } }])
      const streamed = (async function* () {
        yield new TextEncoder().encode('length,side,kind\n')
        for (const row of rows) yield new TextEncoder().encode(`${row.length},${row.side},${row.kind}\n`)
      })()
      const second = await client.models.flower.train({ csv: streamed }, { activate: 'always' })
      expect(second.version).toMatchObject({ rows: 60, parent: version.version })
      expect(await client.models.flower.rollback({ reason: 'a test' })).toEqual({
        version: version.version,
        previous: second.version.version,
      })
      expect((await client.models.flower.activations()).items[0]).toMatchObject({ action: 'rollback', reason: 'a test' })
      await expect(client.models.flower.deleteVersion(version.version)).rejects.toMatchObject({ code: 'version_active' })
      const failing = await client.models.flower.train({ rows: rows.slice(0, 5) }).catch((error: unknown) => error)
      expect(TandemError.is(failing) && failing.code).toBe('too_few_rows')
      await expect(createClient({ url, key: 'tdm_wrong_wrong_wrong_wrong' }).listModels()).rejects.toMatchObject({ code: 'unauthorized' })
    } finally {
      await tandem.close({ drainMs: 0 })
    }
  })
})

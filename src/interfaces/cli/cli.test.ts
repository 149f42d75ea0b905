// The command line as a process of its own, against a server that answers what each test says.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, json, type ScriptedServer, startScriptedServer } from '../client/testing/scripted-server.ts'
import { nearestCommand } from './help.ts'
import { describeHolder } from './port-holder.ts'
import { shellWord } from './shell-words.ts'
import { shortNumber, tableLines } from './table.ts'
import { type Ran, runTandem } from './testing/run-tandem.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const KEY = 'tdm_secret_of_this_test_000000000000'
const features = {
  type: 'object',
  properties: {
    length: { type: 'number', minimum: 10, maximum: 60 },
    count: { type: ['integer', 'null'] },
    island: { type: 'string', enum: ['Biscoe', 'Dream'] },
    tagged: { type: 'boolean' },
  },
  required: ['length'],
}
const model = {
  name: 'penguins',
  definition: { task: 'classification', target: 'species', features, algorithm: 'random-forest' },
  origin: 'api',
  activeVersion: '20261121_093000',
  serving: { source: 'model', reason: null },
  retrain: null,
}
const prediction = { predictionId: 'p1', value: 'Adelie', probabilities: { Adelie: 0.9, Gentoo: 0.1 }, confidence: 0.9, source: 'model' }

/** A server with answers by "METHOD /path"; anything else is 404. */
function routed(routes: Readonly<Record<string, Answer>>): Answer {
  return (asked, response) =>
    (routes[`${asked.method} ${asked.path}`] ?? json({ code: 'not_found', detail: 'Nothing here.' }, 404))(asked, response)
}

const against = (server: ScriptedServer, args: readonly string[], input?: string): Promise<Ran> =>
  runTandem(args, { cwd: folder, env: { TANDEM_URL: server.url, TANDEM_KEY: KEY }, ...(input !== undefined && { input }) })
const alone = (args: readonly string[], cwd = folder): Promise<Ran> => runTandem(args, { cwd })

describe('tandem', () => {
  test('explains itself, prints its version, and says where more stands', async () => {
    const [help, version, command] = await Promise.all([alone([]), alone(['--version']), alone(['train', '--help'])])
    expect(help).toMatchObject({ status: 0, stderr: '' })
    for (const name of ['start', 'train', 'predict', 'models', 'jobs', 'keys', 'doctor']) expect(help.stdout).toContain(`tandem ${name}`)
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(command.stdout).toContain('--target COLUMN')
  })

  test.each([
    [['trian'], 'Did you mean "train"?'],
    [['predict'], 'Which model?'],
    [['predict', 'm', 'oops'], '"oops" is not name=value'],
    [['predict', 'm', '--features', '{oops}'], '--features is not JSON'],
    [['predict', 'm', '--csv', 'absent.csv'], 'There is no file absent.csv'],
    [['train', '--csv', 'absent.csv', '--target', 'x'], 'There is no file absent.csv'],
    [['train', '--tagret', 'x'], "Unknown option '--tagret'"],
    [['train', '--csv', '.', '--target', 'x'], 'is a folder'],
    [['train', '--csv', 'a', '--algorithm', 'magic'], 'one of random-forest, boosted-trees'],
    [['train', '--csv', 'a', '--type', 'x=magic'], '--type must be column=kind'],
    [['start', '--port', 'abc'], '--port must be a whole number from 0 to 65535, got "abc"'],
    [['models', 'delete', 'm'], 'Add --yes'],
    [['models', 'import', 'm'], 'Say which file'],
    [['models', 'import', 'm', '--file', 'absent.txt'], 'There is no file absent.txt'],
    [['models', 'export', 'm'], 'Say where to'],
    [['models', 'export', 'm', '--out', 'm.pkl'], 'one of onnx, json, tdm'],
    [['models', 'activate', 'm'], 'tandem models activate NAME VERSION'],
    [['keys', 'create', '--name', 'x'], '--scopes'],
    [['keys', 'create', '--name', 'x', '--scopes', 'fly'], '"fly" is no scope'],
    [['jobs', 'cancel'], 'Which job?'],
  ])('refuses %j with status 2 and says what would be right', async (args, sentence) => {
    const { status, stdout, stderr } = await alone(args)
    expect(stderr).toContain(sentence)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })

  test('tells a failure in one sentence without a stack, as JSON for scripts, and in full for debugging', async () => {
    await using server = await startScriptedServer(json({ code: 'model_not_found', detail: 'There is no model "m".' }, 404))
    const plain = await against(server, ['predict', 'm', '--features', '{}'])
    expect(plain).toEqual({ status: 1, stdout: '', stderr: 'error: There is no model "m".\n' })
    const script = await against(server, ['predict', 'm', '--features', '{}', '--json'])
    expect(JSON.parse(script.stderr)).toMatchObject({ error: { code: 'model_not_found', message: 'There is no model "m".' } })
    const debugging = await runTandem(['models'], {
      cwd: folder,
      env: { TANDEM_URL: server.url, TANDEM_KEY: KEY, TANDEM_LOG_LEVEL: 'debug' },
    })
    expect(debugging.stderr).toMatch(/\n\s+at /)
    expect(plain.stderr + script.stderr + debugging.stderr).not.toContain(KEY)
  })

  test('says which server cannot be reached', async () => {
    const gone = await startScriptedServer()
    await gone[Symbol.asyncDispose]()
    const { status, stderr } = await against(gone, ['models'])
    expect(status).toBe(1)
    expect(stderr).toContain(`Could not reach ${gone.url}`)
  })

  test('writes no colours where no person looks', async () => {
    await using server = await startScriptedServer(json({ items: [model] }))
    const { stdout, stderr } = await against(server, ['models'])
    expect(stdout + stderr).not.toContain('\u001b')
    expect(stdout).toContain('20261121_093000')
  })
})

describe('tandem predict', () => {
  test('reads name=value words by the types of the model', async () => {
    await using server = await startScriptedServer(
      routed({
        'GET /v1/models/penguins': json(model),
        'POST /v1/models/penguins/predict': json({ model: 'penguins', version: 'v1', ...prediction }),
      }),
    )
    const { status, stdout } = await against(server, ['predict', 'penguins', 'length=39.1', 'count=', 'island=Dream', 'tagged=yes'])
    expect(status).toBe(0)
    expect(server.asked.at(-1)).toMatchObject({ json: { features: { length: 39.1, count: null, island: 'Dream', tagged: true } } })
    expect(server.asked.at(-1)?.headers.authorization).toBe(`Bearer ${KEY}`)
    expect(stdout).toMatch(/Adelie {2}confidence 90\.0 %/)
    expect(await against(server, ['predict', 'penguins', 'size=1'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no feature "size". Its features: length, count'),
    })
  })

  test('writes a table with the predictions, in batches, from a file or from standard input', async () => {
    const answer: Answer = (asked, response) => {
      const { rows } = asked.json as { rows: { length: number }[] }
      json({ model: 'penguins', version: 'v1', predictions: rows.map((_, at) => ({ ...prediction, predictionId: `p${at}` })) })(
        asked,
        response,
      )
    }
    await using server = await startScriptedServer(
      routed({ 'GET /v1/models/penguins': json(model), 'POST /v1/models/penguins/predict': answer }),
    )
    const table = `\uFEFFname,length,island\n${Array.from({ length: 1201 }, (_, at) => `"a ""b"", ${at}",${at / 10},${at === 0 ? '' : 'Dream'}`).join('\n')}\n`
    writeFileSync(join(folder, 'in.csv'), table)
    const { status, stderr } = await against(server, ['predict', 'penguins', '--csv', 'in.csv', '--out', 'out.csv'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: `1201 rows predicted, written to ${join(folder, 'out.csv')}.\n` })
    const batches = server.asked.filter(({ method }) => method === 'POST').map((asked) => (asked.json as { rows: unknown[] }).rows)
    expect(batches.map((rows) => rows.length)).toEqual([500, 500, 201])
    expect(batches[0]?.slice(0, 2)).toEqual([
      { length: 0, island: null },
      { length: 0.1, island: 'Dream' },
    ])
    const lines = readFileSync(join(folder, 'out.csv'), 'utf8').trim().split('\n')
    expect(lines).toHaveLength(1202)
    expect(lines[0]).toBe('name,length,island,prediction,confidence,predictionId,probability_Adelie,probability_Gentoo')
    expect(lines[2]).toBe('"a ""b"", 1",0.1,Dream,Adelie,0.9,p1,0.9,0.1')
    const piped = await against(server, ['predict', 'penguins', '--csv', '-', '--json'], 'name,length\nx,1\n')
    expect(JSON.parse(piped.stdout)).toMatchObject({ name: 'x', prediction: { value: 'Adelie', version: 'v1' } })
    expect(await against(server, ['predict', 'penguins', '--csv', '-'], 'a,b\n1,2,3\n')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('not valid CSV'),
    })
  })
})

describe('tandem models, jobs and keys', () => {
  test('change what they are told to', async () => {
    const job = {
      id: 'j1',
      kind: 'train',
      status: 'canceled',
      progress: 0.5,
      message: null,
      attempts: 1,
      maxAttempts: 3,
      createdAt: '2026-11-21T09:30:00.000Z',
      createdBy: null,
    }
    const record = {
      id: 'k1',
      name: 'shop',
      prefix: 'tdm_abc',
      scopes: ['predict'],
      createdAt: '2026-11-21T09:30:00.000Z',
      lastUsedAt: null,
      expiresAt: null,
      revokedAt: null,
      rateLimitPerMinute: null,
    }
    await using server = await startScriptedServer(
      routed({
        'POST /v1/models/m/versions/v2/activate': json({ model: 'm', version: 'v2', previous: 'v1' }),
        'POST /v1/models/m/rollback': json({ model: 'm', version: 'v1', previous: 'v2' }),
        'DELETE /v1/models/m/versions/v2': json({ deleted: 'v2' }),
        'DELETE /v1/models/m': json({ deleted: 'm' }),
        'POST /v1/jobs/j1/cancel': json(job),
        'GET /v1/jobs': json({ items: [job] }),
        'POST /v1/keys': json({ key: 'tdm_new_key', record }, 201),
        'GET /v1/keys': json({ items: [record] }),
        'DELETE /v1/keys/k1': json(record),
      }),
    )
    const calls: [string[], string][] = [
      [['models', 'activate', 'm', 'v2', '--reason', 'better'], 'm is now served by v2.'],
      [['models', 'rollback', 'm'], 'm is served by v1 again, instead of v2.'],
      [['models', 'delete-version', 'm', 'v2'], 'Version v2 of m is deleted.'],
      [['models', 'delete', 'm', '--yes'], 'The model m is deleted.'],
      [['jobs', 'cancel', 'j1'], 'Job j1 is canceled.'],
      [['jobs'], 'j1'],
      [['keys', 'create', '--name', 'shop', '--scopes', 'predict,read', '--expires', '2027-01-31'], 'tdm_new_key'],
      [['keys', 'list'], 'tdm_abc…'],
      [['keys', 'revoke', 'k1'], 'Key k1 "shop" is revoked.'],
    ]
    for (const [args, expected] of calls) {
      const { status, stdout } = await against(server, args)
      expect({ args, status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining(expected) })
    }
    expect(server.asked.find(({ path }) => path.endsWith('/activate'))?.json).toEqual({ reason: 'better' })
    expect(server.asked.find(({ method, path }) => method === 'POST' && path === '/v1/keys')?.json).toEqual({
      name: 'shop',
      scopes: ['predict', 'read'],
      expiresAt: '2027-01-31T00:00:00.000Z',
    })
  })
})

describe('a config that Node cannot load', () => {
  const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

  test.each([
    [
      'of a CommonJS package',
      {
        'package.json': '{"type":"commonjs"}',
        'tandem.config.ts': "import { a } from './a.ts'\nexport const config = { a }",
        'a.ts': 'export const a = 1',
      },
      /"type": "commonjs".*tandem\.config\.mts/,
    ],
    [
      'that imports CommonJS TypeScript',
      {
        'package.json': '{"type":"commonjs"}',
        'tandem.config.mts': "import { a } from './a.ts'\nexport const config = { a }",
        'a.ts': 'export const a = 1',
      },
      /CommonJS.*rename the imported \.ts file to \.mts|"type": "module"/,
    ],
    [
      'that imports by a path of tsconfig',
      { 'tandem.config.ts': "import { a } from '@/a'\nexport const config = { a }" },
      /"@\/a", a path alias of tsconfig\.json/,
    ],
    [
      'that imports without extension',
      { 'tandem.config.ts': "import { a } from './a'\nexport const config = { a }", 'a.ts': 'export const a = 1' },
      /imports "\.\/a".*Write "\.\/a\.ts"/,
    ],
    [
      'that imports .js for .ts',
      { 'tandem.config.ts': "import { a } from './a.js'\nexport const config = { a }", 'a.ts': 'export const a = 1' },
      /imports "\.\/a\.js".*Write "\.\/a\.ts"/,
    ],
    [
      'that imports a file that is not there',
      { 'tandem.config.ts': "import { a } from './b.ts'\nexport const config = { a }" },
      /"\.\/b\.ts", a file that does not exist/,
    ],
    [
      'that imports a package that is not installed',
      { 'tandem.config.ts': "import { a } from '@acme/nothing/deep'\nexport const config = { a }" },
      /npm install @acme\/nothing/,
    ],
    ['with an enum', { 'tandem.config.ts': 'enum Plan { Free }\nexport const config = { Plan }' }, /Replace an enum by/],
    [
      'that imports a type as a value',
      {
        'package.json': '{"type":"module"}',
        'tandem.config.ts': "import { A } from './a.ts'\nexport const config: A = {}",
        'a.ts': 'export type A = object',
      },
      /import type \{ A \}/,
    ],
    [
      'that imports TypeScript from node_modules',
      {
        'tandem.config.ts': "import { a } from 'pack'\nexport const config = { a }",
        'node_modules/pack/package.json': '{"type":"module","exports":"./a.ts"}',
        'node_modules/pack/a.ts': 'export const a = 1',
      },
      /TypeScript from node_modules/,
    ],
    ['with a syntax error', { 'tandem.config.mjs': 'export const config = {' }, /syntax error/],
    [
      'that throws',
      { 'tandem.config.mjs': "\n\nthrow new Error('MYSQL_URL is not set')" },
      /failed while it was loaded: MYSQL_URL is not set \(line 3\)/,
    ],
    ['that exports nothing', { 'tandem.config.mjs': 'export const other = {}' }, /exports neither "config" nor a default/],
    ['that exports a function', { 'tandem.config.mjs': 'export default () => ({})' }, /exports a function instead of/],
  ] as [string, Record<string, string>, RegExp][])('%s: one sentence with the fix', async (name, files, sentence) => {
    const cwd = join(folder, name.replaceAll(/\W+/g, '-'))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, path)), { recursive: true })
      writeFileSync(join(cwd, path), text)
    }
    const { status, stderr } = await alone(['models'], cwd)
    expect(stderr).toMatch(sentence)
    expect(stderr).not.toMatch(/\n\s+at |Tandem itself failed/)
    expect(status).toBe(1)
    // A server strips types elsewhere, and says the same.
    const started = await alone(['start', '--port', '0', '--data-dir', join(cwd, 'data')], cwd)
    const withoutProcess = (text: string): string => text.replaceAll(/\(node:\d+\)/g, '')
    expect({ status: started.status, stderr: withoutProcess(started.stderr) }).toEqual({ status, stderr: withoutProcess(stderr) })
  })

  test('is looked for where --config says', async () => {
    expect(await alone(['models', '--config', 'elsewhere.ts'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There is no file elsewhere.ts'),
    })
    expect(root).not.toBe('')
  })
})

describe('its parts', () => {
  test('table columns stand in line, and data cannot break them', () => {
    const rows = [
      { name: 'a\u001b[31m\nb', size: 7 },
      { name: 'long name', size: 1200 },
    ]
    const lines = tableLines(rows, [
      { title: 'name', value: ({ name }) => name },
      { title: 'size', value: ({ size }) => String(size), align: 'right' },
    ])
    expect(lines).toEqual(['name       size', 'a [31m b      7', 'long name  1200'])
    expect(tableLines(rows, [{ title: 'name', value: ({ name }) => name }], 5)[2]).toBe('long…')
  })

  test('numbers are as long as a person needs', () => {
    expect([0.123456, 1234567, 0, -0.5, 0.00001234, 1e21].map((value) => shortNumber(value))).toEqual([
      '0.1235',
      '1234567',
      '0',
      '-0.5',
      '1.2e-5',
      '1e+21',
    ])
  })

  test('words survive the shell', () => {
    expect([shellWord('plain/path.csv'), shellWord("it's"), shellWord('$(rm)')]).toEqual(['plain/path.csv', "'it'\\''s'", "'$(rm)'"])
  })

  test('a mistyped command is guessed only when it is near', () => {
    expect([nearestCommand('modles', ['models', 'jobs']), nearestCommand('pre', ['predict']), nearestCommand('xyzzy', ['models'])]).toEqual(
      ['models', 'predict', undefined],
    )
  })

  test.skipIf(process.platform !== 'linux')('the process that holds a port is found', async () => {
    const server = createServer((socket) => socket.resume())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    expect(await describeHolder('127.0.0.1', port)).toContain(`process ${process.pid} (`)
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('tandem language', () => {
  const by = { runtime: 'node', model: 'vader-rules', processingTimeMs: 1 }
  const sentiment = (label: string, score: number) => ({ label, score, scores: { [label]: 1 }, language: 'en' })

  test('prints what texts say and who answered, or the answer as JSON', async () => {
    const answer = { ...by, results: [sentiment('positive', 0.8418), sentiment('negative', -0.5)] }
    await using server = await startScriptedServer(routed({ 'POST /v1/language/sentiment': json(answer) }))
    const { status, stdout, stderr } = await against(server, ['language', 'sentiment', 'great shoes', 'bad shop', '--model', 'reviews'])
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'great shoes:\npositive  0.842\nbad shop:\nnegative  -0.500\n' })
    expect(stderr).toContain('vader-rules')
    expect(server.asked[0]!.json).toEqual({ input: ['great shoes', 'bad shop'], model: 'reviews' })
    const asJson = await against(server, ['language', 'sentiment', 'great shoes', '--json'])
    expect(JSON.parse(asJson.stdout)).toEqual(answer)
  })

  test('reads a whole file from the standard input', async () => {
    const result = { summary: 'Two.', kind: 'extracted', sentences: [], sentenceCount: 2, language: 'en' }
    await using server = await startScriptedServer(routed({ 'POST /v1/language/summary': json({ ...by, results: [result] }) }))
    const { stdout } = await against(server, ['language', 'summary', '--file', '-', '--sentences', '1', '--query', 'two'], 'One.\nTwo.')
    expect(stdout).toBe('Two.\n')
    expect(server.asked[0]!.json).toEqual({ input: ['One.\nTwo.'], sentences: 1, query: 'two' })
  })

  test.each([
    [['language', 'translate', 'x'], 'sentiment, entities, keywords, categories, summary'],
    [['language', 'sentiment'], '--file'],
    [['language', 'categories', 'x'], '--labels'],
    [['language', 'summary', 'x', '--sentences', '0'], 'from 1 to 50'],
    [['language', 'summary', 'x', '--file', 'y'], '"x" was not expected'],
  ])('%j makes no sense', async (args, says) => {
    const { status, stderr } = await alone(args)
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(says) })
  })

  test('a file that is not there is said', async () => {
    const { status, stderr } = await alone(['language', 'summary', '--file', 'absent.txt'])
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('absent.txt cannot be read') })
  })
})

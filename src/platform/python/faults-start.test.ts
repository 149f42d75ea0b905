// What can go wrong before a worker serves. The workers are real processes: testing/misbehaving_worker.py.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasSmallDisk, mountSmallDisk, NO_SMALL_DISK } from '../storage/testing/small-disk.ts'
import { createPythonEnvironment } from './environment.ts'
import { failureReason } from './failure.ts'
import { connectRemote } from './launch-remote.ts'
import { isAlive, NO_PYTHON, PYTHON, runtimeWith, VERSION } from './testing/runtime-bench.ts'

const stateOf = (bench: ReturnType<typeof runtimeWith>) => bench.runtime.view().workers[0]!

describe('without Python', () => {
  test('a call fails at once with the reason and the command that helps, and the runtime says the same', async () => {
    await using bench = runtimeWith({}, {}, createPythonEnvironment('/nowhere/python'))
    await expect(bench.embed('text')).rejects.toMatchObject({ code: 'unavailable' })
    await bench.until('the reason', () => stateOf(bench).state === 'down')
    expect(bench.runtime.view().reason).toContain('tandem python setup')
    const second = await bench.embed('text').catch((error: unknown) => error)
    expect(failureReason(second)).toBe('not_started')
  })

  test('an executable that is not there is named', async () => {
    await using bench = runtimeWith({}, {}, createPythonEnvironment('/nowhere', '/nowhere/bin/python'))
    bench.runtime.start()
    await bench.until('the reason', () => stateOf(bench).state === 'down')
    expect(stateOf(bench).reason).toContain('/nowhere/bin/python')
    expect(bench.runtime.view().environment).toMatchObject({ ready: false, problem: expect.stringContaining('TANDEM_PYTHON_EXECUTABLE') })
  })

  test('an executable that cannot be run leaves nothing behind', async () => {
    await using bench = runtimeWith(
      {},
      {},
      { executable: () => 'tandem-no-such-python', view: () => ({ executable: null, folder: null, ready: true, problem: null }) },
    )
    bench.runtime.start()
    await bench.until('the reason', () => stateOf(bench).state === 'down')
    expect(stateOf(bench).reason).toContain('ENOENT')
  })
})

describe.skipIf(PYTHON === undefined)(`a worker that starts (${NO_PYTHON})`, () => {
  test('without a module it needs ends, and its words stand in the log', async () => {
    await using bench = runtimeWith({ start: 'module_missing' })
    bench.runtime.start()
    await bench.until('the failure', () => bench.restarts.length > 0)
    expect(stateOf(bench).reason).toContain('ended with status 1')
    expect(
      bench.runtime
        .log(50)
        .map(({ message }) => message)
        .join('\n'),
    ).toContain("No module named 'tandem_module_that_is_not_there'")
  })

  test('and ends at once is tried again with pauses, then left alone, then tried once more and taken when it is well', async () => {
    await using bench = runtimeWith({ start: 'exit' })
    bench.runtime.start()
    await bench.until('an open circuit', () => stateOf(bench).circuit === 'open')
    expect(bench.restarts.length).toBe(4)
    expect(stateOf(bench).nextStartInMs).toBeGreaterThan(50)
    await bench.until('a try', () => bench.restarts.length === 5)
    expect(stateOf(bench)).toMatchObject({ circuit: 'open', state: 'down' })
    bench.script({})
    await bench.until('a worker', () => stateOf(bench).state === 'ready')
    expect(stateOf(bench).circuit).toBe('half-open')
    expect(await bench.embed('back')).toEqual([4, 98, 1, 0])
  })

  test('is started at once when somebody asks for it, whatever pause it is in', async () => {
    await using bench = runtimeWith({ start: 'exit' }, { restarts: { limit: 1, openMs: 3_600_000 } })
    bench.runtime.start()
    await bench.until('an open circuit', () => stateOf(bench).circuit === 'open')
    bench.script({})
    bench.runtime.start()
    await bench.until('a worker', () => stateOf(bench).state === 'ready')
    expect(stateOf(bench).circuit).toBe('closed')
  })

  test('and never gets ready is given up after its time', async () => {
    await using bench = runtimeWith({ ready_after_ms: 1e9 }, { readyTimeoutMs: 300 })
    bench.runtime.start()
    await bench.until('the failure', () => bench.restarts.length > 0)
    expect(stateOf(bench).reason).toContain('not ready within 300 ms')
  })

  test('and loads its model slowly is waited for: that is no crash', async () => {
    await using bench = runtimeWith({ ready_after_ms: 700 })
    await bench.ready()
    expect(bench.restarts).toEqual([])
    expect(bench.changes.map(({ state }) => state)).toEqual(['starting', 'ready'])
  })

  test('and says nothing is ended after its time', async () => {
    await using bench = runtimeWith({ start: 'silent' }, { listenTimeoutMs: 400 })
    bench.runtime.start()
    await bench.until('the failure', () => bench.restarts.length > 0)
    expect(stateOf(bench).reason).toContain('did not say where it listens within 400 ms')
  })

  test.each([
    ['version', { version: '9.9.9' }, '9.9.9'],
    ['protocol', { protocol: 2 }, 'protocol 2'],
    ['nonce', { nonce: 'of-another-start' }, 'nonce'],
  ])('with another %s is refused with both values', async (_, script, words) => {
    await using bench = runtimeWith(script)
    bench.runtime.start()
    await bench.until('the failure', () => bench.restarts.length > 0)
    expect(stateOf(bench).reason).toContain(words)
    await expect(bench.embed('text')).rejects.toMatchObject({ details: { reason: 'not_started' } })
  })

  test.each(['garbage', 'split', 'flood', 'stderr'])('is understood through %s on its pipes', async (start) => {
    await using bench = runtimeWith({ start })
    await bench.ready()
    expect(await bench.embed('hello')).toEqual([5, 104, 1, 0])
    await bench.until('its words', () => start === 'split' || bench.runtime.log(500).length > 3)
    const lines = bench.runtime.log(500)
    expect(lines.length).toBeLessThanOrEqual(500)
    expect(lines.every(({ message }) => message.length <= 2_001)).toBe(true)
    if (start === 'stderr') {
      expect(lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'said in JSON {"part":7}' }))
      expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('broken') }))
    }
    // What nobody can read in time is counted, not passed on.
    if (start === 'flood') expect(bench.logged.length).toBeLessThan(300)
  })

  test('that is called off while it starts is not left behind', async () => {
    await using bench = runtimeWith({ ready_after_ms: 1e9 })
    bench.runtime.start()
    await bench.runtime.stop()
    expect(stateOf(bench)).toMatchObject({ state: 'stopped', pid: null })
  })

  test.skipIf(!hasSmallDisk)(
    `whose folder is on a full disk serves all the same, and leaves nothing behind (${NO_SMALL_DISK})`,
    async () => {
      using disk = mountSmallDisk(128 * 1024)
      const runFolder = join(disk.path, 'run')
      mkdirSync(runFolder)
      disk.fill()
      await using bench = runtimeWith({}, { runFolder })
      await bench.ready()
      expect(await bench.embed('full')).toEqual([4, 102, 1, 0])
      expect(bench.runtime.log(50)).toContainEqual(
        expect.objectContaining({ level: 'warn', message: expect.stringMatching(/could not be written.*ENOSPC/) }),
      )
      // Its successor writes where it is, once there is room.
      disk.empty()
      const before = bench.pid()
      process.kill(before, 'SIGKILL')
      await bench.until('another worker', () => stateOf(bench).state === 'ready' && bench.pid() !== before)
      expect(readdirSync(runFolder).sort()).toEqual(expect.arrayContaining(['python-1.json', 'python-1.lock']))
      await bench.runtime.close()
      expect(isAlive(before)).toBe(false)
    },
  )

  test('where its folder cannot be is told where', async () => {
    await using bench = runtimeWith({}, { runFolder: `${import.meta.filename}/run` })
    bench.runtime.start()
    await bench.until('the failure', () => bench.restarts.length > 0)
    expect(stateOf(bench).reason).toContain('cannot be made')
  })
})

describe.skipIf(PYTHON === undefined)(`supervisors of one folder (${NO_PYTHON})`, () => {
  test('share one worker; when its own supervisor goes, the other starts one', async () => {
    await using first = runtimeWith()
    await first.ready()
    const folder = join(first.folder, 'run')
    await using second = runtimeWith({}, { runFolder: folder })
    await second.ready()
    expect(stateOf(second)).toMatchObject({ origin: 'adopted', pid: first.pid(), circuit: 'closed' })
    expect(await second.embed('shared')).toEqual(await first.embed('shared'))
    const before = first.pid()
    await first.runtime.close()
    await second.until('a worker of its own', () => stateOf(second).origin === 'spawned' && stateOf(second).state === 'ready')
    expect(second.pid()).not.toBe(before)
    expect(await second.embed('own')).toEqual([3, 111, 1, 0])
  })

  test('believe no state file: not that of a process id that is another by now, nor of a port where a stranger listens', async () => {
    const stranger = createServer((_, response) => response.end('{"nonce":"not yours"}'))
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    await using bench = runtimeWith()
    const folder = join(bench.folder, 'run')
    mkdirSync(folder, { recursive: true })
    const state = { pid: process.pid, nonce: 'long-gone', token: 'x'.repeat(43), version: VERSION, socket: null }
    writeFileSync(join(folder, 'python-1.json'), JSON.stringify({ ...state, port: (stranger.address() as AddressInfo).port }))
    await bench.ready()
    expect(stateOf(bench).origin).toBe('spawned')
    expect(bench.pid()).not.toBe(process.pid)
    stranger.close()
  })

  test('do not use a worker of another version or with another nonce', async () => {
    await using first = runtimeWith({ status_nonce: 'another' })
    await first.ready()
    await using second = runtimeWith({}, { runFolder: join(first.folder, 'run'), restarts: { firstMs: 5, mostMs: 5, limit: 1_000 } })
    second.runtime.start()
    await second.until('the refusal', () => second.restarts.length > 1)
    expect(stateOf(second).reason).toContain('another worker than the one described')
    expect(stateOf(second).origin).toBeNull()
  })

  test('half a state file counts as none', async () => {
    await using bench = runtimeWith()
    mkdirSync(join(bench.folder, 'run'), { recursive: true })
    writeFileSync(join(bench.folder, 'run', 'python-1.json'), '{"pid": 1, "non')
    await bench.ready()
    expect(existsSync(join(bench.folder, 'run', 'python-1.json'))).toBe(true)
  })
})

describe('a remote that is no worker of ours', () => {
  test('is asked in JSON when it has no binary tensors, as MLServer 1.7.1 has not', async () => {
    const asked: unknown[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      if (request.url === '/tandem/v1/status') return void response.writeHead(404).end('{"detail":"Not Found"}')
      if (request.url !== '/v2/models/iris/infer') return void response.end('{"name":"mlserver","version":"1.7.1","extensions":[]}')
      asked.push(JSON.parse(body).inputs)
      const outputs = [{ name: 'predict', datatype: 'INT64', shape: [1, 1], data: [2] }]
      response.end(JSON.stringify({ model_name: 'iris', id: JSON.parse(body).id, outputs }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const worker = await connectRemote({ url, version: VERSION })
    expect(await worker.canary(60_000)).toBeGreaterThan(0)
    const inputs = [{ name: 'predict', datatype: 'FP64', shape: [1, 2], data: Float64Array.of(5, 3) }] as const
    const { outputs } = await worker.client.infer({ model: 'iris', inputs }, { timeoutMs: 60_000 })
    expect([...outputs[0]!.data]).toEqual([2])
    expect(asked).toEqual([[{ name: 'predict', datatype: 'FP64', shape: [1, 2], data: [5, 3] }]])
    worker.kill()
    server.close()
  })

  test.each([
    ['nothing listens', undefined, 'cannot be reached'],
    ['a stranger answers', (): [number, string] => [404, 'nothing here'], 'answered 404'],
    ['the token is refused', (): [number, string] => [401, '{"error":"a token is needed"}'], 'refuses the key'],
    [
      'the version is another',
      (path: string): [number, string] => [200, path === '/v2' ? '{"version":"9.9.9"}' : '{"nonce":"n"}'],
      '9.9.9',
    ],
  ])('%s: said in a sentence', async (_, answer, words) => {
    const server = createServer((request, response) => {
      const [status, body] = answer!(request.url ?? '')
      response.writeHead(status).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    if (answer === undefined) await new Promise((resolve) => server.close(resolve))
    await expect(connectRemote({ url: `http://127.0.0.1:${port}`, key: 'secret', version: VERSION })).rejects.toThrow(words)
    server.closeAllConnections()
    server.close()
  })
})

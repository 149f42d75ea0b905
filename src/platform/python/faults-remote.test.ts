// What can go wrong with a worker that somebody else runs, at an address. Real processes and real sockets.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { failureReason } from './failure.ts'
import { MISBEHAVING, NO_PYTHON, PYTHON, type RuntimeBench, runtimeWith, type Script } from './testing/runtime-bench.ts'

const KEY = 'k'.repeat(32)
const folder = mkdtempSync(join(tmpdir(), 'tpr-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const workers: ChildProcess[] = []
afterEach(() => {
  for (const worker of workers.splice(0)) worker.kill('SIGKILL')
})

const stateOf = (bench: RuntimeBench) => bench.runtime.view().workers[0]!
const reasonOf = (call: Promise<unknown>) => call.then(() => 'answered', failureReason)
const remoteAt = (port: number) => ({
  ...{ workers: 0, remotes: [{ name: 'gpu', url: `http://127.0.0.1:${port}`, key: KEY, locality: 'near' as const }] },
  timing: { intervalMs: 50, timeoutMs: 2_000, missesAllowed: 2, goodNeeded: 1, recoveryMs: 10 },
  restarts: { firstMs: 20, mostMs: 50, limit: 1_000 },
})

/** Below those that a system gives to outgoing connections: nobody else takes it while a test has nothing there. */
async function portToKeep(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = await listenAs(createServer(), port).catch(() => undefined)
    if (server === undefined) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}

/** Resolves with its port when it listens. */
function startWorker(port: number, script: Script = {}): Promise<number> {
  const file = join(folder, `${workers.length}-${Date.now()}.json`)
  writeFileSync(file, JSON.stringify(script))
  const env = { PATH: process.env.PATH ?? '', WORKER_SCRIPT: file, WORKER_PORT: String(port), TANDEM_WORKER_TOKEN: KEY }
  const child = spawn(PYTHON!, [MISBEHAVING], {
    env: { ...env, TANDEM_WORKER_NONCE: `${Math.random()}` },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  workers.push(child)
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('The worker ended before it listened.')))
    child.stdout!.once('data', (line) => resolve((JSON.parse(String(line)) as { port: number }).port))
  })
}

async function endWorker(): Promise<void> {
  const child = workers.at(-1)!
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}

function listenAs(stranger: Server, port: number): Promise<Server> {
  return new Promise((resolve, reject) => stranger.once('error', reject).listen(port, '127.0.0.1', () => resolve(stranger)))
}

describe.skipIf(PYTHON === undefined)(`a remote worker (${NO_PYTHON})`, () => {
  test.each([
    ['that answers everything with 200', (): [number, string] => [200, '{"ok":true}']],
    ['that asks for a key', (): [number, string] => [401, '{"error":"who are you?"}']],
    ['that knows nothing', (): [number, string] => [404, 'nothing here']],
  ])('whose port was taken by a stranger %s is not believed, and is used again when it is back', async (_, answer) => {
    const port = await startWorker(await portToKeep())
    await using bench = runtimeWith({}, remoteAt(port))
    await bench.ready()
    expect(await bench.embed('well')).toEqual([4, 119, 1, 0])
    await endWorker()
    const asked: string[] = []
    const stranger = await listenAs(
      createServer((request, response) => {
        asked.push(`${request.method} ${request.url}`)
        const [status, body] = answer()
        response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      }),
      port,
    )
    await bench.until('its being left', () => stateOf(bench).state === 'down')
    expect(await reasonOf(bench.embed('text'))).not.toBe('answered')
    expect(stateOf(bench).reason).not.toContain(KEY)
    await bench.until('several tries', () => bench.restarts.length > 2)
    expect(stateOf(bench).served).toBe(1)
    expect(asked.length).toBeGreaterThan(0)
    stranger.closeAllConnections()
    await new Promise((resolve) => stranger.close(resolve))
    await startWorker(port)
    await bench.until('its return', () => stateOf(bench).state === 'ready')
    expect(await bench.embed('back')).toEqual([4, 98, 1, 0])
  })

  test('that was replaced by one of another version between two canaries is found out', async () => {
    const port = await startWorker(await portToKeep())
    await using bench = runtimeWith({}, { ...remoteAt(port), timing: { ...remoteAt(port).timing, missesAllowed: 1_000 } })
    await bench.ready()
    await endWorker()
    await startWorker(port, { version: '9.9.9' })
    await bench.until('the refusal', () => stateOf(bench).reason?.includes('9.9.9') === true)
    expect(bench.changes.find(({ state }) => state === 'down')?.reason).toContain('replaced by another')
    expect(await reasonOf(bench.embed('text'))).toBe('not_started')
    await endWorker()
    await startWorker(port)
    await bench.until('one of the right version', () => stateOf(bench).state === 'ready')
    expect(await bench.embed('right')).toHaveLength(4)
  })

  test('is asked directly, whatever proxy the environment names', async () => {
    const proxied: string[] = []
    const proxy = await listenAs(
      createServer((request, response) => void response.writeHead(502).end(void proxied.push(request.url ?? ''))),
      0,
    )
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY'] as const
    const before = names.map((name) => process.env[name])
    for (const name of names) process.env[name] = url
    try {
      const port = await startWorker(0)
      await using bench = runtimeWith({}, remoteAt(port))
      await bench.ready()
      expect(await bench.embed('well')).toEqual([4, 119, 1, 0])
      expect(proxied).toEqual([])
    } finally {
      for (const [at, name] of names.entries()) {
        if (before[at] === undefined) delete process.env[name]
        else process.env[name] = before[at]
      }
      proxy.close()
    }
  })
})

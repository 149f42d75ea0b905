// The ends of the program that has the workers: whatever ends it, no worker is left; and what many restarts leave behind.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { groupOf, isAlive, NO_PYTHON, PYTHON, runtimeWith } from './testing/runtime-bench.ts'

const PARENT = fileURLToPath(new URL('testing/parent.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tpp-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const canUnshare = process.platform === 'linux' && spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0
const isLinux = process.platform === 'linux'

interface Program {
  readonly child: ChildProcess
  readonly exited: Promise<void>
  said(pattern: RegExp): Promise<RegExpExecArray>
}

let programs = 0

function startProgram(mode: 'main' | 'thread' = 'main', script: object = {}, before: readonly string[] = []): Program {
  const words = [PARENT, join(folder, String(++programs)), PYTHON!, mode, JSON.stringify(script)]
  const [command, ...args] = [...before, process.execPath, '--conditions=tandem-source', '--no-warnings', ...words]
  const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  return {
    child,
    exited: new Promise((resolve) => child.on('exit', () => resolve())),
    async said(pattern) {
      const endsAt = performance.now() + 60_000
      for (;;) {
        const found = pattern.exec(output)
        if (found !== null) return found
        if (performance.now() > endsAt) throw new Error(`The program did not say ${pattern}: ${output}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
  }
}

/** The goal is a second; a loaded machine gets more before the test fails. */
async function gone(pid: number, deadlineMs = 60_000): Promise<void> {
  const endsAt = performance.now() + deadlineMs
  while (isAlive(pid) || groupOf(pid).length > 0) {
    if (performance.now() > endsAt) throw new Error(`Process group ${pid} is still there: ${groupOf(pid)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe.skipIf(PYTHON === undefined)(`no worker is left (${NO_PYTHON})`, () => {
  test('when the program is killed', async () => {
    const program = startProgram()
    const pid = Number((await program.said(/ready (\d+)/))[1])
    program.child.kill('SIGKILL')
    await gone(pid)
  })

  test('when the program is told to end, also while a worker starts, and told again while it drains', async () => {
    const served = startProgram('main', { slow_stop_ms: 300 })
    const starting = startProgram('main', { ready_after_ms: 1e9 })
    const pid = Number((await served.said(/ready (\d+)/))[1])
    await starting.said(/started/)
    for (const { child } of [served, starting]) child.kill('SIGTERM')
    served.child.kill('SIGTERM')
    await Promise.all([served.exited, starting.exited])
    expect(isAlive(pid)).toBe(false)
    expect([served.child.exitCode, starting.child.exitCode]).toEqual([0, 0])
  })

  test('when the thread that has the runtime ends while the program goes on; until then it serves', async () => {
    const program = startProgram('thread')
    const pid = Number((await program.said(/ready (\d+)/))[1])
    // Longer than the thread that spawned would need to look gone, were the worker bound to it.
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(isAlive(pid)).toBe(true)
    program.child.stdin!.write('end the thread\n')
    await program.said(/thread ended/)
    await gone(pid)
    expect(program.child.exitCode).toBeNull()
    program.child.kill('SIGKILL')
  })

  test.skipIf(!canUnshare)('where the program is process 1, as in a container: its worker is no orphan (needs unshare)', async () => {
    const program = startProgram('main', {}, ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'])
    await program.said(/ready (\d+)/)
    await new Promise((resolve) => setTimeout(resolve, 150))
    // One start only: a worker that took process 1 for a sign of death would have been started again.
    expect((await program.said(/(ready \d+\s*)+$/))[0].match(/ready/g)).toHaveLength(1)
    program.child.kill('SIGKILL')
    await program.exited
  })
})

describe.skipIf(PYTHON === undefined)(`two hundred failures (${NO_PYTHON})`, () => {
  const opened = (): number => readdirSync('/proc/self/fd').length
  const zombies = (): number => {
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    return stdout.split('\n').filter((state) => state.startsWith('Z')).length
  }

  test.skipIf(!isLinux)('leave no file, process, timer or listener behind (counted on Linux)', async () => {
    const restarts = { firstMs: 0, mostMs: 0, limit: 1_000_000 }
    const executable = { executable: () => 'false', view: () => ({ executable: 'false', folder: null, ready: true, problem: null }) }
    const before = { files: opened(), exits: process.listenerCount('exit'), resources: process.getActiveResourcesInfo().length }
    {
      await using bench = runtimeWith({}, { restarts }, executable)
      bench.runtime.start()
      await bench.until('failures', () => bench.restarts.length >= 190, 100_000)
    }
    {
      await using bench = runtimeWith({}, { restarts })
      await bench.ready()
      for (let round = 0; round < 10; round++) {
        const pid = bench.pid()
        process.kill(pid, 'SIGKILL')
        await bench.until('the next worker', () => bench.runtime.isReady && bench.pid() !== pid)
        expect(await bench.embed('on')).toHaveLength(4)
      }
      // One runtime's worker has three pipes and a few connections.
      expect(opened()).toBeLessThan(before.files + 15)
    }
    await expect.poll(opened).toBeLessThanOrEqual(before.files)
    expect(process.listenerCount('exit')).toBe(before.exits)
    await expect.poll(() => process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before.resources + 2)
    await expect.poll(zombies).toBe(0)
  })
})

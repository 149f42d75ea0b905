// A server whose log cannot be written: the disk below it is full, or whoever read it has ended. Lines are lost, answers are not.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { hasSmallDisk, mountSmallDisk, NO_SMALL_DISK } from '../../src/platform/storage/testing/small-disk.ts'
import { type Asker, createAsker } from '../testing/ask.ts'
import { ADMIN_KEY, portToKeep, temporaryFolder } from '../testing/tandem-process.ts'

const MAIN = fileURLToPath(new URL('../../src/interfaces/cli/main.ts', import.meta.url))
const folder = temporaryFolder('log')
afterAll(() => folder.remove())
let servers = 0

interface Server extends AsyncDisposable {
  readonly asker: Asker
  readonly child: ChildProcess
  readonly exited: Promise<number | null>
}

/** Every request is logged. `output` is a file, or pipes whose reading end the test has. */
async function serve(output: number | 'pipe'): Promise<Server> {
  const port = await portToKeep()
  const own = {
    ...{ TANDEM_ADMIN_KEY: ADMIN_KEY, TANDEM_PORT: String(port), TANDEM_DATA_DIR: join(folder.path, String(++servers)) },
    ...{ TANDEM_LOG_LEVEL: 'debug', TANDEM_THREADS: '1', TANDEM_PYTHON: 'off', TANDEM_MAX_EVENT_LOOP_DELAY_MS: '60000' },
  }
  const child = spawn(process.execPath, ['--conditions=tandem-source', '--no-warnings', MAIN, 'start'], {
    ...{ cwd: tmpdir(), env: { PATH: process.env.PATH, HOME: folder.path, ...own }, stdio: ['ignore', output, output] },
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const asker = createAsker(`http://127.0.0.1:${port}`, ADMIN_KEY)
  await asker.until(
    () => asker.ask('/health/live').catch(() => ({ status: 0 })),
    ({ status }) => status === 200,
    'the server',
  )
  return {
    ...{ asker, child, exited },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

const askOften = async ({ asker }: Server): Promise<void> => {
  for (let call = 0; call < 20; call++) {
    expect((await asker.ask('/v1/models')).status).toBe(200)
    expect((await asker.ask(`/v1/models/none-${call}`)).status).toBe(404)
  }
}

describe.skipIf(!hasSmallDisk)(`on a full disk (${NO_SMALL_DISK})`, () => {
  test('it answers on, writes again when there is room, and says how much was lost; a log that is rotated is followed', async () => {
    using disk = mountSmallDisk(64 * 1024)
    const path = join(disk.path, 'tandem.log')
    const file = openSync(path, 'a')
    disk.fill()
    await using server = await serve(file)
    closeSync(file)
    await askOften(server)
    const full = readFileSync(path, 'utf8').length
    disk.empty()
    await server.asker.until(
      async () => {
        await server.asker.ask('/v1/models')
        return readFileSync(path, 'utf8')
      },
      (text) => text.length > full && text.includes('pieces of output could not be written (ENOSPC)'),
      'the words of what was lost',
    )
    renameSync(path, `${path}.1`)
    await askOften(server)
    expect(server.child.exitCode).toBeNull()
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
  })
})

describe('where nobody reads it any more', () => {
  test('it answers on, and stops as it should', async () => {
    await using server = await serve('pipe')
    server.child.stdout!.destroy()
    server.child.stderr!.destroy()
    await askOften(server)
    expect(server.child.exitCode).toBeNull()
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
  })
})

// What can go wrong while the environment is made, each made to go wrong: a disk that is full, a proxy that refuses, a package that needs a
// compiler where there is none, an index that is not there, somebody who interrupts. The words are those of the pip that is installed.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSmallDisk, mountSmallDisk, NO_SMALL_DISK } from '../storage/testing/small-disk.ts'
import { createEnvironment, type SetupOptions } from './create-environment.ts'
import { executableIn, hasEnvironment } from './environment.ts'
import { runStep } from './run-step.ts'
import { isAlive, NO_PYTHON, PYTHON } from './testing/runtime-bench.ts'

const root = mkdtempSync(join(tmpdir(), 'tpx-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
// Away from whatever index, cache and configuration this machine has.
const env: Record<string, string> = {
  ...{ PATH: process.env.PATH ?? '', HOME: root, PIP_CONFIG_FILE: '/dev/null', PIP_NO_CACHE_DIR: '1', PIP_RETRIES: '1' },
  ...{ PIP_DISABLE_PIP_VERSION_CHECK: '1', TMPDIR: root },
}
const WHEEL = 'tandem_test_ballast-1.0-py3-none-any.whl'
const SOURCE = 'tandem_test_native-1.0.tar.gz'
const SLOW = 'tandem_test_slow-1.0.tar.gz'

/** A wheel of two megabytes that do not shrink, sources that a C compiler has to build, and some whose build takes long: by Python alone. */
const MAKE = `
import io, random, sys, tarfile, zipfile
wheel, source, slow = sys.argv[1:]
with zipfile.ZipFile(wheel, "w") as archive:
    archive.writestr("tandem_test_ballast/__init__.py", "")
    archive.writestr("tandem_test_ballast/weights.bin", random.Random(0).randbytes(2 << 20))
    archive.writestr("tandem_test_ballast-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tandem-test-ballast\\nVersion: 1.0\\n")
    archive.writestr("tandem_test_ballast-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    archive.writestr("tandem_test_ballast-1.0.dist-info/RECORD", "")
# The first as setuptools does and says it.
NATIVE = """
import subprocess
def build_wheel(folder, config_settings=None, metadata_directory=None):
    command = ["gcc", "-shared", "-fPIC", "native.c", "-o", "native.so"]
    try:
        subprocess.check_call(command)
    except FileNotFoundError as error:
        raise SystemExit(f"error: command {command[0]!r} failed: {error.strerror}")
    raise SystemExit("error: this package is for machines without a compiler")
"""
SLOWLY = """
import os, time
def build_wheel(folder, config_settings=None, metadata_directory=None):
    with open(os.environ["TMPDIR"] + "/building", "w") as file:
        file.write(str(os.getpid()))
    time.sleep(600)
"""
for path, name, backend in ((source, "native", NATIVE), (slow, "slow", SLOWLY)):
    files = {
        "pyproject.toml": '[build-system]\\nrequires = []\\nbuild-backend = "backend"\\nbackend-path = ["."]\\n',
        "PKG-INFO": f"Metadata-Version: 2.1\\nName: tandem-test-{name}\\nVersion: 1.0\\n",
        "native.c": "int answer(void) { return 42; }\\n",
        "backend.py": backend,
    }
    with tarfile.open(path, "w:gz") as archive:
        for file, text in files.items():
            data = text.encode()
            member = tarfile.TarInfo(f"tandem_test_{name}-1.0/{file}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
`

function listsOf(name: string, line: string): string {
  const folder = join(root, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'base.txt'), `${line}\n`)
  return folder
}

const pinned = (name: string, file: string): string =>
  `${name} @ file://${join(root, file)} --hash=sha256:${createHash('sha256')
    .update(readFileSync(join(root, file)))
    .digest('hex')}`

const basic = (lists: string, folder: string): SetupOptions => ({
  extras: [],
  version: '0.1.0',
  env,
  lists,
  folder,
  python: PYTHON!,
  imports: ['json'],
})

describe.skipIf(PYTHON === undefined)(`making the environment (${NO_PYTHON}, and its venv and pip)`, () => {
  beforeAll(() => runStep({ command: PYTHON!, args: ['-c', MAKE, join(root, WHEEL), join(root, SOURCE), join(root, SLOW)], env }))

  test.skipIf(!hasSmallDisk)(
    `on a disk without room for Python itself: says so, and gives back what it took (${NO_SMALL_DISK})`,
    async () => {
      using disk = mountSmallDisk(256 * 1024)
      // The file of the lock and the folders stand already; then there is no room for anything.
      const folder = join(disk.path, 'python')
      mkdirSync(folder)
      disk.fill()
      const lists = listsOf('nothing', '')
      await expect(createEnvironment(basic(lists, folder))).rejects.toMatchObject({
        code: 'storage_full',
        message: expect.stringContaining('TANDEM_PYTHON_DIR'),
      })
      expect(hasEnvironment(folder)).toBe(false)
      expect(existsSync(join(folder, 'venv'))).toBe(false)
    },
  )

  test.skipIf(!hasSmallDisk)(
    `that fills up while pip installs: says so, keeps nothing, and is finished when there is room (${NO_SMALL_DISK})`,
    async () => {
      using disk = mountSmallDisk(1_500_000)
      const folder = join(disk.path, 'python')
      const lists = listsOf('ballast', pinned('tandem-test-ballast', WHEEL))
      const before = disk.freeBytes
      const told: string[] = []
      const refused = createEnvironment({ ...basic(lists, folder), onProgress: (_, message) => told.push(message) })
      await expect(refused).rejects.toMatchObject({
        code: 'storage_full',
        message: expect.stringMatching(/disk is full.*No space left on device/s),
      })
      expect(told.some((message) => message.startsWith('making the environment'))).toBe(true)
      expect(readdirSync(folder)).toEqual(['setup.lock'])
      expect(disk.freeBytes).toBeGreaterThan(before - 32 * 1024)
      disk.grow(16_000_000)
      expect(await createEnvironment({ ...basic(lists, folder), imports: ['tandem_test_ballast'] })).toMatchObject({ changed: true })
    },
  )

  test('where a package needs a compiler and there is none: names it and what to install', async () => {
    const folder = join(root, 'uncompiled')
    const bin = join(root, 'bin')
    mkdirSync(bin)
    symlinkSync(PYTHON!, join(bin, 'python3'))
    const options = { ...basic(listsOf('native', pinned('tandem-test-native', SOURCE)), folder), env: { ...env, PATH: bin } }
    await expect(createEnvironment(options)).rejects.toMatchObject({
      code: 'dependency_missing',
      message: expect.stringMatching(/no compiler is here.*build-essential.*gcc/s),
    })
    expect(existsSync(join(folder, 'venv'))).toBe(false)
  })

  test('a file that is not the pinned one is refused', async () => {
    const lists = listsOf('tampered', `tandem-test-ballast @ file://${join(root, WHEEL)} --hash=sha256:${'0'.repeat(64)}`)
    await expect(createEnvironment(basic(lists, join(root, 'tampered-env')))).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('not the pinned one'),
    })
  })

  test.each([
    [
      'a proxy that wants a password',
      'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n',
      /proxy refuses.*HTTPS_PROXY/s,
    ],
    ['a proxy that breaks off', undefined, /proxy refuses|cannot be reached/],
  ])('behind %s: names the variable', async (name, says, words) => {
    const { server, port } = await listen(says)
    const lists = listsOf(name, `numpy==2.4.6 --hash=sha256:${'0'.repeat(64)}`)
    const proxied = { ...env, HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${port}`, PIP_INDEX_URL: 'https://packages.invalid/simple' }
    const error: unknown = await createEnvironment({ ...basic(lists, join(root, `${name}-env`)), env: proxied }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'network', message: expect.stringMatching(words) })
    expect(JSON.stringify(error)).not.toContain('hunter2')
    server.close()
  })

  test('where the index cannot be reached: says so', async () => {
    const { server, port } = await listen(undefined)
    await new Promise((resolve) => server.close(resolve))
    const lists = listsOf('unreachable', `numpy==2.4.6 --hash=sha256:${'0'.repeat(64)}`)
    const options = { ...basic(lists, join(root, 'unreachable-env')), env: { ...env, PIP_INDEX_URL: `http://127.0.0.1:${port}/simple` } }
    await expect(createEnvironment(options)).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('PIP_INDEX_URL'),
    })
  })

  test('interrupted while pip builds it ends pip and what that has started, keeps nothing half done, and the next one makes it', async () => {
    const folder = join(root, 'interrupted')
    const building = join(root, 'building')
    const stop = new AbortController()
    const making = createEnvironment({ ...basic(listsOf('slow', pinned('tandem-test-slow', SLOW)), folder), signal: stop.signal })
    making.catch(() => undefined)
    await expect.poll(() => existsSync(building) && readFileSync(building, 'utf8'), { timeout: 60_000 }).toMatch(/\d/)
    const pid = Number(readFileSync(building, 'utf8'))
    expect(isAlive(pid)).toBe(true)
    stop.abort()
    await expect(making).rejects.toMatchObject({ code: 'canceled' })
    await expect.poll(() => isAlive(pid)).toBe(false)
    expect(existsSync(join(folder, 'venv'))).toBe(false)
    const lists = listsOf('again', pinned('tandem-test-ballast', WHEEL))
    const made = await createEnvironment({ ...basic(lists, folder), imports: ['tandem_test_ballast'] })
    expect(made.executable).toBe(executableIn(folder))
  })
})

function listen(says: string | undefined): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => (says === undefined ? socket.destroy() : socket.end(says)))
  })
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve({ server, port: (server.address() as { port: number }).port })),
  )
}

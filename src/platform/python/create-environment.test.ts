// Making the environment of the worker. Words of failures are those of pip 24 and uv 0.5, as they print them.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readPythonEnvironment } from '../../config.ts'
import { tryFileLock } from '../storage/file-lock.ts'
import { createEnvironment } from './create-environment.ts'
import { createPythonEnvironment, executableIn, hasEnvironment } from './environment.ts'
import { findPython } from './find-python.ts'
import { removeEnvironment } from './remove-environment.ts'
import { explainFailure, runStep } from './run-step.ts'
import { readProgress } from './setup-progress.ts'
import { NO_PYTHON, PYTHON } from './testing/runtime-bench.ts'

const root = mkdtempSync(join(tmpdir(), 'tps-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const lists = join(root, 'lists')
mkdirSync(lists)
// No package at all: what is tried here is everything but the index.
writeFileSync(join(lists, 'base.txt'), '')
const env = readPythonEnvironment()
const basic = { extras: [], version: '0.1.0', env, lists, imports: ['json'] } as const

describe.skipIf(PYTHON === undefined)(`createEnvironment (${NO_PYTHON}, and its venv)`, () => {
  test('makes it once: of two at the same time the second waits and finds it there; half of one is made anew', async () => {
    const folder = join(root, 'twice')
    mkdirSync(join(folder, 'venv', 'bin'), { recursive: true })
    writeFileSync(executableIn(folder), 'half of one')
    expect(hasEnvironment(folder)).toBe(false)
    expect(() => createPythonEnvironment(folder).executable()).toThrow('not finished')
    const told: string[] = []
    const both = await Promise.all(
      [0, 1].map(() => createEnvironment({ ...basic, folder, python: PYTHON!, onProgress: (_, message) => told.push(message) })),
    )
    expect(both.map(({ changed }) => changed).sort()).toEqual([false, true])
    expect(told).toContain('waiting for another set-up of the same folder')
    expect(told.at(-1)).toBe('ready')
    expect(createPythonEnvironment(folder).executable()).toBe(executableIn(folder))
    expect(both[0]!.python).toMatch(/^3\.\d+\.\d+/)
  })

  test('is removed with what it takes, unless a server has workers of it', async () => {
    const folder = join(root, 'removed')
    mkdirSync(join(folder, 'run'), { recursive: true })
    writeFileSync(join(folder, 'kept.txt'), 'not of the environment')
    await createEnvironment({ ...basic, folder, python: PYTHON! })
    const held = tryFileLock(join(folder, 'run', 'python-1.lock'), 0)!
    await expect(removeEnvironment(folder)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('python-1') })
    expect(hasEnvironment(folder)).toBe(true)
    held.release()
    expect(await removeEnvironment(folder)).toBe(true)
    expect(existsSync(join(folder, 'venv'))).toBe(false)
    expect(existsSync(join(folder, 'kept.txt'))).toBe(true)
    expect(await removeEnvironment(folder)).toBe(false)
    expect(await removeEnvironment(join(root, 'never-was'))).toBe(false)
  })

  test('that is called off leaves nothing half done, and gives the folder back', async () => {
    const folder = join(root, 'canceled')
    const stop = new AbortController()
    const making = createEnvironment({
      ...basic,
      folder,
      python: PYTHON!,
      signal: stop.signal,
      onProgress: (_, message) => message.startsWith('making') && stop.abort(),
    })
    await expect(making).rejects.toMatchObject({ code: 'canceled' })
    expect(existsSync(join(folder, 'venv'))).toBe(false)
    expect(hasEnvironment(folder)).toBe(false)
    const lock = tryFileLock(join(folder, 'setup.lock'), 0)
    expect(lock).toBeDefined()
    lock?.release()
  })
})

describe('createEnvironment', () => {
  test('without a usable Python says what was found and what is needed', async () => {
    await expect(findPython('tandem-no-such-python', env)).rejects.toMatchObject({
      code: 'dependency_missing',
      message: expect.stringContaining('3.11'),
    })
    await expect(
      createEnvironment({ ...basic, folder: join(root, 'none'), python: 'tandem-no-such-python', env: { PATH: '/nowhere' } }),
    ).rejects.toMatchObject({
      code: 'dependency_missing',
      message: expect.stringContaining('tandem-no-such-python'),
    })
  })

  test('names the extra that is not known, and the folder that cannot be', async () => {
    await expect(createEnvironment({ ...basic, folder: join(root, 'x'), extras: ['embed'] })).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('embed.txt'),
    })
    await expect(createEnvironment({ ...basic, folder: join(lists, 'base.txt', 'x') })).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('TANDEM_PYTHON_DIR'),
    })
  })

  test.each([
    ['ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device', 'storage_full', 'disk is full'],
    ['error: failed to write to file: Disk quota exceeded (os error 122)', 'storage_full', 'TANDEM_PYTHON_DIR'],
    [
      "WARNING: Retrying after connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))'",
      'network',
      'HTTPS_PROXY',
    ],
    [
      'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate',
      'network',
      'SSL_CERT_FILE',
    ],
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', 'network', 'pinned'],
    ["error: command 'gcc' failed: No such file or directory", 'dependency_missing', 'build-essential'],
    ['error: Microsoft Visual C++ 14.0 or greater is required.', 'dependency_missing', 'compiler'],
    ['The virtual environment was not created successfully because ensurepip is not available.', 'dependency_missing', 'python3-venv'],
    ['ERROR: No matching distribution found for torch==2.13.0', 'dependency_missing', '--python'],
    [
      "NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')",
      'network',
      'PIP_INDEX_URL',
    ],
    [
      'ERROR: Could not find a version that satisfies the requirement numpy==2.5.5 (from versions: 1.26.4, 2.4.6)',
      'dependency_missing',
      'another Python version',
    ],
    ['something nobody has seen before', 'internal', 'nobody has seen'],
  ])('explains "%s"', (line, code, words) => {
    expect(explainFailure(['Collecting numpy', line], 'ended with status 1')).toMatchObject({
      code,
      message: expect.stringContaining(words),
    })
  })

  test('tells how far it is by the pinned packages', () => {
    const list = join(root, 'four.txt')
    writeFileSync(list, 'a==1 \\\n    --hash=sha256:00\nb==2\nc-d==3\ne==4\n')
    const told: number[] = []
    const read = readProgress([list], (fraction) => told.push(fraction))
    for (const line of [
      'Collecting a==1',
      '  Downloading a-1.whl (2 kB)',
      'Collecting b==2',
      'noise',
      'Collecting c-d==3',
      'Collecting e==4',
      'Installing collected packages: a',
    ])
      read(line)
    expect(told).toEqual([...told].sort((x, y) => x - y))
    expect(told.at(-1)).toBe(0.85)
  })

  test('tells how far uv is by the sizes it names', () => {
    const told: [number, string][] = []
    const read = readProgress([], (fraction, message) => told.push([fraction, message]))
    // Lines of uv 0.13.9.
    for (const line of [
      'Resolved 23 packages in 850ms',
      'Downloading torch (1.5GiB)',
      'Downloading numpy (16.0MiB)',
      ' Downloaded numpy',
      ' Downloaded torch',
      'Prepared 23 packages in 1.99s',
      'Installed 23 packages in 149ms',
    ])
      read(line)
    expect(told.map(([, message]) => message)).toEqual([
      'downloaded 0 of 1536 MiB',
      'downloaded 0 of 1552 MiB',
      'downloaded 16 of 1552 MiB, numpy is here',
      'downloaded 1552 of 1552 MiB, torch is here',
      'installing',
      'installing',
    ])
    expect(told.map(([fraction]) => fraction)).toEqual([0, 0, (0.8 * 16) / 1552, 0.8, 0.85, 0.85])
  })

  test('a step that floods its pipes is read to its end', async () => {
    let lines = 0
    await runStep({
      command: process.execPath,
      args: ['-e', 'for (let i = 0; i < 5000; i++) console.log("x".repeat(200))'],
      env,
      onLine: () => lines++,
    })
    expect(lines).toBe(5_000)
  })
})

describe('readPythonEnvironment', () => {
  test('hands proxies, indexes and paths on, and no secret of the server', () => {
    const given = {
      PATH: '/bin',
      HTTPS_PROXY: 'http://proxy:3128',
      no_proxy: 'localhost',
      PIP_INDEX_URL: 'http://index',
      CUDA_VISIBLE_DEVICES: '0',
      HF_HOME: '/hf',
    }
    const secret = {
      DATABASE_URL: 'postgres://u:p@h/d',
      OPENAI_API_KEY: 'sk-1',
      TANDEM_ADMIN_KEY: 'tdm_1',
      AWS_SECRET_ACCESS_KEY: 'x',
      REDIS_URL: 'r',
    }
    expect(readPythonEnvironment({ ...given, ...secret })).toEqual(given)
  })
})

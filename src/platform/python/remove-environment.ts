// Takes the environment away again: some gigabytes, where PyTorch is in it.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TandemError } from '../../errors.ts'
import { tryFileLock } from '../storage/file-lock.ts'
import { MARKER } from './environment.ts'

/**
 * Removes what `createEnvironment` made, and nothing else in the folder: models that workers have trained stay.
 *
 * @returns whether there was anything.
 * @throws `conflict` while a set-up works on it, or a server has workers of it.
 */
export async function removeEnvironment(folder: string): Promise<boolean> {
  const venv = join(folder, 'venv')
  if (!existsSync(venv) && !existsSync(join(folder, MARKER))) return false
  const lock = tryFileLock(join(folder, 'setup.lock'), 0)
  if (lock === undefined) throw new TandemError('conflict', `A set-up of ${folder} is under way. Wait for it, or end it.`)
  try {
    const place = placesIn(join(folder, 'run')).find((file) => isHeld(join(folder, 'run', file)))
    if (place !== undefined) {
      const worker = place.replace(/\.lock$/, '')
      throw new TandemError('conflict', `A server has the worker ${worker} of this environment (${folder}). Stop that server first.`)
    }
    // The marker first: half an environment counts as none.
    rmSync(join(folder, MARKER), { force: true })
    await rm(venv, { recursive: true, force: true, maxRetries: 3 })
    return true
  } finally {
    lock.release()
  }
}

function placesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.lock')) : []
}

function isHeld(path: string): boolean {
  const lock = tryFileLock(path, 0)
  lock?.release()
  return lock === undefined
}

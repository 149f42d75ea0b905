// The admin key of this installation. One that was generated lies in `<dataDir>/admin-key`, readable by its owner only,
// so that the command line on the same machine, and the pasted curl line, work without showing it.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TandemError } from '../../errors.ts'
import type { Keys } from './api-keys.ts'

export interface AdminAccess {
  readonly keyId: string
  /** Set only when the key was generated now, to be shown once. */
  readonly adminKey: string | undefined
  /** File that holds the generated key; undefined when the environment gave the key. */
  readonly adminKeyFile: string | undefined
}

const FILE = 'admin-key'

interface Options {
  readonly keys: Pick<Keys, 'bootstrap' | 'verify'>
  readonly dataDir: string
  /** From the environment. */
  readonly adminKey: string | undefined
}

/** Ensures an admin key that this machine can use. */
export async function provideAdminAccess({ keys, dataDir, adminKey }: Options): Promise<AdminAccess> {
  const made = await keys.bootstrap(adminKey)
  const file = dataDir === ':memory:' ? undefined : join(dataDir, FILE)
  if (made.key !== undefined && file !== undefined) writeKey(file, made.key)
  const key = adminKey ?? made.key ?? (file !== undefined ? readAdminKey(dataDir) : undefined)
  const principal = key === undefined ? undefined : await keys.verify(key)
  if (principal?.keyId === undefined) {
    throw new TandemError(
      'invalid_config',
      `The database has an admin key, but this machine does not know it: ${file ?? 'there is no data folder'} is missing or holds another key. Set TANDEM_ADMIN_KEY to a new key of at least 32 characters.`,
    )
  }
  return {
    keyId: principal.keyId,
    adminKey: made.key,
    adminKeyFile: adminKey === undefined ? file : undefined,
  }
}

/** The generated admin key of a data folder; undefined when there is none. */
export function readAdminKey(dataDir: string): string | undefined {
  const file = join(dataDir, FILE)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

function writeKey(file: string, key: string): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, `${key}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}

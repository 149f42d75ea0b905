// Our side of the duels as a user runs it: on the JavaScript of dist/, not on TypeScript whose types Node takes away, which costs a process
// 50 MB of memory that no user pays.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BUILT = new URL('../../dist/', import.meta.url).href

/** Builds what is not built yet, writes the contender to `folder` and returns its path. */
export function writeBuiltContender(folder: string): string {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url))], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`scripts/setup.mjs ended with status ${status}.`)
  const source = readFileSync(new URL('./contender.ts', import.meta.url), 'utf8')
  const file = join(folder, 'contender.mjs')
  writeFileSync(
    file,
    stripTypeScriptTypes(source).replaceAll(/'\.\.\/\.\.\/src\/([\w/-]+)\.ts'/g, (_, module) => `'${BUILT}${module}.js'`),
  )
  return file
}

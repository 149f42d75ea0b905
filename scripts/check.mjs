// `npm run check`: format and lint, types, architecture. Runs all of them and names those that failed. Written for Node 20, like set-up.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, setUp } from './setup.mjs'

const { node, env } = setUp({ withBuild: false })
const modules = join(root, 'node_modules')
const steps = [
  { name: 'format and lint', script: join(modules, '@biomejs', 'biome', 'bin', 'biome'), args: ['check', '--error-on-warnings', '.'] },
  { name: 'types', script: join(modules, 'typescript', 'bin', 'tsc'), args: ['-p', '.'] },
  { name: 'types of the dashboard', script: join(modules, 'typescript', 'bin', 'tsc'), args: ['-p', 'dashboard'] },
  { name: 'architecture', script: join(modules, 'vitest', 'vitest.mjs'), args: ['run', 'test/architecture.test.ts'] },
]

const failed = []
for (const { name, script, args } of steps) {
  const { status } = spawnSync(node, [script, ...args], { cwd: root, stdio: 'inherit', env })
  if (status !== 0) failed.push(name)
}
process.stdout.write(failed.length === 0 ? 'check: all good\n' : `check: failed: ${failed.join(', ')}\n`)
process.exitCode = failed.length === 0 ? 0 : 1

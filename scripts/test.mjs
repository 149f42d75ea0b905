// `npm test [files]`: makes the clone ready, runs the tests and ends with one line of counts. Written for Node 20, like set-up.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildDashboard, root, setUp } from './setup.mjs'

// Tests run from source, so a type error elsewhere does not keep them from running.
const { node, env } = setUp({ withBuild: false })
// The browser tests look at the dashboard as it is built.
buildDashboard(node)
const folder = mkdtempSync(join(tmpdir(), 'tandem-test-'))
const countsFile = join(folder, 'counts.json')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const reporter = join(root, 'scripts', 'count-tests.mjs')
const args = [vitest, 'run', '--reporter=default', `--reporter=${reporter}`, ...process.argv.slice(2)]
const { status } = spawnSync(node, args, { cwd: root, stdio: 'inherit', env: { ...env, TANDEM_TEST_COUNTS: countsFile } })

// No file: Vitest itself could not start or was killed.
const counts = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : { passed: 0, failed: 0, skipped: [] }
rmSync(folder, { recursive: true, force: true })
// Never "0 failed" beside a failing status: something outside a test failed then.
if (status !== 0 && counts.failed === 0) counts.failed = 1

for (const { reason, tests } of reasonsOf(counts.skipped)) process.stdout.write(`skipped ${tests}: ${reason}\n`)
const skipped = counts.skipped.length > 0 ? `, ${counts.skipped.length} skipped` : ''
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`)
process.exitCode = counts.failed > 0 ? 1 : 0

/** Tests skipped for the same reason share a line. */
function reasonsOf(skipped) {
  const groups = new Map()
  for (const { name, reason } of skipped) {
    // Without a note the name has to say it.
    const key = reason ?? name
    groups.set(key, (groups.get(key) ?? 0) + 1)
  }
  return [...groups].map(([reason, tests]) => ({ reason, tests }))
}

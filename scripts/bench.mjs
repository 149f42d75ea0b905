// `npm run bench [name ...]`: runs the benchmarks one after the other and ends with one table. `--check` fails when a claim does not hold.
// `--python PATH` names the Python of the rivals; this and all other flags (`--large`, `--rounds N`) are handed to the benches.
// Written for Node 20, like set-up.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root, setUp } from './setup.mjs'

const args = process.argv.slice(2)
const check = args.includes('--check')
/** Flags that a value follows. */
const WITH_VALUE = ['--python', '--rounds', '--rows']
const isFlag = (arg, index) => arg.startsWith('--') || WITH_VALUE.includes(args[index - 1])
const flags = args.filter((arg, index) => isFlag(arg, index) && arg !== '--check')
const names = args.filter((arg, index) => !isFlag(arg, index))

const { node, env } = setUp()
const summary = []
for (const file of ['bench', join('bench', 'learn'), join('bench', 'python'), join('bench', 'search')].flatMap(benchesIn)) {
  if (names.length > 0 && !names.includes(basename(file, '.ts'))) continue
  process.stdout.write(`\n== ${file}\n`)
  const startedAt = Date.now()
  const { status } = spawnSync(node, [`--conditions=tandem-source`, join(root, file), ...flags], { cwd: root, stdio: 'inherit', env })
  const claims = claimsOf(basename(file, '.ts'), startedAt)
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  if (claims.length === 0)
    summary.push({ bench: file, claim: '(see above)', value: '', promised: '', holds: status === 0 ? 'yes' : 'NO', seconds })
  for (const { name, value, unit, rival, bound, limit, holds } of claims) {
    const suffix = rival === undefined ? ` ${unit}` : 'x'
    const shown = Number(value.toPrecision(3))
    summary.push({
      bench: file,
      claim: name,
      value: `${shown}${suffix}`,
      promised: `${bound} ${limit}${suffix}`,
      holds: holds ? 'yes' : 'NO',
      seconds,
    })
  }
  // It broke off, or failed for a reason that is no claim.
  if (status !== 0 && claims.length > 0 && claims.every(({ holds }) => holds))
    summary.push({ bench: file, claim: `ended with status ${status}`, holds: 'NO' })
}
console.table(summary)
if (check && summary.some(({ holds }) => holds === 'NO')) process.exitCode = 1

/** A bench is a file that runs by itself; its parts stand in frame/, rivals/, or do not start with a claim. */
function benchesIn(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.ts') && /^\/\/ Claims?:/.test(readFileSync(join(root, folder, name), 'utf8')))
    .sort()
    .map((name) => join(folder, name))
}

/** The claims that this run stored. */
function claimsOf(bench, startedAt) {
  const file = join(root, 'bench', 'results', `${bench}.json`)
  if (!existsSync(file)) return []
  const run = [JSON.parse(readFileSync(file, 'utf8'))].flat().at(-1)
  // A bench may keep results of its own form; its status tells then.
  return Array.isArray(run?.claims) && Date.parse(run.at) >= startedAt ? run.claims : []
}

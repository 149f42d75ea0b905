// `npm run bench [name ...]`: runs the benchmarks one after the other and ends with one table. A name is that of a bench (`vectors`) or of
// its folder (`search`). `--check` fails when a claim does not hold, `--list` only says which there are and what they claim, `--python PATH`
// names the Python of the rivals; this and all other flags (`--large`, `--rounds N`) are handed to the benches. Written for Node 20, like
// set-up.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { root, setUp } from './setup.mjs'

const args = process.argv.slice(2)
const check = args.includes('--check')
/** Flags that a value follows. */
const WITH_VALUE = ['--python', '--rounds', '--rows', '--packages']
const isFlag = (arg, index) => arg.startsWith('--') || WITH_VALUE.includes(args[index - 1])
const flags = args.filter((arg, index) => isFlag(arg, index) && arg !== '--check')
const names = args.filter((arg, index) => !isFlag(arg, index))

const benches = ['bench', join('bench', 'language'), join('bench', 'learn'), join('bench', 'python'), join('bench', 'search')]
  .flatMap(benchesIn)
  .filter((file) => names.length === 0 || names.includes(basename(file, '.ts')) || names.includes(basename(dirname(file))))
if (benches.length === 0) {
  console.error(`No bench is called ${names.join(' or ')}. npm run bench -- --list names them.`)
  process.exit(1)
}
if (args.includes('--list')) {
  for (const file of benches) console.log(`${basename(file, '.ts')}  (${file})\n  ${claimOf(file)}\n`)
  process.exit(0)
}

const { node, env } = setUp()
const summary = []
for (const file of benches) {
  process.stdout.write(`\n== ${file}\n`)
  const startedAt = Date.now()
  const { status } = spawnSync(node, [`--conditions=tandem-source`, join(root, file), ...flags], { cwd: root, stdio: 'inherit', env })
  const run = runOf(basename(file, '.ts'), startedAt)
  const claims = run?.claims ?? []
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
      rival: rival === undefined ? '' : versionsOf(run),
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

/** What this run stored, where it holds claims. */
function runOf(bench, startedAt) {
  const file = join(root, 'bench', 'results', `${bench}.json`)
  if (!existsSync(file)) return undefined
  const run = [JSON.parse(readFileSync(file, 'utf8'))].flat().at(-1)
  // A bench may keep results of its own form; its status tells then.
  return Array.isArray(run?.claims) && Date.parse(run.at) >= startedAt ? run : undefined
}

/** Who was measured beside us, with versions, as the bench told. */
function versionsOf({ rival, rivals, versions }) {
  const told = rival ?? rivals ?? versions ?? ''
  if (typeof told !== 'object') return String(told)
  return Object.entries(told)
    .map(([name, version]) => (typeof version === 'string' ? `${name} ${version}` : name))
    .join(', ')
}

/** The comment that a bench begins with, up to how it is run. */
function claimOf(file) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  const end = lines.findIndex((line) => !line.startsWith('//') || /^\/\/ Run:/.test(line))
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^\/\/ (Claims?: )?/, ''))
    .join(' ')
}

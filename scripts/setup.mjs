// Brings a fresh clone to a state in which everything runs: dependencies, Node, build.
// Free of dependencies and written for Node 20, because it runs before anything is installed.
// Each step looks first and does only what is missing or stale.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const isWindows = process.platform === 'win32'
const oldestNode = [22, 18]

/** Whether a version such as "v22.18.0" is one that Tandem supports. */
function isSupported(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', shell: isWindows, ...options })
  if (result.status !== 0) {
    const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim() || String(result.error ?? '')
    throw new Error(`"${command} ${args.join(' ')}" failed with status ${result.status}:\n${output}`)
  }
  return result.stdout
}

function say(message) {
  process.stderr.write(`${message}\n`)
}

/** Installs what package-lock.json names when it changed since the last install. */
function installDependencies() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const wanted = createHash('sha256').update(lock).digest('hex')
  const stamp = join(modules, '.tandem-lock-sha256')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('Installing dependencies (npm ci) ...')
  run('npm', ['ci', '--no-audit', '--no-fund'])
  writeFileSync(stamp, wanted)
}

/** The `node` every script runs on: this process's own when it is recent enough, else the npm package `node`. */
function provideNode() {
  // `npm run` may have started this on the Node in node_modules, which installing has just taken away.
  if (isSupported(process.version) && existsSync(process.execPath)) return process.execPath
  const home = join(modules, 'node')
  const executable = join(home, 'bin', isWindows ? 'node.exe' : 'node')
  if (!answersAsNode(executable)) {
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
    const platform = `node-${isWindows ? 'win' : process.platform}-${process.arch}`
    say(`Tandem needs Node ${oldestNode.join('.')} or later; installing Node ${version} from npm ...`)
    // The package `node` fetches this one in an install script; scripts are off here, so it is asked for by name.
    const runtime = join(modules, '.node-runtime')
    mkdirSync(runtime, { recursive: true })
    writeFileSync(join(runtime, 'package.json'), '{ "private": true }')
    run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--no-save', `${platform}@${version}`], { cwd: runtime })
    const installed = join(runtime, 'node_modules', platform, 'bin', isWindows ? 'node.exe' : 'node')
    mkdirSync(dirname(executable), { recursive: true })
    rmSync(executable, { force: true })
    symlinkSync(installed, executable)
  }
  // npm puts node_modules/.bin first in PATH, so with this link every `npm run` uses the same Node.
  const link = join(modules, '.bin', 'node')
  if (!isWindows && !existsSync(link)) {
    rmSync(link, { force: true })
    symlinkSync('../node/bin/node', link)
  }
  return executable
}

function answersAsNode(executable) {
  try {
    return isSupported(execFileSync(executable, ['--version'], { encoding: 'utf8' }).trim())
  } catch {
    return false
  }
}

/** Fingerprint of what the build reads: names, sizes and times, so that an unchanged tree costs a few milliseconds. */
function fingerprintOf(paths) {
  const hash = createHash('sha256')
  const visit = (path) => {
    const stat = statSync(path)
    if (stat.isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(join(path, name))
    } else if (!/\.test\.tsx?$/.test(path)) {
      hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`)
    }
  }
  for (const path of paths) if (existsSync(join(root, path))) visit(join(root, path))
  return hash.digest('hex')
}

/** Compiles assembly/ into src/ and src/ to dist/ when a source file changed since the last build. */
function build(node) {
  const inputs = ['assembly', 'src', 'tsconfig.json', 'tsconfig.build.json', 'package.json']
  const stamp = join(root, 'dist', '.built-from')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprintOf(inputs)) return
  say('Building ...')
  if (existsSync(join(root, 'dist'))) {
    for (const name of readdirSync(join(root, 'dist'))) {
      if (name !== 'dashboard') rmSync(join(root, 'dist', name), { recursive: true, force: true })
    }
  }
  run(node, [join(root, 'scripts', 'build-kernels.mjs')])
  run(node, [join(modules, 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'])
  writeFileSync(stamp, fingerprintOf(inputs))
}

/** Bundles dashboard/ to dist/dashboard when it, or what it takes from src/, changed since the last build. */
export function buildDashboard(node) {
  const wanted = fingerprintOf(['dashboard', 'src/interfaces/client', 'src/errors.ts', 'package-lock.json'])
  const stamp = join(root, 'dist', 'dashboard', '.built-from')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('Building the dashboard ...')
  run(node, [join(modules, 'vite', 'bin', 'vite.js'), 'build', 'dashboard', '--logLevel', 'warn'])
  writeFileSync(stamp, wanted)
}

/** Makes the clone ready; returns the Node executable to use and an environment in which child processes find it first. Ends the process when it cannot. */
export function setUp({ withBuild = true } = {}) {
  let node
  try {
    installDependencies()
    node = provideNode()
    if (withBuild) {
      build(node)
      buildDashboard(node)
    }
  } catch (error) {
    // The output of the command that failed says more than a stack.
    say(error.message)
    process.exit(1)
  }
  const path = [dirname(node), join(modules, '.bin'), process.env.PATH ?? ''].join(delimiter)
  return { node, env: { ...process.env, PATH: path } }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setUp()
  say('Ready.')
}

// `npm start`: makes the clone ready, then starts the server with tandem.config.ts. Written for Node 20, like set-up.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setUp } from './setup.mjs'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
const PARENT_CHECK_MS = 500

const { node, env } = setUp()
// The server answers at once; the better embedding model comes in the background where there is a network.
env.TANDEM_FETCH_MODELS ??= 'true'
const main = join(root, 'dist', 'interfaces', 'cli', 'main.js')
const args = [main, 'start', ...process.argv.slice(2)]
process.chdir(root)
stopWithNpm()

if (node === process.execPath) {
  // This Node will do: no second process, so signals and the exit status are the server's own.
  process.env.PATH = env.PATH
  process.env.TANDEM_FETCH_MODELS = env.TANDEM_FETCH_MODELS
  process.argv.splice(1, process.argv.length, ...args)
  await import(pathToFileURL(main).href)
} else {
  // A group of its own: each signal reaches the server once, through here, also when it is sent to the whole group.
  const child = spawn(node, args, { cwd: root, env, stdio: 'inherit', detached: process.platform !== 'win32' })
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`The server could not be started: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (status, signal) => process.exit(status ?? 128 + constants.signals[signal]))
}

/** npm passes SIGTERM to its shell only, which ends without telling anybody. The server would stay behind, unseen. */
function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return
  const parent = process.ppid
  const check = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(check)
    process.kill(process.pid, 'SIGTERM')
  }, PARENT_CHECK_MS)
  check.unref()
  // A second signal would end the server at once.
  for (const signal of SIGNALS) process.once(signal, () => clearInterval(check))
}

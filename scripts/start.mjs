// `npm start`: makes the clone ready, then starts the server with tandem.config.ts. Written for Node 20, like set-up.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setUp } from './setup.mjs'

const { node, env } = setUp()
const main = join(root, 'dist', 'interfaces', 'cli', 'main.js')
const args = [main, 'start', ...process.argv.slice(2)]
process.chdir(root)

if (node === process.execPath) {
  // This Node will do: no second process, so signals and the exit status are the server's own.
  process.env.PATH = env.PATH
  process.argv.splice(1, process.argv.length, ...args)
  await import(pathToFileURL(main).href)
} else {
  const child = spawn(node, args, { cwd: root, env, stdio: 'inherit' })
  // A terminal sends Ctrl-C to both processes; the server alone decides when to end.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`The server could not be started: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? 128 + constants.signals[signal]
  })
}

// The client in other runtimes, by hand: node --conditions=tandem-source src/interfaces/client/testing/try-runtimes.ts deno bun
// Each argument is a command or the path of one; both come from npm (`npm install deno bun` in a folder of its own).
import { spawn, spawnSync } from 'node:child_process'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTandem } from '../../../app.ts'

const program = fileURLToPath(new URL('./runtime-program.ts', import.meta.url))

for (const runtime of [process.execPath, ...process.argv.slice(2)]) {
  const tandem = await createTandem({}, { settings: { dataDir: ':memory:', host: '127.0.0.1', port: 0, logLevel: 'silent' } })
  const { url } = await tandem.listen()
  const { key } = await tandem.keys.create({ name: 'runtime', scopes: ['admin'] })
  const name = basename(runtime)
  const args = name === 'deno' ? ['run', '--allow-net', '--no-config', '--no-lock'] : []
  // Async, because this process is the server.
  const child = spawn(runtime, [...args, program, url, key], { stdio: 'inherit', timeout: 60_000 })
  const code = await new Promise((resolve) => child.once('close', resolve))
  const { stdout } = spawnSync(runtime, ['--version'], { encoding: 'utf8' })
  process.stdout.write(`${name} ${stdout.trim().split('\n')[0]}: ${code === 0 ? 'good' : `failed with ${code}`}\n`)
  await tandem.close({ drainMs: 0 })
}

// The newcomer check: does what the README says, as somebody who has just found the repository. It clones HEAD into a temporary
// folder, runs `npm start` there, opens the printed link, runs the printed curl line and every curl of the README's ```sh blocks,
// starts a second time, stops, and removes the folder. Written for Node 20, like set-up.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'tandem-newcomer-'))
const clone = join(folder, 'tandem-ml')
const DEFAULT_PORT = '4700'
const FIRST_START_LIMIT_MS = 15 * 60_000
const SECOND_START_LIMIT_MS = 3_000
const SAMPLES_LIMIT_MS = 120_000
const STOP_LIMIT_MS = 20_000

let server
try {
  await check()
  say('newcomer: all good')
} catch (error) {
  say(`newcomer: failed: ${error.message}`)
  process.exitCode = 1
} finally {
  if (server?.child.exitCode === null) killGroup(server.child)
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

async function check() {
  if (shell('git status --porcelain', { cwd: root }) !== '') say('newcomer: note: uncommitted changes are not part of the clone')
  shell(`git clone --quiet --no-hardlinks "${root}" "${clone}"`)
  const port = String(await freePort())
  const env = newcomersEnvironment(port)

  server = await start(env, FIRST_START_LIMIT_MS)
  say(`newcomer: first start, with install and build: ${(server.readyMs / 1000).toFixed(1)} s`)
  await openLink(server.link)
  await untilSampled(server)
  const calls = [server.curl, ...curlBlocks(readFileSync(join(clone, 'README.md'), 'utf8'))]
  if (calls.length < 2) throw new Error('The README has no ```sh block with a curl line.')
  const script = calls.join('\n').replaceAll(`:${DEFAULT_PORT}`, `:${port}`)
  runCalls(script, { ...env, TANDEM_KEY: server.key })
  await stop(server)

  server = await start(env, SECOND_START_LIMIT_MS)
  say(`newcomer: second start: ${(server.readyMs / 1000).toFixed(2)} s`)
  await stop(server)
}

/** The caller's environment without what this repository, npm or a developer put there. HOME stays. */
function newcomersEnvironment(port) {
  const foreign = /^(npm_|TANDEM_|NODE_|VITEST|DATABASE_URL$|REDIS_URL$|HOST$|INIT_CWD$)/i
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
  env.PATH = (env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.includes('node_modules'))
    .join(delimiter)
  return { ...env, PORT: port }
}

/** Runs `npm start` and waits for the link and the curl line. */
function start(env, limitMs) {
  const startedAt = performance.now()
  // Its own process group, so that nothing stays behind if it does not stop.
  const child = spawn('npm', ['start'], { cwd: clone, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise((resolve) => child.once('exit', (status, signal) => resolve({ status, signal })))
  let output = ''
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      clearTimeout(timer)
      killGroup(child)
      reject(new Error(`${why}. It printed:\n${output}`))
    }
    const timer = setTimeout(() => fail(`npm start was not ready after ${limitMs} ms`), limitMs)
    const read = (chunk) => {
      output += chunk
      const link = output.match(/https?:\/\/[^\s"']+/)?.[0]
      const curl = output.match(/^[ \t]*(curl (?:.*\\\n)*.*)\n/m)?.[1]
      if (link === undefined || curl === undefined) return
      clearTimeout(timer)
      resolve({ child, exited, link, curl, key: keyIn(output), readyMs: performance.now() - startedAt })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', (error) => fail(`npm start could not run: ${error.message}`))
    exited.then(({ status, signal }) => fail(`npm start ended with ${signal ?? `status ${status}`} before it was ready`))
  })
}

/** The key that the output names: printed, or in the file that the printed curl line reads. */
function keyIn(output) {
  const file = output.match(/\$\(cat ([^)]+)\)/)?.[1]
  return output.match(/tdm_[\w-]+/)?.[0] ?? (file === undefined ? '' : readFileSync(join(clone, file), 'utf8').trim())
}

/** Sample models are trained in the background; whoever reads the README while they are will not notice. */
async function untilSampled({ link, key }) {
  const startedAt = performance.now()
  while (performance.now() - startedAt < SAMPLES_LIMIT_MS) {
    const answer = await fetch(new URL('/v1/models', link), { headers: { authorization: `Bearer ${key}` } })
    const { items = [] } = await answer.json()
    if (items.length > 0 && items.every(({ activeVersion }) => activeVersion !== null)) {
      say(`newcomer: ${items.length} sample models trained after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`The sample models were not trained after ${SAMPLES_LIMIT_MS} ms`)
}

async function openLink(link) {
  const response = await fetch(link)
  if (!response.ok) throw new Error(`The printed link answered ${response.status}`)
  say(`newcomer: the printed link answers ${response.status} ${response.headers.get('content-type')}`)
}

/** The ```sh blocks of a README that call curl. */
function curlBlocks(readme) {
  return [...readme.matchAll(/^```sh\b.*\n([\s\S]*?)^```/gm)].map((match) => match[1]).filter((block) => /\bcurl\b/.test(block))
}

/** Runs the blocks as they stand in one shell, with a curl that also notes status and content type of each answer. */
function runCalls(script, env) {
  const log = join(folder, 'calls.log')
  const wrapped = `
curl() {
  command curl -sS -o "$CALL_BODY" -w '%{http_code} %{content_type} %{url}\\n' "$@" >> "$CALL_LOG" || echo "000 curl failed: $*" >> "$CALL_LOG"
  cat "$CALL_BODY"
}
${script}
`
  writeFileSync(log, '')
  const result = spawnSync('bash', ['-c', wrapped], {
    cwd: clone,
    encoding: 'utf8',
    timeout: 10 * 60_000,
    env: { ...env, CALL_LOG: log, CALL_BODY: join(folder, 'body') },
  })
  const answers = readFileSync(log, 'utf8').trim().split('\n')
  const wrong = answers.filter((answer) => !/^2\d\d \S*json/.test(answer))
  for (const answer of answers) say(`newcomer: curl ${answer}`)
  if (wrong.length > 0 || result.status !== 0) {
    throw new Error(
      `${wrong.length} of ${answers.length} curl calls did not answer 2xx with JSON:\n${wrong.join('\n')}\n${result.stdout}${result.stderr}`,
    )
  }
}

/** SIGTERM to the server, as a supervisor sends it; npm must end with its status 0, and nothing may be left. */
async function stop({ child, exited }) {
  process.kill(serverOf(child.pid), 'SIGTERM')
  const late = setTimeout(() => killGroup(child), STOP_LIMIT_MS)
  const { status, signal } = await exited
  clearTimeout(late)
  if (status !== 0) throw new Error(`After SIGTERM npm start ended with ${signal ?? `status ${status}`} instead of status 0`)
  if (isGroupAlive(child)) {
    killGroup(child)
    throw new Error('After SIGTERM a process of npm start was left behind')
  }
}

/** The last of npm, its shell, the start script and, on an old Node, the server. */
function serverOf(pid) {
  const lines = shell('ps -eo pid=,ppid=').trim().split('\n')
  const childOf = new Map(lines.map((line) => line.trim().split(/\s+/).map(Number).reverse()))
  let last = pid
  while (childOf.has(last)) last = childOf.get(last)
  return last
}

function isGroupAlive(child) {
  try {
    return process.kill(-child.pid, 0)
  } catch {
    return false
  }
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

function shell(command, options = {}) {
  const result = spawnSync('bash', ['-c', command], { encoding: 'utf8', ...options })
  if (result.status !== 0) throw new Error(`"${command}" failed with status ${result.status}: ${result.stderr}`)
  return result.stdout
}

function say(message) {
  process.stdout.write(`${message}\n`)
}

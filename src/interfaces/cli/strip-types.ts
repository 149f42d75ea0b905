// Runs the TypeScript of a config without keeping the means to do so: Node's type stripping is a WebAssembly build of a
// compiler that stays in the process once it was needed (17 MB; after a thread that used it, as much). Here a process of
// 0.2 s strips the config and what it imports, and the result is kept in a folder, so that the next start needs none.
// Whatever fails is left to Node, whose errors are the ones that are explained.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')
const STRIP_TIMEOUT_MS = 10_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
const MAX_KEPT_FILES = 500
const MAX_KEPT_AGE_MS = 30 * 86_400_000

/** What the process answers: sources without their types, by the address of the file. */
export type Stripped = Readonly<Record<string, string>>

/** Runs `load` while TypeScript outside node_modules loses its types elsewhere. Results are kept in `folder`. */
export async function withTypesStripped<Result>(folder: string | undefined, load: () => Promise<Result>): Promise<Result> {
  const fresh = new Map<string, string>()
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      if (!/^file:.*\.m?ts$/.test(url) || url.includes('/node_modules/')) return nextLoad(url, context)
      try {
        const source = readFileSync(fileURLToPath(url), 'utf8')
        const format = formatOf(context.format, source)
        const stripped = format === undefined ? undefined : withoutTypes(folder, url, source, fresh)
        if (format !== undefined && stripped !== undefined) return { format, source: stripped, shortCircuit: true }
      } catch {
        // Node says better what is wrong with a file.
      }
      return nextLoad(url, context)
    },
  })
  try {
    return await load()
  } finally {
    hooks.deregister()
  }
}

/** Without "type" in package.json Node reads the syntax; only what is plainly a module is taken here. */
function formatOf(format: string | null | undefined, source: string): 'module' | undefined {
  if (format === 'module-typescript' || format === 'module') return 'module'
  return (format ?? undefined) === undefined && /^(?:import|export)\b/m.test(source) ? 'module' : undefined
}

function withoutTypes(folder: string | undefined, url: string, source: string, fresh: Map<string, string>): string | undefined {
  const kept = folder === undefined ? undefined : readKept(fileFor(folder, source), source)
  if (kept !== undefined) return kept
  if (!fresh.has(url)) for (const [address, text] of Object.entries(strip(url))) fresh.set(address, text)
  const stripped = fresh.get(url)
  if (stripped === undefined || !onlyLeavesOut(source, stripped)) return undefined
  if (folder !== undefined) keep(folder, fileFor(folder, source), stripped)
  return stripped
}

/** Asks for the file and all it imports at once: a process for each file would cost as much as all of them together. */
function strip(url: string): Stripped {
  const program = fileURLToPath(new URL(`./strip-types-process${EXTENSION}`, import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', program, url], {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
    timeout: STRIP_TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  })
  return status === 0 ? (JSON.parse(stdout) as Stripped) : {}
}

function fileFor(folder: string, source: string): string {
  return join(folder, `${createHash('sha256').update(source).digest('hex')}.js`)
}

function readKept(file: string, source: string): string | undefined {
  try {
    const kept = readFileSync(file, 'utf8')
    return onlyLeavesOut(source, kept) ? kept : undefined
  } catch {
    return undefined
  }
}

/** A semicolon, and the blanks that stand for characters of one, two and more bytes. */
const LEFT_OUT = new Set([0x3b, 0x20, 0xa0, 0x2002, 0xfeff])

/** Whether every character is the source's own, a blank or a semicolon: so nothing that was put into the folder can add code. */
function onlyLeavesOut(source: string, stripped: string): boolean {
  if (stripped.length !== source.length) return false
  for (let i = 0; i < source.length; i++) {
    const character = stripped.charCodeAt(i)
    if (character !== source.charCodeAt(i) && !LEFT_OUT.has(character)) return false
  }
  return true
}

/** Written beside and renamed, so that no other start reads half a file. */
function keep(folder: string, file: string, stripped: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    makeRoom(folder)
    const part = `${file}.${process.pid}`
    writeFileSync(part, stripped)
    renameSync(part, file)
  } catch {
    // Read-only or full: the next start strips again.
  }
}

function makeRoom(folder: string): void {
  const files = readdirSync(folder).map((name) => join(folder, name))
  const oldest = Date.now() - MAX_KEPT_AGE_MS
  for (const file of files) {
    if (files.length >= MAX_KEPT_FILES || statSync(file).mtimeMs < oldest) rmSync(file, { force: true })
  }
}

// Compiles assembly/ into src/algorithms/math/kernel-bytes.ts. The module is kept in git, so that the source runs without a compiler;
// this only does something when a source changed. Written for Node 20, like set-up.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const target = join(root, 'src', 'algorithms', 'math', 'kernel-bytes.ts')

/** Name and text of each source; line ends as git keeps them. */
function sources() {
  const folder = join(root, 'assembly')
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts') || name === 'asconfig.json')
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n')]))
}

function hashOf(texts) {
  const hash = createHash('sha256')
  for (const [name, text] of Object.entries(texts)) hash.update(`${name}\0${text.length}\0${text}`)
  return hash.digest('hex')
}

/** The text of the generated module. */
export async function compileKernels() {
  const texts = sources()
  const { default: asc } = await import(pathToFileURL(join(root, 'node_modules', 'assemblyscript', 'dist', 'asc.js')).href)
  let wasm
  const { error, stderr } = await asc.main(['index.ts', '--config', 'asconfig.json', '--outFile', 'kernels.wasm'], {
    readFile: (name) => texts[name.replaceAll('\\', '/')] ?? null,
    writeFile: (_, content) => {
      wasm = content
    },
    listFiles: () => [],
  })
  if (error) throw new Error(`assembly/ does not compile:\n${stderr.toString()}`, { cause: error })
  return [
    '// Generated from assembly/ by scripts/build-kernels.mjs. Do not edit.',
    '',
    '/** SHA-256 of the sources that the bytes were compiled from. */',
    `export const KERNEL_SOURCE_SHA256 = '${hashOf(texts)}'`,
    '',
    '/** The WebAssembly module, in base64. */',
    'export const KERNEL_BASE64 =',
    `  '${Buffer.from(wasm).toString('base64')}'`,
    '',
  ].join('\n')
}

/** Brings the module up to date with its sources; returns whether it had to be written. */
export async function buildKernels() {
  if (existsSync(target) && readFileSync(target, 'utf8').includes(`'${hashOf(sources())}'`)) return false
  writeFileSync(target, await compileKernels())
  return true
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildKernels()

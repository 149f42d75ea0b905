// Compiles assembly/ into the modules of MODULES below. They are kept in git, so that the source runs without a compiler; this only
// does something when a source changed. Written for Node 20, like set-up.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What is made of which sources: one constant for each set of flags. */
export const MODULES = {
  learners: {
    folder: ['assembly'],
    target: ['src', 'algorithms', 'math', 'kernel-bytes.ts'],
    builds: [{ constant: 'KERNEL_BASE64', title: 'The WebAssembly module, in base64.', flags: [] }],
  },
  fused: {
    folder: ['assembly', 'fused'],
    target: ['src', 'algorithms', 'math', 'fused-bytes.ts'],
    builds: [
      {
        constant: 'FUSED_KERNEL_BASE64',
        title: 'The WebAssembly module, with relaxed vectors, in base64.',
        flags: ['--enable', 'relaxed-simd'],
      },
    ],
  },
  nodes: {
    folder: ['assembly', 'nodes'],
    target: ['src', 'algorithms', 'tree', 'check-nodes-bytes.ts'],
    builds: [{ constant: 'CHECK_NODES_BASE64', title: 'The WebAssembly module, in base64.', flags: [] }],
  },
  vectors: {
    folder: ['assembly', 'vector'],
    target: ['src', 'algorithms', 'vector', 'kernel-bytes.ts'],
    builds: [
      {
        constant: 'RELAXED_KERNEL_BASE64',
        title: 'The WebAssembly module with relaxed vectors, in base64.',
        flags: ['--enable', 'relaxed-simd'],
      },
      { constant: 'KERNEL_BASE64', title: 'The same with plain vectors.', flags: [] },
    ],
  },
}

/** Name and text of each source; line ends as git keeps them. */
function sources(folder) {
  const path = join(root, ...folder)
  const names = readdirSync(path).filter((name) => name.endsWith('.ts') || name === 'asconfig.json')
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(path, name), 'utf8').replaceAll('\r\n', '\n')]))
}

function hashOf(texts) {
  const hash = createHash('sha256')
  for (const [name, text] of Object.entries(texts)) hash.update(`${name}\0${text.length}\0${text}`)
  return hash.digest('hex')
}

/** The text of the generated module. */
export async function compileKernels({ folder, builds } = MODULES.learners) {
  const texts = sources(folder)
  const { default: asc } = await import(pathToFileURL(join(root, 'node_modules', 'assemblyscript', 'dist', 'asc.js')).href)
  const compile = async (flags) => {
    let wasm
    const { error, stderr } = await asc.main(['index.ts', '--config', 'asconfig.json', '--outFile', 'kernels.wasm', ...flags], {
      readFile: (name) => texts[name.replaceAll('\\', '/')] ?? null,
      writeFile: (_, content) => {
        wasm = content
      },
      listFiles: () => [],
    })
    if (error) throw new Error(`${folder.join('/')}/ does not compile:\n${stderr.toString()}`, { cause: error })
    return Buffer.from(wasm).toString('base64')
  }
  const lines = [
    `// Generated from ${folder.join('/')}/ by scripts/build-kernels.mjs. Do not edit.`,
    '',
    '/** SHA-256 of the sources that the bytes were compiled from. */',
    `export const KERNEL_SOURCE_SHA256 = '${hashOf(texts)}'`,
    '',
  ]
  for (const { constant, title, flags } of builds) {
    lines.push(`/** ${title} */`, `export const ${constant} =`, `  '${await compile(flags)}'`, '')
  }
  return lines.join('\n')
}

/** Brings the modules up to date with their sources; returns whether one had to be written. */
export async function buildKernels() {
  let written = false
  for (const module of Object.values(MODULES)) {
    const target = join(root, ...module.target)
    if (existsSync(target) && readFileSync(target, 'utf8').includes(`'${hashOf(sources(module.folder))}'`)) continue
    writeFileSync(target, await compileKernels(module))
    written = true
  }
  return written
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildKernels()

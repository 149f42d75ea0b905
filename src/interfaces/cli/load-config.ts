// Loads tandem.config.{ts,mts,js,mjs}. Node runs TypeScript by removing the types, which has limits; each one that people
// meet (measured in six ways to fail) becomes one sentence that says what to write instead.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { TandemConfig } from '../../config.ts'
import { TandemError } from '../../errors.ts'
import { withTypesStripped } from './strip-types.ts'

const NAMES = ['tandem.config.ts', 'tandem.config.mts', 'tandem.config.js', 'tandem.config.mjs']

export interface LoadedConfig {
  readonly config: TandemConfig
  /** Undefined when there is no config file: models are then defined over HTTP or by `tandem train`. */
  readonly path: string | undefined
}

/**
 * Loads the config of a folder, or the given file. With `stripTypes` Node's own type stripping is kept out of this
 * process, for one that lives long (`withTypesStripped`).
 *
 * @throws `invalid_config` with what to change.
 */
export async function loadConfig(
  cwd: string,
  given?: string,
  { stripTypes }: { readonly stripTypes?: { readonly keepIn: string | undefined } } = {},
): Promise<LoadedConfig> {
  const path = given === undefined ? NAMES.map((name) => join(cwd, name)).find((file) => existsSync(file)) : resolve(cwd, given)
  if (path === undefined) return { config: {}, path }
  const name = relative(cwd, path) || path
  if (!existsSync(path)) throw refused(`There is no file ${name}. Give the path of your config with --config.`)
  let exports: Readonly<Record<string, unknown>>
  try {
    const load = async (): Promise<Record<string, unknown>> => (await import(pathToFileURL(path).href)) as Record<string, unknown>
    exports = await (stripTypes === undefined ? load() : withTypesStripped(stripTypes.keepIn, load))
  } catch (error) {
    throw explain(error, path, name)
  }
  const config = exports.default ?? exports.config
  // require() of CommonJS gives { default: module.exports }.
  const value = isRecord(config) && isRecord(config.default) ? config.default : config
  if (value === undefined) {
    throw refused(`${name} exports neither "config" nor a default. Write: export const config = defineTandem({ ... })`)
  }
  if (!isRecord(value) || Array.isArray(value)) {
    throw refused(
      `${name} exports ${Array.isArray(value) ? 'a list' : `a ${typeof value}`} instead of the result of defineTandem({ ... }).`,
    )
  }
  return { config: value as TandemConfig, path }
}

function explain(error: unknown, path: string, name: string): TandemError {
  if (TandemError.is(error)) return error
  const { code, message, stack } = readError(error)
  const found =
    explainTypeStripping(code, message, name) ??
    explainMissingModule(code, message, path, name) ??
    explainModuleKind(error, message, path, name)
  if (found !== undefined) return refused(found, error)
  const place = /^(file:\/\/\S+?|\/\S+?):(\d+)(?::\d+)?$/m.exec(stack)
  const at = place === null ? '' : ` (${shortPath(place[1] ?? '', path)}, line ${place[2]})`
  if (error instanceof SyntaxError) return refused(`${name} has a syntax error: ${message}${at}.`, error)
  return refused(`${name} failed while it was loaded: ${message}${frameOf(stack, path)}`, error)
}

function explainTypeStripping(code: string, message: string, name: string): string | undefined {
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return `${name}, or a file it imports, uses TypeScript that Node cannot run by removing types (${firstLine(message)}). Replace an enum by "as const" or z.enum([...]), a namespace by exports, and parameter properties by assignments.`
  }
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') {
    const file = /"([^"]+)"|file:\/\/(\S+)/.exec(message)
    return `${name} imports TypeScript from node_modules (${file?.[1] ?? file?.[2] ?? firstLine(message)}), which Node refuses. Import the package's built JavaScript, or link the package as a workspace.`
  }
  return undefined
}

function explainMissingModule(code: string, message: string, path: string, name: string): string | undefined {
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND' && code !== 'ERR_UNSUPPORTED_DIR_IMPORT') return undefined
  const wanted = /Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1] ?? /import '([^']+)'/.exec(message)?.[1] ?? ''
  const importer = /imported from (\S+)/.exec(message)?.[1] ?? path
  const from = shortPath(importer, path)
  if (/^[@~]\//.test(wanted) || wanted === '@') {
    return `${from} imports "${wanted}", a path alias of tsconfig.json, which Node does not know. Write a relative path with its extension, or use "imports" in package.json ("#src/*").`
  }
  if (!wanted.startsWith('/') && !wanted.startsWith('file:')) {
    return `${from} imports the package "${wanted}", which is not installed. Run: npm install ${packageOf(wanted)}`
  }
  const file = wanted.startsWith('file:') ? fileURLToPath(wanted) : wanted
  const existing = [`${file}.ts`, `${file}.mts`, file.replace(/\.([mc]?)js$/, '.$1ts'), join(file, 'index.ts'), `${file}.js`].find(
    (candidate) => candidate !== file && existsSync(candidate),
  )
  const written = relativeImport(importer, file)
  if (existing === undefined) return `${from} imports "${written}", a file that does not exist.`
  const reason = extname(file) === '' ? 'Node needs the extension' : 'Node looks for exactly that file'
  return `${from} imports "${written}": ${reason}. Write "${relativeImport(importer, existing)}".${name === from ? '' : ` (${name} imports it.)`}`
}

/** A file that is read as CommonJS because of package.json, or an import of something that was only a type. */
function explainModuleKind(error: unknown, message: string, path: string, name: string): string | undefined {
  const commonjs = packageType(path) === 'commonjs'
  if (/Cannot use import statement outside a module|Unexpected token 'export'/.test(message)) {
    return `${name} uses import and export, but package.json says "type": "commonjs" for it. Rename it to tandem.config.mts, or set "type": "module" in package.json.`
  }
  const missing =
    /module '([^']+)' does not provide an export named '?([^'\s]+?)'?$/m.exec(message) ?? /Named export '([^']+)' not found/.exec(message)
  if (missing === null || !(error instanceof SyntaxError)) return undefined
  const [whole, first, second] = missing
  const exported = second ?? first
  if (commonjs || whole.startsWith('Named export')) {
    return `${name} imports "${exported}" from a file that package.json ("type": "commonjs") makes CommonJS. Set "type": "module" in package.json, or rename the imported .ts file to .mts.`
  }
  return `${name} imports "${exported}"${second === undefined ? '' : ` from "${first}"`}, which is not there at run time. If it is a type, write: import type { ${exported} }. If it is a value, check its name.`
}

/** "commonjs" only where a package.json says so: without "type", Node reads the syntax. */
function packageType(path: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) {
      try {
        return (JSON.parse(readFileSync(file, 'utf8')) as { type?: string }).type
      } catch {
        return undefined
      }
    }
    if (folder === dirname(folder)) return undefined
  }
}

function frameOf(stack: string, path: string): string {
  const frame = stack.split('\n').find((line) => line.includes(pathToFileURL(path).href) || line.includes(path))
  const line = frame === undefined ? undefined : /:(\d+):\d+\)?$/.exec(frame)?.[1]
  return line === undefined ? '' : ` (line ${line})`
}

function readError(error: unknown): { code: string; message: string; stack: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error), stack: '' }
  const code = (error as { code?: unknown }).code
  return { code: typeof code === 'string' ? code : '', message: error.message, stack: error.stack ?? '' }
}

function shortPath(file: string, config: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file
  return relative(dirname(config), path) || path
}

function relativeImport(importer: string, file: string): string {
  const from = dirname(importer.startsWith('file:') ? fileURLToPath(importer) : importer)
  const path = relative(from, file).replaceAll('\\', '/')
  return path.startsWith('.') ? path : `./${path}`
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
const firstLine = (text: string): string => (text.split('\n')[0] ?? '').trim()
const refused = (message: string, cause?: unknown): TandemError => new TandemError('invalid_config', message, { cause })

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

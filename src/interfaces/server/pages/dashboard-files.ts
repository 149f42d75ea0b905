// The files of the built dashboard: listed once, so that no address can lead out of the folder; compressed at their
// first request and kept, within a bound. A new build is noticed by its index.html.
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip, constants as zlib } from 'node:zlib'

export type Encoding = 'br' | 'gzip' | 'identity'

export interface DashboardFile {
  readonly type: string
  /** Its name holds the hash of its content: it never changes. */
  readonly immutable: boolean
  readonly compressible: boolean
  /** Undefined when the file is gone since the folder was listed. */
  read(encoding: Encoding): Promise<{ readonly body: Buffer; readonly tag: string } | undefined>
}

export interface DashboardFiles {
  /** By its path below the folder, such as `assets/index-Bx3k.js`. Undefined when there is none, or no dashboard is built. */
  find(path: string): Promise<DashboardFile | undefined>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}
/** These are compressed already. */
const DENSE = new Set(['.png', '.ico', '.woff2'])
const SMALLEST_COMPRESSED_BYTES = 1024
const MAX_KEPT_BYTES = 8 * 1024 * 1024
const INDEX = 'index.html'
/** Quality 9 is within 3 % of the best and 10 times as fast; the first visitor waits for it. */
const BROTLI_QUALITY = 9

const compress: Readonly<Record<Exclude<Encoding, 'identity'>, (content: Buffer) => Promise<Buffer>>> = {
  br: (content) =>
    promisify(brotliCompress)(content, {
      params: { [zlib.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [zlib.BROTLI_PARAM_SIZE_HINT]: content.length },
    }),
  gzip: (content) => promisify(gzip)(content, { level: 9 }),
}

type Listing = ReadonlyMap<string, DashboardFile>

export function createDashboardFiles(folder: string): DashboardFiles {
  let listing: Promise<Listing> | undefined
  let listed: string | undefined
  return {
    async find(path) {
      const known = path === INDEX ? undefined : (await listing)?.get(path)
      if (known !== undefined) return known
      const stamp = await stampOf(folder)
      if (stamp !== listed) {
        listed = stamp
        // A folder that goes away meanwhile is one without files; the next look finds it gone.
        listing = stamp === undefined ? undefined : list(folder).catch(() => new Map())
      }
      return (await listing)?.get(path)
    },
  }
}

/** What tells one build from the next, and a finished one from one being written; undefined when there is none. */
async function stampOf(folder: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size } = await stat(join(folder, INDEX))
    const assets = await stat(join(folder, 'assets')).catch(() => undefined)
    return `${mtimeMs} ${size} ${assets?.mtimeMs}`
  } catch {
    return undefined
  }
}

async function list(folder: string): Promise<Listing> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const kept = createKept()
  const files = new Map<string, DashboardFile>()
  for (const entry of entries) {
    const type = TYPES[extname(entry.name)]
    // Links are not followed: they may lead anywhere.
    if (!entry.isFile() || type === undefined) continue
    const file = join(entry.parentPath, entry.name)
    const path = relative(folder, file).replaceAll('\\', '/')
    files.set(path, fileOf(file, path, type, kept))
  }
  return files
}

function fileOf(file: string, path: string, type: string, kept: Kept): DashboardFile {
  const compressible = !DENSE.has(extname(file))
  const read = async (encoding: Encoding): Promise<{ body: Buffer; tag: string } | undefined> => {
    const content = await readFile(file).catch(() => undefined)
    if (content === undefined) return undefined
    const hash = createHash('sha256').update(content).digest('base64url').slice(0, 22)
    const plain = encoding === 'identity' || content.length < SMALLEST_COMPRESSED_BYTES
    return plain ? { body: content, tag: `"${hash}"` } : { body: await compress[encoding](content), tag: `"${hash}-${encoding}"` }
  }
  return {
    type,
    compressible,
    immutable: path.startsWith('assets/'),
    read: (encoding) => (encoding === 'identity' ? read(encoding) : kept.get(`${path} ${encoding}`, () => read(encoding))),
  }
}

type Answer = { readonly body: Buffer; readonly tag: string } | undefined

interface Kept {
  get(key: string, make: () => Promise<Answer>): Promise<Answer>
}

/** Compressed files by name and encoding; the oldest go when they take too much. Asked for twice at once, made once. */
function createKept(): Kept {
  const entries = new Map<string, { readonly answer: Promise<Answer>; bytes: number }>()
  let bytes = 0
  const drop = (key: string): void => {
    bytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }
  return {
    get(key, make) {
      const known = entries.get(key)
      if (known !== undefined) return known.answer
      const entry = { answer: make(), bytes: 0 }
      entries.set(key, entry)
      entry.answer.then(
        (made) => {
          if (made === undefined) return drop(key)
          entry.bytes = made.body.length
          bytes += entry.bytes
          for (const oldest of entries.keys()) {
            if (bytes <= MAX_KEPT_BYTES) break
            drop(oldest)
          }
        },
        () => drop(key),
      )
      return entry.answer
    },
  }
}

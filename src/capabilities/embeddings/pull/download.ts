// Brings one file over HTTP: what is there of an earlier try is gone on with, the hash is checked, and the name appears when all is well.
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { TandemError } from '../../../errors.ts'

/** What a file must be: SHA-256 of its content, or the SHA-1 that git gives it. */
export interface FileHash {
  readonly sha256?: string
  readonly gitSha1?: string
}

export interface DownloadOptions extends FileHash {
  readonly url: string
  readonly path: string
  readonly sizeBytes?: number
  readonly signal?: AbortSignal
  /** Told of each piece: bytes that are here, of those that are expected. */
  readonly onProgress?: (bytes: number, of: number | undefined) => void
}

/** A server that says nothing for so long is taken for gone. */
const SILENCE_MS = 30_000
const TRIES = 3

/**
 * Downloads `url` to `path`; beside it stands `path.part` until it is whole.
 *
 * @throws `network` when the server cannot be reached or refuses; `artifact_damaged` when the content is not what its hash promises.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { path, url } = options
  await mkdir(dirname(path), { recursive: true })
  // An earlier try brought it whole.
  if (await isPromised(path, options)) return
  for (let attempt = 1; ; attempt++) {
    try {
      await attemptDownload(options)
      break
    } catch (error) {
      options.signal?.throwIfAborted()
      // What was refused or is damaged will be so again; a connection that broke goes on where it broke.
      if (TandemError.is(error) || attempt === TRIES) throw TandemError.is(error) ? error : unreachable(url, error)
    }
  }
  await rename(`${path}.part`, path)
}

async function attemptDownload({ url, path, sizeBytes, signal, onProgress, ...wanted }: DownloadOptions): Promise<void> {
  const part = `${path}.part`
  const present = await sizeOf(part)
  const isComplete = sizeBytes !== undefined && present === sizeBytes
  if (!isComplete) {
    const silence = new AbortController()
    const watch = setTimeout(() => silence.abort(new Error(`nothing came for ${SILENCE_MS} ms`)), SILENCE_MS)
    try {
      const response = await fetch(url, {
        headers: present > 0 ? { range: `bytes=${present}-` } : {},
        signal: AbortSignal.any([silence.signal, ...(signal === undefined ? [] : [signal])]),
      })
      if (response.status === 416) {
        await rm(part, { force: true })
        throw new Error('the server has less than is here')
      }
      if (!response.ok || response.body === null) {
        throw new TandemError('network', `${url} answered ${response.status}${response.status === 404 ? ': there is no such file' : ''}.`)
      }
      // 200: the server sends all of it, whatever was asked for.
      let bytes = response.status === 206 ? present : 0
      const announced = Number(response.headers.get('content-length') ?? Number.NaN)
      const expected = sizeBytes ?? (Number.isFinite(announced) ? bytes + announced : undefined)
      await using file = await open(part, bytes > 0 ? 'a' : 'w')
      // Piece by piece, so that all that came before a break is in the file.
      for await (const chunk of response.body) {
        watch.refresh()
        await file.write(chunk)
        bytes += chunk.length
        onProgress?.(bytes, expected)
      }
    } finally {
      clearTimeout(watch)
    }
  }
  await check(part, url, wanted)
}

async function isPromised(path: string, wanted: FileHash): Promise<boolean> {
  const promised = wanted.sha256 ?? wanted.gitSha1
  return promised !== undefined && (await sizeOf(path)) > 0 && (await hashOf(path, wanted)) === promised
}

async function hashOf(path: string, { sha256, gitSha1 }: FileHash): Promise<string | undefined> {
  if (sha256 !== undefined) return digest(path, createHash('sha256'))
  return gitSha1 === undefined ? undefined : digest(path, createHash('sha1').update(`blob ${await sizeOf(path)}\0`))
}

async function check(part: string, url: string, wanted: FileHash): Promise<void> {
  const promised = wanted.sha256 ?? wanted.gitSha1
  const found = await hashOf(part, wanted)
  if (found === promised) return
  const size = await sizeOf(part)
  await rm(part, { force: true })
  throw new TandemError(
    'artifact_damaged',
    `${url} gave ${size} bytes with the hash ${found?.slice(0, 16)}; ${promised?.slice(0, 16)} was promised. They were thrown away.`,
  )
}

export async function digest(path: string, hash: Hash): Promise<string> {
  await pipeline(createReadStream(path), hash, { end: false })
  return hash.digest('hex')
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

function unreachable(url: string, error: unknown): TandemError {
  const { message, cause } = error as Error
  const why = cause instanceof Error ? cause.message : message
  return new TandemError('network', `${URL.parse(url)?.host ?? url} could not be reached: ${why}`, { cause: error })
}

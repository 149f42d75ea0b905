// A hub with real sockets for the tests of pulling: a list of files with their hashes, ranges, and connections that break on demand.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32, deflateRawSync } from 'node:zlib'

export interface FileServer extends AsyncDisposable {
  readonly url: string
  /** Path and range of each request for a file. */
  readonly asked: string[]
  /** Bytes after which the next answer breaks off. */
  breakAfter: number | undefined
  /** Instead of the true hashes. */
  lieAboutHashes: boolean
  /** Whether ranges are ignored. */
  ignoreRanges: boolean
}

/** Serves `files` as the repository `owner/name`. */
export async function startFileServer(files: Readonly<Record<string, Buffer>>): Promise<FileServer> {
  const state = { asked: [] as string[], breakAfter: undefined as number | undefined, lieAboutHashes: false, ignoreRanges: false }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.split('?')[0]!)
    if (path === '/api/models/owner/name/revision/main') {
      const siblings = Object.entries(files).map(([rfilename, content]) => {
        const sha256 = createHash('sha256')
          .update(state.lieAboutHashes ? 'other' : content)
          .digest('hex')
        const blobId = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
        return { rfilename, size: content.length, blobId, ...(rfilename.endsWith('.onnx') ? { lfs: { sha256 } } : {}) }
      })
      response.end(JSON.stringify({ siblings }))
      return
    }
    const content = files[path.replace('/owner/name/resolve/main/', '')]
    state.asked.push(`${path.split('/').at(-1)} ${request.headers.range ?? 'whole'}`)
    if (content === undefined) return void response.writeHead(404).end('no such file')
    const from = state.ignoreRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from })
    if (state.breakAfter !== undefined && from + state.breakAfter < content.length) {
      const end = from + state.breakAfter
      state.breakAfter = undefined
      // What was written arrives; then the connection ends too early.
      response.write(content.subarray(from, end), () => response.socket?.end())
      return
    }
    response.end(content.subarray(from))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

/** A zip archive; every second entry is deflated. */
export function zipOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [index, [name, content]] of Object.entries(files).entries()) {
    const packed = index % 2 === 1 ? deflateRawSync(content) : content
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(index % 2 === 1 ? 8 : 0, 4)
    fields.writeUInt16LE(0x5821, 8)
    fields.writeUInt32LE(crc32(content), 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(content.length, 18)
    fields.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), packed])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(at, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), Buffer.from([20, 0]), fields, place, Buffer.from(name)]))
    bodies.push(local)
    at += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(directory.length, 8)
  end.writeUInt16LE(directory.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...bodies, central, end])
}

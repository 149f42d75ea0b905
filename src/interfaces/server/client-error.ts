// Requests that are not HTTP, have headers that are too large, or never end: answered before any route is known.
import type { Socket } from 'node:net'

const ANSWERS: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'payload_too_large', 'The headers are larger than 16 KiB. Send fewer or shorter ones.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'timeout', 'The request did not arrive in time.'],
}

export function refuseMalformed(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, code, detail] = ANSWERS[error.code ?? ''] ?? [400, 'malformed_body', 'The request is not valid HTTP/1.1.']
  const body = JSON.stringify({ type: `/docs/errors#${code}`, title: 'Malformed request', status, code, detail })
  const head = [
    `HTTP/1.1 ${status} Bad Request`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

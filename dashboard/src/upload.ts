// Sends a file to the server and tells how far it is: a browser tells that of XMLHttpRequest alone, not of fetch.
import type { TableView } from '../../src/capabilities/training/schema.ts'
import { errorOfConnection, errorOfResponse } from '../../src/interfaces/client/problem.ts'

export interface UploadOptions {
  /** Bytes that have left. */
  readonly onProgress: (sent: number) => void
  readonly signal: AbortSignal
}

/** @throws TandemError with the server's code; the signal's reason when it is aborted. */
export function uploadTable(file: File, { onProgress, signal }: UploadOptions): Promise<TableView> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const end = (act: () => void): void => {
      signal.removeEventListener('abort', onAbort)
      act()
    }
    const onAbort = (): void => {
      request.abort()
      end(() => reject(signal.reason))
    }
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    request.open('POST', `/v1/tables?name=${encodeURIComponent(file.name.slice(0, 200))}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.responseType = 'text'
    request.upload.onprogress = ({ loaded }) => onProgress(loaded)
    request.onerror = () => end(() => reject(errorOfConnection(new Error('the connection broke'), location.origin)))
    request.onload = () => {
      const { status, responseText } = request
      const headers = ['content-type', 'x-request-id', 'retry-after'].flatMap((name): [string, string][] => {
        const value = request.getResponseHeader(name)
        return value === null ? [] : [[name, value]]
      })
      if (status === 201) end(() => resolve(JSON.parse(responseText) as TableView))
      else end(() => void errorOfResponse(new Response(responseText, { status, headers }), '/v1/tables').then(reject))
    }
    request.send(file)
  })
}

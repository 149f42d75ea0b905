// Sends a file to the server and tells how far it is: a browser tells that of XMLHttpRequest alone, not of fetch.

import type { Version } from '../../src/capabilities/models/schema.ts'
import type { FoundModel } from '../../src/capabilities/training/interchange/schema.ts'
import type { TableView } from '../../src/capabilities/training/schema.ts'
import { errorOfConnection, errorOfResponse } from '../../src/interfaces/client/problem.ts'

export interface UploadOptions {
  /** Bytes that have left. */
  readonly onProgress?: (sent: number) => void
  readonly signal: AbortSignal
}

export function uploadTable(file: File, options: UploadOptions): Promise<TableView> {
  return send<TableView>(`/v1/tables?name=${encodeURIComponent(file.name.slice(0, 200))}`, file, options)
}

export interface ImportQuery {
  readonly target?: string
  readonly features?: readonly string[]
  readonly classes?: readonly string[]
  readonly activate?: 'when_first' | 'always'
}

/** What is in a model file, and whether it can become a version of the model; nothing is made of it. */
export async function lookAtModelFile(model: string, file: File, query: ImportQuery, options: UploadOptions): Promise<FoundModel> {
  const { found } = await send<{ found: FoundModel }>(importPath(model, query, true), file, options)
  return found
}

export async function importModelFile(model: string, file: File, query: ImportQuery, options: UploadOptions): Promise<Version> {
  const { version } = await send<{ version: Version }>(importPath(model, query, false), file, options)
  return version
}

function importPath(model: string, { target, features, classes, activate }: ImportQuery, dryRun: boolean): string {
  const query = new URLSearchParams({
    ...(dryRun ? { dryRun: 'true' } : {}),
    ...(target ? { target } : {}),
    ...(features ? { features: JSON.stringify(features) } : {}),
    ...(classes ? { classes: JSON.stringify(classes) } : {}),
    ...(activate ? { activate } : {}),
  })
  return `/v1/models/${encodeURIComponent(model)}/import?${query}`
}

/** @throws TandemError with the server's code; the signal's reason when it is aborted. */
function send<Answer>(path: string, file: File, { onProgress, signal }: UploadOptions): Promise<Answer> {
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
    request.open('POST', path)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.responseType = 'text'
    request.upload.onprogress = ({ loaded }) => onProgress?.(loaded)
    request.onerror = () => end(() => reject(errorOfConnection(new Error('the connection broke'), location.origin)))
    request.onload = () => {
      const { status, responseText } = request
      const headers = ['content-type', 'x-request-id', 'retry-after'].flatMap((name): [string, string][] => {
        const value = request.getResponseHeader(name)
        return value === null ? [] : [[name, value]]
      })
      if (status === 200 || status === 201) end(() => resolve(JSON.parse(responseText) as Answer))
      else end(() => void errorOfResponse(new Response(responseText, { status, headers }), path.split('?')[0]!).then(reject))
    }
    request.send(file)
  })
}

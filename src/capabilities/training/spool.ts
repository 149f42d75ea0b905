// Keeps a stream of rows in a temporary file, so that it can be read twice: to look at it, and to train on it.
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TandemError } from '../../errors.ts'
import type { TrainingRows } from '../../tandem.ts'

export interface Spooled extends AsyncDisposable {
  /** The same rows, to be read as often as wanted. */
  rows(): TrainingRows
}

/** @throws `payload_too_large` beyond the limit. */
export async function spoolRows(source: TrainingRows, { dataDir, limitBytes }: { dataDir: string; limitBytes: number }): Promise<Spooled> {
  const stream = 'rows' in source ? undefined : 'csv' in source ? source.csv : source.ndjson
  // What is in memory anyway can be read twice as it is.
  if (stream === undefined || typeof stream === 'string' || stream instanceof Uint8Array) {
    return { rows: () => source, async [Symbol.asyncDispose]() {} }
  }
  const folder = dataDir === ':memory:' ? tmpdir() : join(dataDir, 'uploads')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `tandem-upload-${randomUUID()}`)
  const remove = (): Promise<void> => rm(path, { force: true })
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      let size = 0
      for await (const chunk of stream) {
        size += chunk.byteLength
        if (size > limitBytes) {
          throw new TandemError(
            'payload_too_large',
            `The rows are larger than ${limitBytes} bytes, the limit of this server. Send fewer rows, or raise TANDEM_UPLOAD_LIMIT_BYTES.`,
            { details: { limitBytes } },
          )
        }
        await file.appendFile(chunk)
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    await remove()
    throw error
  }
  const read = (): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: 64 * 1024 })
  return { rows: () => ('csv' in source ? { csv: read() } : { ndjson: read() }), [Symbol.asyncDispose]: remove }
}

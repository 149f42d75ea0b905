// Lines of a file, each a JSON object. A position is the number of lines before it.
import { createReadStream } from 'node:fs'
import { TandemError } from '../../errors.ts'
import type { FileSource } from '../../sources.ts'
import { fileSize, unreadable } from './file-errors.ts'
import { ROWS_PER_BATCH, type RowSource, type SourceColumn } from './row-source.ts'

const MOST_LINE_CHARACTERS = 4 * 1024 * 1024
/** The whole document of a line stands in one column. */
const COLUMNS: readonly SourceColumn[] = [{ name: '', kind: 'plain' }]

export function createNdjsonRows({ path, id = 'id' }: FileSource): RowSource {
  const read: RowSource['read'] = async function* ({ after, signal }) {
    const size = await fileSize(path)
    const file = createReadStream(path, { signal })
    const skipped = after === undefined ? 0 : Number(after)
    let line = 0
    let rows: unknown[][] = []
    const batch = () => ({ columns: COLUMNS, rows, position: String(line), fraction: size === 0 ? 1 : file.bytesRead / size })
    try {
      for await (const text of linesOf(file)) {
        if (++line <= skipped || text.trim() === '') continue
        rows.push([parsed(text, line)])
        if (rows.length < ROWS_PER_BATCH) continue
        yield batch()
        rows = []
      }
    } catch (cause) {
      signal.throwIfAborted()
      throw TandemError.is(cause) ? cause : unreadable(path, cause)
    } finally {
      file.destroy()
    }
    if (rows.length > 0) yield batch()
  }
  return {
    async extent() {
      await fileSize(path)
      return { rows: undefined, newest: undefined }
    },
    read,
    async *ids(signal) {
      for await (const { rows } of read({ signal })) yield rows.map(([document]) => (document as Record<string, unknown>)[id])
    },
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let line = 0
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop()!
    line += parts.length
    if (rest.length > MOST_LINE_CHARACTERS) throw malformed(line + 1, `it is longer than ${MOST_LINE_CHARACTERS} characters`)
    yield* parts
  }
  yield rest + decoder.decode()
}

function parsed(text: string, line: number): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw malformed(line, (cause as Error).message)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(line, 'it is no JSON object')
  return value
}

function malformed(line: number, why: string): TandemError {
  return new TandemError('malformed_body', `Line ${line} of the source cannot be read: ${why}. Lines before it were synced.`, {
    details: { line },
  })
}

// Rows of a CSV file (RFC 4180), read as it is parsed. A position is the number of rows before it.
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { TandemError } from '../../errors.ts'
import type { FileSource } from '../../sources.ts'
import { fileSize, unreadable } from './file-errors.ts'
import { ROWS_PER_BATCH, type RowSource, type SourceColumn } from './row-source.ts'
import { columnMissing } from './source-errors.ts'

const MOST_RECORD_CHARACTERS = 4 * 1024 * 1024

export function createCsvRows({ path, delimiter = ',', id = 'id' }: FileSource): RowSource {
  const read: RowSource['read'] = async function* ({ after, signal }) {
    const size = await fileSize(path)
    const file = createReadStream(path, { signal })
    const parser = parse({ bom: true, delimiter, skip_empty_lines: true, max_record_size: MOST_RECORD_CHARACTERS })
    // What fails is thrown by the loop below.
    pipeline(file, parser, () => {})
    const skipped = after === undefined ? 0 : Number(after)
    let columns: SourceColumn[] | undefined
    let place = 0
    let rows: string[][] = []
    const batch = () => ({ columns: columns!, rows, position: String(place), fraction: size === 0 ? 1 : file.bytesRead / size })
    try {
      for await (const row of parser as AsyncIterable<string[]>) {
        if (columns === undefined) {
          columns = row.map((name) => ({ name: name.trim(), kind: 'loose' }))
          if (!columns.some(({ name }) => name === id)) throw columnMissing('id', id, row)
          continue
        }
        if (++place <= skipped) continue
        rows.push(row)
        if (rows.length < ROWS_PER_BATCH) continue
        yield batch()
        rows = []
      }
    } catch (cause) {
      signal.throwIfAborted()
      if (TandemError.is(cause)) throw cause
      if (!(cause instanceof CsvError)) throw unreadable(path, cause)
      throw new TandemError('malformed_body', `The CSV file of the source cannot be read: ${cause.message}.`, { cause })
    } finally {
      file.destroy()
    }
    if (columns === undefined) throw columnMissing('id', id, [])
    if (rows.length > 0) yield batch()
  }
  return {
    async extent() {
      await fileSize(path)
      return { rows: undefined, newest: undefined }
    },
    read,
    async *ids(signal) {
      for await (const { columns, rows } of read({ signal })) {
        const place = columns.findIndex(({ name }) => name === id)
        yield rows.map((row) => row[place])
      }
    },
  }
}

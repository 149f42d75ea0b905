// Rows on their way into one table as bytes, for what is written by the thousand: an insert statement for 250 rows has 3,000
// parameters, each an object in the query's tree and a value in the message to the database's thread.

/** JSON arrays in the order of the columns, with a comma between; what is an object or array there is stored as its JSON text. */
export class PackedRows {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

export type PackedValue = string | number | null

/** The values of each row. */
export function unpackRows(bytes: Uint8Array): PackedValue[][] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const rows = JSON.parse(`[${text}]`) as unknown[][]
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) if (typeof row[i] === 'object' && row[i] !== null) row[i] = JSON.stringify(row[i])
  }
  return rows as PackedValue[][]
}

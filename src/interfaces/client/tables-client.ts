// Tables over HTTP: uploaded once, looked at, corrected, trained on.
import type { TablesClient } from '../../tandem.ts'
import { address, get, remove } from './request.ts'
import { markOf, tableBody } from './training-body.ts'
import type { Transport } from './transport.ts'

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const

export function createTablesClient(transport: Transport): TablesClient {
  const tables: TablesClient = {
    inspect(rows, { signal, target } = {}) {
      if ('table' in rows) {
        const { table, ...reading } = rows
        return tables.get(table, { ...reading, signal, ...(target === undefined ? {} : { target }) })
      }
      return transport.json({
        method: 'POST',
        path: '/v1/tables/inspect',
        query: { target, ...markOf(rows) },
        ...tableBody(rows),
        repeatable: true,
        unlimited: true,
        signal,
      })
    },
    upload: (body, { signal, format, ...query } = {}) =>
      transport.json({
        method: 'POST',
        path: '/v1/tables',
        query: { ...query },
        upload: { contentType: format === undefined ? 'application/octet-stream' : TYPES[format], body },
        unlimited: true,
        signal,
      }),
    // A large table is read again for another delimiter.
    get: (id, options) => transport.json({ ...get(address`/v1/tables/${id}`, options), unlimited: true }),
    list: (options) => transport.json(get('/v1/tables', options)),
    async delete(id, options) {
      await transport.json(remove(address`/v1/tables/${id}`, options))
    },
  }
  return tables
}

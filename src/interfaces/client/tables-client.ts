// Looking at tables over HTTP.
import type { TablesClient } from '../../tandem.ts'
import { tableBody } from './training-body.ts'
import type { Transport } from './transport.ts'

export function createTablesClient(transport: Transport): TablesClient {
  return {
    inspect: (rows, { signal, target } = {}) =>
      transport.json({
        method: 'POST',
        path: '/v1/tables/inspect',
        query: { target },
        ...tableBody(rows),
        repeatable: true,
        unlimited: true,
        signal,
      }),
  }
}

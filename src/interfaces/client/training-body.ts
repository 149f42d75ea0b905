// The body of a request that brings a table, and a check of the numbers that JSON cannot carry.
import { type FieldError, TandemError } from '../../errors.ts'
import type { TrainingRows, TrainOptions } from '../../tandem.ts'
import type { Request } from './transport.ts'

type Body = Pick<Request, 'json' | 'upload'>

/** CSV and NDJSON are sent as they are, `rows` and what names a table as JSON. */
export function trainingBody(rows: TrainingRows, { columns }: Pick<TrainOptions, 'columns'> = {}): Body {
  if ('table' in rows) return { json: { ...rows, columns } }
  if ('csv' in rows) return { upload: { contentType: 'text/csv', body: rows.csv } }
  if ('ndjson' in rows) return { upload: { contentType: 'application/x-ndjson', body: rows.ndjson } }
  requireFinite(rows.rows, '/rows')
  return { json: { rows: rows.rows } }
}

/** What the query says of a CSV that is sent as it is. */
export function markOf(rows: TrainingRows): { readonly decimal?: '.' | ',' | undefined } {
  return 'csv' in rows ? { decimal: rows.decimal } : {}
}

/** A table for an endpoint that reads streams only. */
export function tableBody(rows: Exclude<TrainingRows, { table: string }>): Body {
  if (!('rows' in rows)) return trainingBody(rows)
  requireFinite(rows.rows, '/rows')
  return { upload: { contentType: 'application/x-ndjson', body: rows.rows.map((row) => JSON.stringify(row)).join('\n') } }
}

/** JSON would turn NaN and Infinity into null, which means missing: a fault of the caller would become a silent wrong answer. */
export function requireFinite(rows: readonly object[], path: string): void {
  for (let index = 0; index < rows.length; index++) requireFiniteRow(rows[index] ?? {}, `${path}/${index}`)
}

export function requireFiniteRow(row: object, path: string): void {
  for (const [name, value] of Object.entries(row)) {
    if (typeof value !== 'number' || Number.isFinite(value)) continue
    const where = `${path.slice(1).replaceAll('/', '.')}.${name}`
    const message = `${where} must be a finite number, got ${value}; send null where the value is missing`
    const errors: FieldError[] = [{ path: `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, message }]
    throw new TandemError('invalid_input', `${message}.`, { errors })
  }
}

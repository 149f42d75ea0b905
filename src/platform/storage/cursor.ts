// Where a page of a list ended, as an opaque text.
import { TandemError } from '../../errors.ts'

/** @example encodeCursor([1700000000000, '20261121_093000']) */
export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** The position of a cursor with these kinds of values; undefined without a cursor. */
export function decodeCursor<Kinds extends readonly ('string' | 'number')[]>(
  cursor: string | undefined,
  kinds: readonly [...Kinds],
): { [Index in keyof Kinds]: Kinds[Index] extends 'string' ? string : number } | undefined {
  if (cursor === undefined) return undefined
  let position: unknown
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    position = undefined
  }
  if (!Array.isArray(position) || position.length !== kinds.length || position.some((value, index) => typeof value !== kinds[index])) {
    throw new TandemError('invalid_input', 'The cursor is not one this list gave. Pass `nextCursor` of the page before as it is.', {
      errors: [{ path: '/cursor', message: 'cursor must be the nextCursor of the page before' }],
    })
  }
  return position as never
}

/** A page of rows that were read with one row more than the limit. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  show: (row: Row) => Item,
  position: (row: Row) => readonly (string | number)[],
): { readonly items: Item[]; readonly nextCursor?: string } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items: items.map(show), ...(rows.length > limit && last !== undefined ? { nextCursor: encodeCursor(position(last)) } : {}) }
}

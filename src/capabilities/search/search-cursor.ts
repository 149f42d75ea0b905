// Where the next page of a search begins. It holds for the same search only: places of another one mean nothing.
import { createHash } from 'node:crypto'
import { TandemError } from '../../errors.ts'
import type { SearchInput } from './schema.ts'

export function encodeSearchCursor(input: SearchInput, offset: number): string {
  return Buffer.from(JSON.stringify([offset, marker(input)])).toString('base64url')
}

/** @throws `invalid_input` for a cursor that is none or of another search. */
export function readSearchCursor(input: SearchInput): number {
  if (input.cursor === undefined) return 0
  try {
    const [offset, of] = JSON.parse(Buffer.from(input.cursor, 'base64url').toString())
    if (Number.isInteger(offset) && offset >= 0 && of === marker(input)) return offset
  } catch {
    // Told below.
  }
  throw new TandemError(
    'invalid_input',
    'The cursor is not of this search. Take nextCursor of the page before, with everything else unchanged.',
    {
      errors: [{ path: '/cursor', message: 'cursor must be the nextCursor of the same search' }],
    },
  )
}

function marker({ cursor: _, ...input }: SearchInput): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('base64url').slice(0, 8)
}

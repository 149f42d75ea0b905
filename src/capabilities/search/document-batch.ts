// Documents as they are sent to documents as they are stored: checked one by one, so that a wrong one does not keep the others out.
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../algorithms/format/canonical-json.ts'
import { TandemError } from '../../errors.ts'
import type { CheckedCollection } from './collection-definition.ts'
import type { StoredDocument } from './schema.ts'
import type { DocumentChange } from './store.ts'

export interface DocumentFailure {
  readonly index: number
  readonly error: string
  readonly path?: string
}

export interface CheckedBatch {
  /** The last one of each id. */
  readonly documents: readonly Omit<DocumentChange, 'row'>[]
  /** Sent before another one of the same id. */
  readonly superseded: number
  readonly failures: readonly DocumentFailure[]
}

export const LONGEST_ID = 200
/** Longer texts are no text to search: split the document. */
const MOST_TEXT_CHARACTERS = 1_000_000
const CONTROL_CHARACTER = /\p{Cc}/u

/** @param first  place of the first document in what was sent. */
export function checkBatch(given: readonly unknown[], collection: CheckedCollection, first = 0): CheckedBatch {
  const documents = new Map<string, Omit<DocumentChange, 'row'>>()
  const failures: DocumentFailure[] = []
  given.forEach((document, place) => {
    const checked = checkDocument(document, collection)
    if ('error' in checked) failures.push({ index: first + place, ...checked })
    else {
      // Put in again, so that it stands where the last one of its id came.
      documents.delete(checked.id)
      documents.set(checked.id, checked)
    }
  })
  return { documents: [...documents.values()], superseded: given.length - failures.length - documents.size, failures }
}

function checkDocument(
  given: unknown,
  { check, textOf }: CheckedCollection,
): Omit<DocumentChange, 'row'> | { readonly error: string; readonly path?: string } {
  const errors = check(given)
  if (errors !== undefined && errors.length > 0) return { error: errors[0]!.message, path: errors[0]!.path }
  const document = given as StoredDocument
  const id = document.id as string
  if (id === '' || id.length > LONGEST_ID || CONTROL_CHARACTER.test(id)) {
    return { error: `id must have 1 to ${LONGEST_ID} characters and no control characters`, path: '/id' }
  }
  let text: string
  try {
    text = textOf(document)
  } catch (error) {
    return { error: `its text could not be made: ${(error as Error).message}` }
  }
  if (typeof text !== 'string') return { error: 'its text is no string; correct the function of the config that makes it' }
  if (text.length > MOST_TEXT_CHARACTERS) {
    return { error: `its text has ${text.length} characters, more than the ${MOST_TEXT_CHARACTERS} of a document; split it` }
  }
  // Half a character is no UTF-8, and U+0000 no text to a database; in the JSON of the document both are escaped.
  const whole = text.toWellFormed().replaceAll('\0', ' ')
  const hash = hashOf(canonicalJson(document))
  return { id, content: JSON.stringify(document), text: whole, hash, textHash: hashOf(whole) }
}

/** @throws `malformed_body` naming the line. */
export async function* readNdjson(lines: AsyncIterable<Uint8Array>, mostLineBytes: number): AsyncIterable<unknown[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let line = 0
  const parse = (text: string): unknown[] => {
    line++
    if (text.trim() === '') return []
    try {
      return [JSON.parse(text)]
    } catch (cause) {
      throw malformed(line, (cause as Error).message, cause)
    }
  }
  for await (const bytes of lines) {
    try {
      rest += decoder.decode(bytes, { stream: true })
    } catch (cause) {
      throw malformed(line + 1, 'it is not UTF-8', cause)
    }
    const parts = rest.split('\n')
    rest = parts.pop()!
    if (rest.length > mostLineBytes) throw malformed(line + parts.length + 1, `it is longer than ${mostLineBytes} bytes`)
    const documents = parts.flatMap(parse)
    if (documents.length > 0) yield documents
  }
  const last = parse(rest + decoder.decode())
  if (last.length > 0) yield last
}

function malformed(line: number, why: string, cause?: unknown): TandemError {
  return new TandemError('malformed_body', `Line ${line} of the NDJSON cannot be read: ${why}. Lines before it were written.`, {
    details: { line },
    cause,
  })
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

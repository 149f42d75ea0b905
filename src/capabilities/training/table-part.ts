// One part of a table of rows in a .tdm container: columns c0, c1 ... and the target, dictionaries in the header.
import type { createHash } from 'node:crypto'
import { decodeTdm, encodeTdm, type SectionArray } from '../../algorithms/format/tdm.ts'
import { TandemError } from '../../errors.ts'
import { sha256 } from '../../platform/storage/sha256.ts'
import type { TableColumn } from './table-columns.ts'

/** A column as read back: doubles, or codes with their texts. */
export type PartColumn = Float64Array | { readonly codes: Int32Array; readonly texts: readonly string[] }

export interface TablePart {
  readonly rows: number
  readonly columns: Readonly<Record<string, PartColumn>>
  /** What the rows are weighed and parted by, where it is no feature; no part of a row's content. */
  readonly aside: Readonly<Record<string, PartColumn>>
  /** Hash of the stable key of each row, where it is not its content. */
  readonly keys: Uint32Array | undefined
}

export interface NewPart {
  /** The dataset it belongs to: makes the bytes unique, so that deleting one dataset never takes a part of another. */
  readonly dataset: string
  readonly rows: number
  readonly columns: ReadonlyMap<string, TableColumn>
  readonly aside: ReadonlyMap<string, TableColumn>
  readonly keys: Uint32Array | undefined
}

export function writePart({ dataset, rows, columns, aside, keys }: NewPart): Uint8Array {
  const names = [...columns.keys()]
  const sections: Record<string, SectionArray> = {}
  const put = (column: TableColumn, section: string): string[] | null => {
    sections[section] = column.kind === 'number' ? column.values.subarray(0, rows) : column.codes.subarray(0, rows)
    return column.kind === 'number' ? null : [...column.dictionary.keys()]
  }
  const dictionaries = names.map((name, index) => put(columns.get(name)!, `c${index}`))
  const beside = [...aside].map(([name, column], index) => ({ name, dictionary: put(column, `a${index}`) }))
  if (keys) sections.keys = keys.subarray(0, rows)
  return encodeTdm(
    { header: { kind: 'tandem-rows', dataset, rows, names, dictionaries, ...(beside.length > 0 ? { aside: beside } : {}) }, sections },
    { sha256 },
  )
}

/** @throws `artifact_damaged`. */
export function readPart(bytes: Uint8Array): TablePart {
  const { header, sections } = decodeTdm(bytes, { sha256 })
  const {
    kind,
    rows,
    names,
    dictionaries,
    aside = [],
  } = header as {
    kind?: string
    rows?: number
    names?: string[]
    dictionaries?: (string[] | null)[]
    aside?: { name: string; dictionary: string[] | null }[]
  }
  if (kind !== 'tandem-rows' || typeof rows !== 'number' || !Array.isArray(names) || !Array.isArray(dictionaries)) {
    throw new TandemError('artifact_damaged', 'The stored rows are damaged: the part is no table. Send the rows again.')
  }
  const read = (name: string, section: string, texts: string[] | null | undefined): [string, PartColumn] => {
    const values = sections[section]
    if (values?.length === rows && values instanceof Float64Array && texts === null) return [name, values]
    if (values?.length === rows && values instanceof Int32Array && Array.isArray(texts)) return [name, { codes: values, texts }]
    throw new TandemError(
      'artifact_damaged',
      `The stored rows are damaged: column "${name}" does not have ${rows} values. Send the rows again.`,
    )
  }
  const columns = names.map((name, index) => read(name, `c${index}`, dictionaries[index]))
  const beside = aside.map(({ name, dictionary }, index) => read(name, `a${index}`, dictionary))
  return { rows, columns: Object.fromEntries(columns), aside: Object.fromEntries(beside), keys: sections.keys as Uint32Array | undefined }
}

/** Adds what a part says to the fingerprint of its table: the same rows give the same fingerprint in every dataset. */
export function addToFingerprint(hash: ReturnType<typeof createHash>, { rows, columns, aside }: NewPart): void {
  for (const [name, column] of [...columns, ...aside]) {
    hash.update(JSON.stringify([name, rows, column.kind === 'text' ? [...column.dictionary.keys()] : null]))
    const values = column.kind === 'number' ? column.values : column.codes
    hash.update(new Uint8Array(values.buffer, values.byteOffset, rows * values.BYTES_PER_ELEMENT))
  }
}

// Fitted columns in a .tdm file: what each feature becomes in the header, long lists (codes, numbers, terms) in three sections that all
// features share, in their order. The one form of them, in sums, trees and pipelines. Everything is checked when it is read.
import { TandemError } from '../../errors.ts'
import type { PackColumns, UnpackColumns } from '../columns/column-kind.ts'
import { columnWidth, isColumnKind, kindNamed } from '../columns/column-kinds.ts'
import type { FittedColumns, PlacedColumn } from '../columns/column-spec.ts'
import type { Json } from './canonical-json.ts'
import type { SectionArray } from './tdm.ts'

export interface PackedColumns {
  readonly header: { readonly features: Json[]; readonly nColumns: number; readonly clamped: boolean }
  readonly sections: { readonly codes: Int32Array; readonly numbers: Float64Array; readonly terms: Uint8Array }
}

export function packColumns({ features, nColumns, clamped }: FittedColumns): PackedColumns {
  const [codes, numbers, terms]: [number[], number[], string[]] = [[], [], []]
  // One by one: a spread of a hundred thousand arguments overflows the stack.
  const added = <Value>(to: Value[], values: readonly Value[]): number => {
    for (const value of values) to.push(value)
    return values.length
  }
  const to: PackColumns = {
    codes: (values) => added(codes, values),
    numbers: (values) => added(numbers, values),
    terms: (values) => added(terms, values),
  }
  const described = features.map((column): Json => {
    const { kind, first } = column
    return { ...kindNamed(kind).pack(column, to), kind, first }
  })
  return {
    header: { features: described, nColumns, clamped },
    sections: {
      codes: Int32Array.from(codes),
      numbers: Float64Array.from(numbers),
      terms: new TextEncoder().encode(JSON.stringify(terms)),
    },
  }
}

/**
 * @param header    what `packColumns` said, as it stands in the file.
 * @param sections  those of the file.
 * @throws   `artifact_damaged` for anything that `packColumns` would not write.
 */
export function unpackColumns(header: Readonly<Record<string, Json>>, sections: Readonly<Record<string, SectionArray>>): FittedColumns {
  const lists = listsOf(sections)
  const at = { codes: 0, numbers: 0, terms: 0 }
  if (!Array.isArray(header.features)) throw damaged('its header lists no features')
  let next = 0
  const features = header.features.map((given, feature): PlacedColumn => {
    const fail = (what: string): never => {
      throw damaged(`feature ${feature} ${what}`)
    }
    const take = <Value>(list: 'codes' | 'numbers' | 'terms', length: Json | undefined): Value[] => {
      if (!Number.isSafeInteger(length) || (length as number) < 0) fail(`holds ${length} ${list}, expected a whole number`)
      const from = at[list]
      at[list] += length as number
      if (at[list] > lists[list].length) fail(`holds ${length} ${list}, but ${lists[list].length - from} are left`)
      return Array.from(lists[list].slice(from, at[list]) as unknown as ArrayLike<Value>)
    }
    const from: UnpackColumns = {
      codes(length) {
        const codes = take<number>('codes', length)
        return codes.some((code) => code < 0) ? fail('has a category below 0') : codes
      },
      numbers(length) {
        const numbers = take<number>('numbers', length)
        const wrong = numbers.find((value) => !Number.isFinite(value))
        return wrong === undefined ? numbers : fail(`has the number ${wrong}`)
      },
      terms: (length) => take<string>('terms', length),
      fail,
    }
    if (!isRecord(given)) return fail('is not described')
    const about = withKindOfToday(given)
    if (!isColumnKind(about.kind)) return fail(`is of the unknown kind "${about.kind}"`)
    const column = kindNamed(about.kind).unpack(about, from)
    if (about.first !== next) fail(`begins at column ${about.first}, expected ${next}`)
    const first = next
    next += columnWidth(column)
    return { ...column, first }
  })
  for (const list of ['codes', 'numbers', 'terms'] as const) {
    if (at[list] !== lists[list].length) throw damaged(`its features use ${at[list]} ${list} of ${lists[list].length}`)
  }
  if (next !== header.nColumns) throw damaged(`its ${features.length} features have ${next} columns, expected ${header.nColumns}`)
  return { features, nColumns: next, clamped: header.clamped === true }
}

interface Lists {
  readonly codes: Int32Array
  readonly numbers: Float64Array
  readonly terms: readonly string[]
}

/** Files from before pipelines and tables shared a form call two sections otherwise, and write terms in lines. */
function listsOf({ codes, frequent, numbers, idf, terms }: Readonly<Record<string, SectionArray>>): Lists {
  const [ownCodes, ownNumbers] = [codes ?? frequent, numbers ?? idf]
  if (!(ownCodes instanceof Int32Array && ownNumbers instanceof Float64Array && terms instanceof Uint8Array)) {
    throw damaged('it lacks the codes, numbers or terms of its columns')
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(terms)
  } catch (cause) {
    throw damaged('its terms are no UTF-8', cause)
  }
  if (codes === undefined) return { codes: ownCodes, numbers: ownNumbers, terms: text === '' ? [] : text.split('\n') }
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch (cause) {
    throw damaged('its terms are no JSON', cause)
  }
  if (!Array.isArray(list) || !list.every((term) => typeof term === 'string')) throw damaged('its terms are no list of texts')
  return { codes: ownCodes, numbers: ownNumbers, terms: list }
}

function withKindOfToday(about: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  return about.kind === 'category' ? { ...about, kind: 'one-hot' } : about
}

function isRecord(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function damaged(what: string, cause?: unknown): TandemError {
  const message = `The model file is damaged: ${what}. It was changed, or made by something else. Restore it from a copy, or train again.`
  return new TandemError('artifact_damaged', message, cause === undefined ? {} : { cause })
}

// Universal Binary JSON (ubjson.org, draft 12 with typed lists), as far as XGBoost writes it: read into the values that JSON would give.

/** Lists and objects in each other. */
const MAX_DEPTH = 100
/** Values made of a file: 64 million numbers take 0.5 GB. */
const MAX_VALUES = 2 ** 26

type Reader = (view: DataView, at: number) => number
const NUMBERS: Readonly<Record<string, readonly [bytes: number, read: Reader]>> = {
  i: [1, (view, at) => view.getInt8(at)],
  U: [1, (view, at) => view.getUint8(at)],
  I: [2, (view, at) => view.getInt16(at)],
  l: [4, (view, at) => view.getInt32(at)],
  L: [8, (view, at) => Number(view.getBigInt64(at))],
  d: [4, (view, at) => view.getFloat32(at)],
  D: [8, (view, at) => view.getFloat64(at)],
}

/** Whether bytes begin as an object of UBJSON does, and not one of JSON. */
export function isUbjson(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b && NUMBERS[String.fromCharCode(bytes[1] ?? 0)] !== undefined
}

/**
 * Reads one value. Keys such as `__proto__` are keys like any other.
 *
 * @throws `RangeError` for bytes that are no such value, with the place.
 */
export function readUbjson(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  let values = 0

  const fail = (what: string): never => {
    throw new RangeError(`byte ${at} ${what}`)
  }
  const mark = (): string => (at < bytes.length ? String.fromCharCode(bytes[at++]!) : fail('is behind the end'))
  const number = (kind: string): number => {
    const [size, read] = NUMBERS[kind] ?? fail(`has the type "${kind}", expected a number`)
    if (at + size > bytes.length) fail('begins a number that does not end')
    at += size
    return read(view, at - size)
  }
  const length = (): number => {
    const count = number(mark())
    return Number.isSafeInteger(count) && count >= 0 ? count : fail(`has the length ${count}`)
  }
  const text = (): string => {
    const size = length()
    if (at + size > bytes.length) fail('begins a text that does not end')
    at += size
    return new TextDecoder('utf-8', { fatal: false }).decode(bytes.subarray(at - size, at))
  }
  const peek = (): string => String.fromCharCode(bytes[at] ?? 0)

  /** Type and count of a list or object that says them before its content. */
  const header = (): { readonly kind?: string; readonly count?: number } => {
    let kind: string | undefined
    if (peek() === '$') {
      at++
      kind = mark()
    }
    if (peek() !== '#') return kind === undefined ? {} : fail('has a type but no count')
    at++
    const count = length()
    // Nothing stands behind a count of values that take no bytes: any number would be claimed for free.
    const size = kind === undefined ? 1 : (NUMBERS[kind]?.[0] ?? fail(`lists values of the type "${kind}"`))
    if (count * size > bytes.length - at) fail(`claims ${count} values`)
    return { count, ...(kind === undefined ? {} : { kind }) }
  }
  const list = (depth: number): unknown[] => {
    const { kind, count } = header()
    if (kind !== undefined) {
      values += count!
      if (values > MAX_VALUES) fail(`is behind ${MAX_VALUES} values`)
      return Array.from({ length: count! }, () => number(kind))
    }
    const items: unknown[] = []
    while (count === undefined ? peek() !== ']' : items.length < count) items.push(value(mark(), depth + 1))
    if (count === undefined) at++
    return items
  }
  const object = (depth: number): object => {
    const { kind, count } = header()
    const fields: Record<string, unknown> = Object.create(null)
    for (let read = 0; count === undefined ? peek() !== '}' : read < count; read++) {
      const key = text()
      fields[key] = value(kind ?? mark(), depth + 1)
    }
    if (count === undefined) at++
    return fields
  }
  const value = (kind: string, depth: number): unknown => {
    if (depth > MAX_DEPTH) fail(`is nested deeper than ${MAX_DEPTH}`)
    if (++values > MAX_VALUES) fail(`is behind ${MAX_VALUES} values`)
    switch (kind) {
      case '{':
        return object(depth)
      case '[':
        return list(depth)
      case 'S':
        return text()
      case 'C':
        return mark()
      case 'T':
      case 'F':
        return kind === 'T'
      case 'Z':
        return null
      default:
        return number(kind)
    }
  }
  return value(mark(), 0)
}

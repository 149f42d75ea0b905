// Reads typed search parameters from an address. What does not fit is left out, so that an old or mistyped link still opens.

type Search = Readonly<Record<string, unknown>>

export function oneOf<const Value extends string>(search: Search, name: string, values: readonly Value[]): Value | undefined {
  return values.find((value) => value === search[name])
}

export function text(search: Search, name: string): string | undefined {
  const value = search[name]
  if (typeof value === 'string') return value === '' ? undefined : value
  // The router reads `?q=12` as a number.
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

export function numberIn(search: Search, name: string): number | undefined {
  const value = Number(search[name] ?? Number.NaN)
  return Number.isFinite(value) ? value : undefined
}

export function flag(search: Search, name: string): boolean | undefined {
  const value = search[name]
  if (value === true || value === 'true') return true
  return value === false || value === 'false' ? false : undefined
}

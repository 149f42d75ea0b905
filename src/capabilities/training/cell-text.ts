// What the text of a CSV cell means, by the kind of value that is expected there.

/** Texts that stand for a missing number or boolean in tables people export. For categories only the empty cell is missing. */
const MISSING = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '?'])
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, yes: true, no: false, '1': true, '0': false }

export function isMissingText(text: string): boolean {
  return MISSING.has(text)
}

/** The number, or undefined when the text is none. Decimal only: `0x10` and `1,5` are texts. */
export function numberFromText(text: string): number | undefined {
  const number = Number(text)
  if (Number.isNaN(number) || text === '') return undefined
  // Number() also reads hexadecimal, binary and octal.
  if (text.length > 2 && /^[+-]?0[xbo]/i.test(text)) return undefined
  return number
}

export function booleanFromText(text: string): boolean | undefined {
  const word = text.toLowerCase()
  return Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined
}

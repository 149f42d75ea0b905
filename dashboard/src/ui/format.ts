// Numbers as people read them: three significant digits, a unit always there, U+2212 for minus, a narrow space before the unit.

const SPACE = '\u00a0'
const MINUS = '\u2212'
/** What stands where there is no number; never a zero that was not measured. */
export const ABSENT = '\u2013'

type Maybe = number | null | undefined

/** Digits as an exponent. */
function raised(digits: string): string {
  return [...digits].map((digit) => '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079'[Number(digit)]).join('')
}

function isNumber(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** The whole number with thousands separated: `41,204.5`. For hovers, and where every digit counts. */
export function formatExact(value: Maybe): string {
  if (!isNumber(value)) return ABSENT
  return value.toLocaleString('en', { maximumFractionDigits: 12 }).replace('-', MINUS)
}

/** Three significant digits: `0.0213`, `3.82`, `83.6`, `1,204`, `41.2 k`, `3.6 M`. */
export function formatNumber(value: Maybe): string {
  if (!isNumber(value)) return ABSENT
  const size = Math.abs(value)
  if (size === 0) return '0'
  for (const [limit, unit] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
  ] as const) {
    if (size >= limit * 0.9995) return `${significant(value / limit)}${SPACE}${unit}`
  }
  if (size >= 9999.5) return `${significant(value / 1e3)}${SPACE}k`
  if (size >= 999.5) return formatExact(Math.round(value))
  if (size < 1e-4)
    return value
      .toExponential(1)
      .replace('-', MINUS)
      .replace(/e.(\d+)$/, (_, digits: string) => ` \u00d7 10\u207b${raised(digits)}`)
  return significant(value)
}

/** A count: whole, `41.2 k` from ten thousand on. */
export function formatCount(value: Maybe): string {
  if (!isNumber(value)) return ABSENT
  return Math.abs(value) >= 9999.5 ? formatNumber(value) : formatExact(Math.round(value))
}

/** A share of one: `83.6 %`; never `100.0 %` for what is not all. */
export function formatShare(value: Maybe, digits = 1): string {
  if (!isNumber(value)) return ABSENT
  const smallest = 10 ** -digits
  const percent = value * 100
  if (percent > 0 && percent < smallest / 2) return `<${SPACE}${smallest}${SPACE}%`
  if (value < 1 && percent > 100 - smallest / 2) return `>${SPACE}${(100 - smallest).toFixed(digits)}${SPACE}%`
  const text = Number.isInteger(percent) && Math.abs(percent) % 100 === 0 ? String(percent) : percent.toFixed(digits)
  return `${text.replace('-', MINUS)}${SPACE}%`
}

/** A difference of two shares, in percentage points: `+1.1 pt`. */
export function formatPoints(value: Maybe, digits = 1): string {
  return isNumber(value) ? `${withSign((value * 100).toFixed(digits))}${SPACE}pt` : ABSENT
}

/** With its sign always: `+0.021`. */
export function formatSigned(value: Maybe): string {
  if (!isNumber(value)) return ABSENT
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value)
}

/** `0.42 ms`, `3.8 ms`, `4.2 s`, `2 min 05 s`, `3 h 07 min`, `4 d 02 h`. */
export function formatDuration(ms: Maybe): string {
  if (!isNumber(ms)) return ABSENT
  if (ms < 0) return `${MINUS}${formatDuration(-ms)}`
  if (ms < 999.5) return `${ms === 0 ? '0' : ms < 10 ? trim(ms.toPrecision(2)) : Math.round(ms)}${SPACE}ms`
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)}${SPACE}s`
  if (seconds < 59.5) return `${Math.round(seconds)}${SPACE}s`
  const pair = (value: number, size: number, large: string, small: string): string => {
    const whole = Math.floor(value / size)
    return `${whole}${SPACE}${large}${SPACE}${String(Math.floor(value - whole * size)).padStart(2, '0')}${SPACE}${small}`
  }
  if (seconds < 3600) return pair(Math.round(seconds), 60, 'min', 's')
  if (seconds < 86_400) return pair(seconds / 60, 60, 'h', 'min')
  return pair(seconds / 3600, 24, 'd', 'h')
}

/** Decimal units: `812 B`, `41.2 kB`, `3.6 MB`. */
export function formatBytes(bytes: Maybe): string {
  if (!isNumber(bytes)) return ABSENT
  for (const [limit, unit] of [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (bytes >= limit * 0.9995) return `${significant(bytes / limit)}${SPACE}${unit}`
  }
  return `${bytes}${SPACE}B`
}

/** A formatted number and its unit apart, for where the unit stands smaller: `83.6 %` as `83.6` and `%`. */
export function splitUnit(text: string): readonly [number: string, unit: string | undefined] {
  const [number = text, ...unit] = text.split(SPACE)
  return [number, unit.length === 0 ? undefined : unit.join(SPACE)]
}

/** How often, in the unit in which it is one or more: `4.2/s`, `8/min`, `3/h`, `0.5/d`. */
export function formatRate(count: Maybe, seconds: number): string {
  if (!isNumber(count) || !(seconds > 0)) return ABSENT
  for (const [unit, size] of [
    ['s', 1],
    ['min', 60],
    ['h', 3600],
  ] as const) {
    if ((count / seconds) * size >= 1) return `${formatNumber((count / seconds) * size)}/${unit}`
  }
  return `${formatNumber((count / seconds) * 86_400)}/d`
}

/** `1 job`, `3 jobs`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)}${SPACE}${count === 1 ? one : many}`
}

function significant(value: number): string {
  const text = Number(value.toPrecision(3))
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(text) || 1)))
  return trim(text.toFixed(Math.min(digits, 8))).replace('-', MINUS)
}

function trim(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function withSign(text: string): string {
  if (Number(text) === 0) return text.replace('-', '')
  return text.startsWith('-') ? text.replace('-', MINUS) : `+${text}`
}

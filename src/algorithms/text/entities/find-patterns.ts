// What has a form: addresses, sums, dates, numbers of telephones, hashtags. Places are UTF-16 units.

export type PatternType = 'email' | 'url' | 'money' | 'percent' | 'date' | 'time' | 'phone' | 'hashtag' | 'mention'

export interface PatternMatch {
  readonly type: PatternType
  readonly start: number
  readonly end: number
}

const MONTH =
  'Jan(?:uary|\\.)?|Feb(?:ruary|\\.)?|Mar(?:ch|\\.)?|Apr(?:il|\\.)?|May|June?|July?|Aug(?:ust|\\.)?|Sep(?:t(?:ember|\\.)?|\\.)?|Oct(?:ober|\\.)?|Nov(?:ember|\\.)?|Dec(?:ember|\\.)?'
const WEEKDAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day'
const DAY = '(?:0?[1-9]|[12]\\d|3[01])'
const YEAR = '(?:1[5-9]|20)\\d{2}'
const NUMBER = '\\d{1,3}(?:[,.\u00a0\u202f ]\\d{3})+(?:[.,]\\d{1,2})?|\\d+(?:[.,]\\d{1,3})?'
const SCALE = '(?:\\s?(?:k|m|bn|tn|thousand|million|billion|trillion)\\b)?'
const CURRENCY = '(?:US|CA|AU|NZ|HK)?\\$|[€£¥₹₽₩₺]|(?:USD|EUR|GBP|JPY|INR|CHF|CAD|AUD|CNY|SEK|NOK|DKK|PLN)\\s?'
const CURRENCY_AFTER =
  '\\s?(?:[€£¥₹]|(?:USD|EUR|GBP|JPY|INR|CHF|CAD|AUD|CNY|SEK|NOK|DKK|PLN|dollars?|euros?|pounds?|cents?|yen|rupees?)\\b)'

/** The first one that fits a place counts. */
const PATTERNS: readonly (readonly [PatternType, RegExp])[] = [
  [
    'email',
    /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}][\p{L}\p{N}._%+-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}-])/gu,
  ],
  ['url', /\b(?:https?:\/\/|www\.)[^\s<>"'“”‘’]{2,2000}/giu],
  ['money', new RegExp(`(?<![\\p{L}\\p{N}])(?:${CURRENCY})(?:${NUMBER})${SCALE}`, 'gu')],
  ['money', new RegExp(`(?<![\\p{L}\\p{N}.,])(?:${NUMBER})${SCALE}${CURRENCY_AFTER}`, 'gu')],
  ['percent', new RegExp(`(?<![\\p{L}\\p{N}.,])[-+−]?(?:${NUMBER})\\s?(?:%|percent\\b|per cent\\b)`, 'gu')],
  ['date', new RegExp(`(?<![\\d/.-])${YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])(?![\\d-])`, 'gu')],
  ['date', new RegExp(`(?<![\\d/.-])${DAY}([/.])(?:0?[1-9]|1[0-2]|[12]\\d|3[01])\\1(?:${YEAR}|\\d{2})(?![\\d/])`, 'gu')],
  ['date', new RegExp(`(?:\\b${WEEKDAY},?\\s+)?\\b${DAY}(?:st|nd|rd|th)?(?:\\s+of)?\\s+(?:${MONTH})(?:,?\\s+${YEAR})?\\b`, 'gu')],
  ['date', new RegExp(`(?:\\b${WEEKDAY},?\\s+)?\\b(?:${MONTH})\\s+${DAY}(?:st|nd|rd|th)?(?:,?\\s+${YEAR})?\\b`, 'gu')],
  ['date', new RegExp(`\\b(?:${MONTH}),?\\s+${YEAR}\\b`, 'gu')],
  ['date', new RegExp(`\\b(?:(?:last|next|this|on)\\s+)?${WEEKDAY}\\b|\\b(?:today|tomorrow|yesterday)\\b`, 'gu')],
  [
    'time',
    /(?<![\d:.])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\b\.?)?(?![\d:])|(?<![\d:.])(?:1[0-2]|0?[1-9])\s?[ap]\.?m\b\.?/giu,
  ],
  ['phone', /(?<![\p{L}\p{N}.,/-])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{1,5}\)[\s.-]?)?\d{2,5}(?:[\s.-]\d{2,5}){1,4}(?![\p{L}\p{N}]|[.,/-]\d)/gu],
  ['phone', /(?<![\p{L}\p{N}.,/-])\+\d{8,15}(?!\d)/gu],
  ['hashtag', /(?<![\p{L}\p{N}&/#])#(?=[\p{N}_]*\p{L})[\p{L}\p{M}\p{N}_]{1,139}/gu],
  ['mention', /(?<![\p{L}\p{N}@/.])@[\p{L}\p{N}_][\p{L}\p{N}_.]{0,38}[\p{L}\p{N}_]/gu],
]
/** Digits of a telephone number, E.164 and with a little slack below. */
const PHONE_DIGITS = { least: 7, most: 15 } as const

/** Without overlaps, in the order of the text. Cost: O(length x patterns). */
export function findPatterns(text: string): PatternMatch[] {
  const found: PatternMatch[] = []
  for (const [type, pattern] of PATTERNS) {
    for (const { 0: whole, index: start } of text.matchAll(pattern)) {
      const end = start + trimmed(type, whole).length
      if (type === 'phone' && !isPhone(text.slice(start, end))) continue
      if (end > start) found.push({ type, start, end })
    }
  }
  return withoutOverlaps(found)
}

/** Of those that overlap the one found first stays, which is the more certain one. */
export function withoutOverlaps<Match extends { readonly start: number; readonly end: number }>(found: readonly Match[]): Match[] {
  const order = found
    .map((match, place) => ({ match, place }))
    .sort((left, right) => left.match.start - right.match.start || left.place - right.place)
  const kept: { match: Match; place: number }[] = []
  for (const each of order) {
    const last = kept.at(-1)
    if (last === undefined || each.match.start >= last.match.end) kept.push(each)
    else if (each.place < last.place && (kept.at(-2)?.match.end ?? 0) <= each.match.start) kept[kept.length - 1] = each
  }
  return kept.map(({ match }) => match)
}

/** The mark after an address is not part of it. */
function trimmed(type: PatternType, match: string): string {
  if (type !== 'url') return match.trimEnd()
  const bare = match.replace(/[.,;:!?…]+$/u, '')
  return bare.endsWith(')') && !bare.includes('(') ? bare.slice(0, -1) : bare
}

function isPhone(match: string): boolean {
  const digits = match.replace(/\D/g, '').length
  if (digits < PHONE_DIGITS.least || digits > PHONE_DIGITS.most) return false
  // Years and other plain numbers beside each other.
  return match.startsWith('+') || match.includes('(') || /^0/.test(match) || /^\d{3}[\s.-]\d{3}[\s.-]\d{4}$/.test(match)
}

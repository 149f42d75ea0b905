// English words to their stems: the Snowball stemmer for English ("Porter2").
// Source: Porter, "The English (Porter2) stemming algorithm", snowballstem.org, as snowballstemmer 2.2.0 does it.

const SPECIAL: ReadonlyMap<string, string> = new Map(
  (
    'skis:ski skies:sky dying:die lying:lie tying:tie idly:idl gently:gentl ugly:ugli early:earli only:onli singly:singl ' +
    'sky:sky news:news howe:howe atlas:atlas cosmos:cosmos bias:bias andes:andes'
  )
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
)
/** Left as they are once the plural is off. */
const WHOLE = new Set('inning outing canning herring earring proceed exceed succeed'.split(' '))
/** Words that begin so have their first region after it: otherwise "generate" and "general" would meet. */
const LONG_PREFIXES = ['gener', 'commun', 'arsen']
const LI_ENDINGS = 'cdeghkmnrt'
const DOUBLES = new Set(['bb', 'dd', 'ff', 'gg', 'mm', 'nn', 'pp', 'rr', 'tt'])

type Suffixes = readonly (readonly [suffix: string, replacement: string])[]
const byLength = (pairs: Suffixes): Suffixes => [...pairs].sort((left, right) => right[0].length - left[0].length)

const SECOND = byLength([
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['entli', 'ent'],
  ['izer', 'ize'],
  ['ization', 'ize'],
  ['ational', 'ate'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['alli', 'al'],
  ['fulness', 'ful'],
  ['ousli', 'ous'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['bli', 'ble'],
  ['ogi', 'og'],
  ['fulli', 'ful'],
  ['lessli', 'less'],
  ['li', ''],
])
const THIRD = byLength([
  ['tional', 'tion'],
  ['ational', 'ate'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
  ['ative', ''],
])
const FOURTH = byLength(
  'al ance ence er ic able ible ant ement ment ent ism ate iti ous ive ize ion'.split(' ').map((suffix) => [suffix, ''] as const),
)

/**
 * The stem of an English word: "campaigns" and "campaigning" become "campaign".
 *
 * @param word  in small letters. Other scripts and numbers come back as they are.
 */
export function stemEnglish(word: string): string {
  if (word.length <= 2) return word
  const special = SPECIAL.get(word)
  if (special !== undefined) return special
  let stem = markConsonantY(word.startsWith("'") ? word.slice(1) : word)
  const first = firstRegion(stem)
  const second = regionAfter(stem, first)
  stem = withoutPlural(withoutPossessive(stem))
  if (WHOLE.has(stem)) return stem
  stem = withoutPast(stem, first)
  if (stem.length > 2 && /[yY]$/.test(stem) && !isVowel(stem, stem.length - 2)) stem = `${stem.slice(0, -1)}i`
  stem = replaceSecond(stem, first)
  stem = replaceThird(stem, first, second)
  stem = withoutFourth(stem, second)
  return withoutFinal(stem, first, second).toLowerCase()
}

/** A "y" that sounds as a consonant is written "Y" from here on: at the start, and after a vowel. */
function markConsonantY(word: string): string {
  if (!word.includes('y')) return word
  let marked = ''
  for (let at = 0; at < word.length; at++) {
    const consonant = word[at] === 'y' && (at === 0 || isVowel(marked, at - 1))
    marked += consonant ? 'Y' : word[at]
  }
  return marked
}

function isVowel(word: string, at: number): boolean {
  return 'aeiouy'.includes(word.charAt(at) || '-')
}

/** R1: what follows the first consonant that follows a vowel. */
function firstRegion(word: string): number {
  const prefix = LONG_PREFIXES.find((beginning) => word.startsWith(beginning))
  return prefix === undefined ? regionAfter(word, 0) : prefix.length
}

function regionAfter(word: string, from: number): number {
  for (let at = from + 1; at < word.length; at++) {
    if (!isVowel(word, at) && isVowel(word, at - 1)) return at + 1
  }
  return word.length
}

function withoutPossessive(word: string): string {
  return word.replace(/'s'$|'s$|'$/, '')
}

function withoutPlural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2)
  if (/ie[ds]$/.test(word)) return word.length > 4 ? word.slice(0, -2) : word.slice(0, -1)
  if (/(us|ss)$/.test(word) || !word.endsWith('s')) return word
  // "gas" and "this" keep their s: the vowel stands right before it.
  return hasVowel(word, word.length - 2) ? word.slice(0, -1) : word
}

/** Whether a vowel stands before `end`. */
function hasVowel(word: string, end: number): boolean {
  for (let at = 0; at < end; at++) if (isVowel(word, at)) return true
  return false
}

function withoutPast(word: string, first: number): string {
  const suffix = /(eedly|eed|ingly|edly|ing|ed)$/.exec(word)?.[0]
  if (suffix === undefined) return word
  const left = word.slice(0, -suffix.length)
  if (suffix.startsWith('eed')) return left.length >= first ? `${left}ee` : word
  if (!hasVowel(left, left.length)) return word
  if (/(at|bl|iz)$/.test(left)) return `${left}e`
  if (DOUBLES.has(left.slice(-2))) return left.slice(0, -1)
  return isShort(left, first) ? `${left}e` : left
}

/** A word is short when nothing of it is in R1 and it ends in a short syllable. */
function isShort(word: string, first: number): boolean {
  return first >= word.length && endsShort(word, word.length)
}

/** Short syllable before `end`: consonant, vowel, consonant other than w, x, Y; or, at the start, vowel and consonant. */
function endsShort(word: string, end: number): boolean {
  const last = end - 1
  if (end === 2) return isVowel(word, 0) && !isVowel(word, 1)
  return end > 2 && !isVowel(word, last) && !'wxY'.includes(word.charAt(last)) && isVowel(word, last - 1) && !isVowel(word, last - 2)
}

/** Only the longest suffix that fits counts, even where the conditions then leave it alone. */
function longest(word: string, suffixes: Suffixes): readonly [suffix: string, replacement: string] | undefined {
  return suffixes.find(([suffix]) => word.endsWith(suffix))
}

function replaceSecond(word: string, first: number): string {
  const found = longest(word, SECOND)
  if (found === undefined) return word
  const [suffix, replacement] = found
  const at = word.length - suffix.length
  if (at < first) return word
  if (suffix === 'ogi' && word.charAt(at - 1) !== 'l') return word
  if (suffix === 'li' && !LI_ENDINGS.includes(word.charAt(at - 1) || '-')) return word
  return word.slice(0, at) + replacement
}

function replaceThird(word: string, first: number, second: number): string {
  const found = longest(word, THIRD)
  if (found === undefined) return word
  const [suffix, replacement] = found
  const at = word.length - suffix.length
  return at < (suffix === 'ative' ? second : first) ? word : word.slice(0, at) + replacement
}

function withoutFourth(word: string, second: number): string {
  const found = longest(word, FOURTH)
  if (found === undefined) return word
  const at = word.length - found[0].length
  if (at < second || (found[0] === 'ion' && !'st'.includes(word.charAt(at - 1) || '-'))) return word
  return word.slice(0, at)
}

function withoutFinal(word: string, first: number, second: number): string {
  const at = word.length - 1
  if (word.endsWith('e')) return at >= second || (at >= first && !endsShort(word, at)) ? word.slice(0, at) : word
  return word.endsWith('ll') && at >= second ? word.slice(0, at) : word
}

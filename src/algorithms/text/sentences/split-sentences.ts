// A text to its sentences, by Unicode's rules (UAX 29, Intl.Segmenter) and with care for what those do not know: abbreviations, initials, and
// lines that were broken in the middle of a sentence. Places are UTF-16 units of the text as it was given.

/** From `start` to before `end`, without the spaces around. */
export interface Sentence {
  readonly start: number
  readonly end: number
}

/** A name or a number follows: the sentence goes on. */
const BEFORE_NAMES = new Set(
  (
    'mr mrs ms dr prof rev hon st sr jr gen col capt lt sgt maj cmdr adm gov sen rep pres messrs mme mlle mt ft no nos fig figs vol eq ' +
    'sec ch pp art cf vs e.g i.e viz approx est al ca resp incl ref dept univ assn bros jan feb mar apr jun jul aug sep sept oct nov dec'
  ).split(' '),
)
/** May end a sentence: it does when a word follows that begins many. */
const MAYBE_LAST = new Set(
  'inc ltd co corp llc plc u.s u.k u.n e.u u.s.a d.c a.m p.m etc ave blvd rd ph.d m.d b.a m.a b.sc m.sc b.c a.d min max'.split(' '),
)
const STARTERS = new Set(
  (
    'the a an it he she they we i you this that these those there here in on at but and so if when while after before however then what who ' +
    'why how where which although because since as for from with my our his her its their your some many most all no not one'
  ).split(' '),
)
/** A line that begins so is an item of a list. */
const ITEM = /^[ \t]*(?:[-*•‣·–]|\d{1,3}[.)]|[a-z][.)])[ \t]/

/** @returns  places in the order of the text; none for a text of spaces. Cost: O(length). */
export function splitSentences(text: string): Sentence[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
  const sentences: { start: number; end: number }[] = []
  for (const block of blocksOf(text)) {
    // A broken line is a space: the same length, so that places stay.
    const flat = text.slice(block.start, block.end).replace(/[\r\n\u0085\u2028]/g, ' ')
    let isOpen = false
    for (const { segment, index } of segmenter.segment(flat)) {
      const trimmed = segment.trim()
      if (trimmed === '') continue
      const start = block.start + index + (segment.length - segment.trimStart().length)
      const end = start + trimmed.length
      if (isOpen && goesOn(text.slice(sentences.at(-1)!.start, sentences.at(-1)!.end), trimmed)) sentences.at(-1)!.end = end
      else sentences.push({ start, end })
      isOpen = true
    }
  }
  return sentences
}

/** Paragraphs and items of lists. */
function blocksOf(text: string): Sentence[] {
  const blocks: Sentence[] = []
  const breaks = /\r\n|[\n\r\u0085\u2028\u2029]/g
  let start = 0
  let isBlank = false
  for (let found = breaks.exec(text); found !== null; found = breaks.exec(text)) {
    const next = found.index + found[0].length
    const lineEnd = nextBreak(text, next)
    const line = text.slice(next, lineEnd)
    isBlank = line.trim() === ''
    if (!isBlank && found[0] !== '\u2029' && !ITEM.test(line)) continue
    if (found.index > start) blocks.push({ start, end: found.index })
    start = next
  }
  if (start < text.length) blocks.push({ start, end: text.length })
  return blocks
}

function nextBreak(text: string, from: number): number {
  const place = text.slice(from, from + 10_000).search(/[\n\r\u0085\u2028\u2029]/)
  return place < 0 ? Math.min(text.length, from + 10_000) : from + place
}

/** Whether what looks like two sentences is one. */
function goesOn(before: string, after: string): boolean {
  // What was said, and who said it.
  if (/[.!?…]["'”’)\]]$/.test(before) && /^\p{Ll}/u.test(after)) return true
  const last = /(?:^|[\s(["'“‘])([\p{L}.]+)\.$/u.exec(before.slice(-20))?.[1]
  if (last === undefined) return false
  const word = last.toLowerCase()
  const next = /^[("'“‘]?([\p{L}]+)/u.exec(after)?.[1]
  if (BEFORE_NAMES.has(word)) return true
  // The initial of a name; "I" ends sentences too.
  if (/^\p{Lu}$/u.test(last) && last !== 'I') return true
  const isMaybe = MAYBE_LAST.has(word) || /^(?:\p{L}\.)+\p{L}$/u.test(last)
  return isMaybe && next !== undefined && !STARTERS.has(next.toLowerCase())
}

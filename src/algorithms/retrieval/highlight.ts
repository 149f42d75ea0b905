// The part of a text that shows best why it was found, with the places of the words found.
import type { SearchTerm, TermReader } from './search-terms.ts'

export interface Highlight {
  /** A part of the text, cut at words. */
  readonly text: string
  /** Whether the text goes on before and after. */
  readonly cutStart: boolean
  readonly cutEnd: boolean
  /** Places of found words in `text`: [start, end) in UTF-16 units, ascending, not overlapping. */
  readonly marks: readonly (readonly [start: number, end: number])[]
}

export interface HighlightOptions {
  /** Length of the part in UTF-16 units. Default 200. */
  readonly length?: number
}

/** Longer texts are looked at only so far. */
const MOST_CHARACTERS = 100_000

/**
 * The part with the most different words of the query, of equally good ones the first.
 *
 * Cost: O(characters of the text). A text without any of the words gives its beginning without marks.
 */
export function highlight(reader: TermReader, text: string, query: string, { length = 200 }: HighlightOptions = {}): Highlight {
  const wanted = new Set(reader.terms(query).map(({ term }) => term))
  const looked = text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS) : text
  const found = reader.terms(looked).filter(({ term }) => wanted.has(term))
  const window = bestWindow(found, length)
  const middle = (window.from + window.to) / 2
  const start = Math.max(0, Math.min(Math.floor(middle - length / 2), text.length - length, window.from))
  const cutFrom = startBorder(text, start, window.from)
  const cutTo = endBorder(text, Math.min(text.length, Math.max(start + length, window.to)), window.to)
  const inside = found.filter((term) => term.start >= cutFrom && term.end <= cutTo)
  return { text: text.slice(cutFrom, cutTo), cutStart: cutFrom > 0, cutEnd: cutTo < text.length, marks: joinedMarks(inside, cutFrom) }
}

function bestWindow(found: readonly SearchTerm[], length: number): { readonly from: number; readonly to: number } {
  let best = { from: 0, to: 0, terms: 0 }
  const inside = new Map<string, number>()
  let first = 0
  for (const last of found) {
    inside.set(last.term, (inside.get(last.term) ?? 0) + 1)
    while (last.end - found[first]!.start > length && found[first] !== last) {
      const { term } = found[first++]!
      const left = inside.get(term)! - 1
      if (left === 0) inside.delete(term)
      else inside.set(term, left)
    }
    if (inside.size > best.terms) best = { from: found[first]!.start, to: last.end, terms: inside.size }
  }
  return best
}

const REACH = 24

/** Moves a start inward to the next word, but not past the first word found. */
function startBorder(text: string, start: number, found: number): number {
  if (start === 0 || start === found || /\s/.test(text.charAt(start - 1))) return start
  const space = text.slice(start, Math.min(start + REACH, Math.max(found, start))).search(/\s/)
  return space < 0 ? wholeCharacter(text, start) : start + space + 1
}

/** Moves an end inward to the end of a word, but not before the last word found. */
function endBorder(text: string, end: number, found: number): number {
  if (end >= text.length || /\s/.test(text.charAt(end))) return end
  const from = Math.max(found, end - REACH)
  const space = text.slice(from, end).search(/\s\S*$/)
  return space < 0 ? wholeCharacter(text, end) : from + space
}

/** Not between the two halves of a character. */
function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at
}

function joinedMarks(found: readonly SearchTerm[], from: number): [number, number][] {
  const marks: [number, number][] = []
  for (const { start, end } of found) {
    const before = marks.at(-1)
    // Pairs of ideographs overlap.
    if (before !== undefined && start - from <= before[1]) before[1] = Math.max(before[1], end - from)
    else marks.push([start - from, end - from])
  }
  return marks
}

// Names that are known: lists of persons, places and organisations, looked up as phrases of up to five words.

/** What a list holds, in the order of the bits of a phrase. */
export const LISTS: readonly string[] = ['first', 'last', 'city', 'country', 'place', 'person', 'organization']
/** Where in a phrase a word stands: alone, at its start, within, at its end. */
export const PLACES = 4
const MOST_WORDS = 5

export interface Gazetteer {
  /** Lower-case phrases and the lists that hold them: bit n is list n. */
  readonly phrases: ReadonlyMap<string, number>
  /** Words of the longest phrase that begins with a word. */
  readonly longest: ReadonlyMap<string, number>
}

export function createGazetteer(phrases: Iterable<readonly [phrase: string, lists: number]>): Gazetteer {
  const all = new Map<string, number>()
  const longest = new Map<string, number>()
  for (const [phrase, lists] of phrases) {
    const words = phrase.split(' ')
    if (words.length > MOST_WORDS) continue
    all.set(phrase, (all.get(phrase) ?? 0) | lists)
    longest.set(words[0]!, Math.max(longest.get(words[0]!) ?? 0, words.length))
  }
  return { phrases: all, longest }
}

/**
 * For each word the lists it is in and its place in the phrase: bit `list * PLACES + place`. The longest phrase of a list counts; phrases
 * begin with a capital.
 */
export function matchPhrases({ phrases, longest }: Gazetteer, lower: readonly string[], isCapital: readonly boolean[]): Int32Array {
  const found = new Int32Array(lower.length)
  /** Up to which word each list is taken. */
  const taken = new Int32Array(LISTS.length)
  for (let start = 0; start < lower.length; start++) {
    if (!isCapital[start]) continue
    const most = Math.min(longest.get(lower[start]!) ?? 0, lower.length - start)
    if (most === 0) continue
    const ends = new Int32Array(LISTS.length)
    let phrase = ''
    for (let size = 1; size <= most; size++) {
      phrase = size === 1 ? lower[start]! : `${phrase} ${lower[start + size - 1]!}`
      const lists = phrases.get(phrase) ?? 0
      for (let list = 0; list < LISTS.length; list++) if ((lists >> list) & 1) ends[list] = size
    }
    for (let list = 0; list < LISTS.length; list++) {
      const size = ends[list]!
      if (size === 0 || start < taken[list]!) continue
      taken[list] = start + size
      for (let word = 0; word < size; word++) {
        const place = size === 1 ? 0 : word === 0 ? 1 : word === size - 1 ? 3 : 2
        found[start + word]! |= 1 << (list * PLACES + place)
      }
    }
  }
  return found
}

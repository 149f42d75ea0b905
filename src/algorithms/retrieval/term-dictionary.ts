// Terms by number, and the terms that begin with some letters.
import { bytesOfStrings, type IndexImage, stringsOf } from './index-image.ts'

export interface TermDictionary {
  readonly size: number
  idOf(term: string): number | undefined
  /** The number of a term, a new one if need be. */
  add(term: string): number
  entries(): IterableIterator<[term: string, id: number]>
  /** Terms that begin so, the first `most` by `weightOf`, highest first. Sorts all terms once after one was added. */
  beginningWith(beginning: string, most: number, weightOf: (id: number) => number): number[]
  image(): IndexImage
}

/** No terms, or those of an image. */
export function createTermDictionary(image?: IndexImage): TermDictionary {
  const ids = new Map<string, number>()
  if (image !== undefined) for (const term of stringsOf(image.parts[0]!)) ids.set(term, ids.size)
  let sorted: string[] | undefined
  return {
    get size() {
      return ids.size
    },
    idOf: (term) => ids.get(term),
    add(term) {
      const known = ids.get(term)
      if (known !== undefined) return known
      ids.set(term, ids.size)
      sorted = undefined
      return ids.size - 1
    },
    entries: () => ids.entries(),
    beginningWith(beginning, most, weightOf) {
      sorted ??= [...ids.keys()].sort()
      const found: number[] = []
      for (let at = firstFrom(sorted, beginning); at < sorted.length && sorted[at]!.startsWith(beginning); at++) {
        found.push(ids.get(sorted[at]!)!)
      }
      return found.sort((left, right) => weightOf(right) - weightOf(left)).slice(0, most)
    },
    image: () => ({ numbers: [], parts: [bytesOfStrings(ids.keys())] }),
  }
}

function firstFrom(sorted: readonly string[], beginning: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < beginning) low = middle + 1
    else high = middle
  }
  return low
}

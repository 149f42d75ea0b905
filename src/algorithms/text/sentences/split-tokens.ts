// A sentence to its words and marks, as tagged corpora have them: "don't" is "do" and "n't", "Anna's" is "Anna" and "'s", "U.S." is one word.

export interface Tokens {
  readonly words: readonly string[]
  /** Where each begins, in UTF-16 units. */
  readonly starts: readonly number[]
}

const TOKEN =
  /https?:\/\/\S+|www\.\S+|[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+|[#@][\p{L}\p{N}_]+|(?:\p{L}\.){2,}|\p{N}[\p{N},.]*\p{N}|[\p{L}\p{M}\p{N}]+(?:[-.'’&/_][\p{L}\p{M}\p{N}]+)*|\.{3,}|[^\s]/gu
const CLITIC = /^(.+?)(n['’]t|['’](?:s|S|m|re|ve|d|ll|RE|VE|LL))$/u
const TITLE =
  /^(?:Mr|Mrs|Ms|Dr|Prof|Rev|Gen|Col|Capt|Lt|Sgt|Gov|Sen|Rep|Jr|Sr|St|Mt|Ft|No|Inc|Ltd|Co|Corp|Bros|vs|etc|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|\p{Lu})$/u

/** Words of `text` from `start` to `end`. Cost: O(length). */
export function splitTokens(text: string, start = 0, end: number = text.length): Tokens {
  const words: string[] = []
  const starts: number[] = []
  const part = text.slice(start, end)
  for (const { 0: token, index } of part.matchAll(TOKEN)) {
    const at = start + index
    // The dot of an abbreviation belongs to it.
    if (token === '.' && words.length > 0 && starts.at(-1)! + words.at(-1)!.length === at && TITLE.test(words.at(-1)!) && at + 1 < end) {
      words[words.length - 1] = `${words.at(-1)}.`
      continue
    }
    const clitic = CLITIC.exec(token)
    if (clitic === null) {
      words.push(token)
      starts.push(at)
    } else {
      words.push(clitic[1]!, clitic[2]!)
      starts.push(at, at + clitic[1]!.length)
    }
  }
  return { words, starts }
}

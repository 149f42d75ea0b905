// A vocabulary as tables that are looked up step by step: characters, words letter by letter, and terms word by word.

/** Keys and what they lead to, of the same length. */
export interface Lookup {
  readonly keys: readonly number[]
  readonly values: readonly number[]
}

export interface WordTables {
  /** Number of each letter of the words, from 2; 1 is a letter of none of them. */
  readonly codes: ReadonlyMap<string, number>
  /** By letter of a word: from state * (codes + 2) + letter to the next state. The first state is 1, and 0 leads nowhere. */
  readonly tables: readonly Lookup[]
  /** State of each word after its last letter. */
  readonly states: ReadonlyMap<string, number>
  /** The largest state. */
  readonly count: number
}

/** @param vocabulary  terms: words with a space between. */
export function wordTables(vocabulary: readonly string[]): WordTables {
  const words = [...new Set(vocabulary.flatMap((term) => term.split(' ')))]
  const codes = new Map<string, number>()
  for (const word of words) for (const letter of word) if (!codes.has(letter)) codes.set(letter, codes.size + 2)
  const base = codes.size + 2
  const steps: Map<number, number>[] = []
  const states = new Map<string, number>()
  let count = 1
  for (const word of words) {
    let state = 1
    for (const [step, letter] of [...word].entries()) {
      steps[step] ??= new Map()
      const key = state * base + codes.get(letter)!
      const known = steps[step]
      if (!known.has(key)) known.set(key, ++count)
      state = known.get(key)!
    }
    states.set(word, state)
  }
  return { codes, tables: steps.map(lookupOf), states, count }
}

export interface TermTables {
  /** From the number of a run of words but the last one, times (states + 1), plus the last one's state, to the number of the run. */
  readonly prefixes: Lookup
  /** From the number of a run, of a single word its state, to the column of the term. */
  readonly columns: Lookup
}

/** By number of words, from 1. */
export function termTables(vocabulary: readonly string[], { states, count }: WordTables): TermTables[] {
  const prefixes: Map<number, number>[] = []
  const columns: Map<number, number>[] = []
  for (const [column, term] of vocabulary.entries()) {
    let run = 0
    const words = term.split(' ')
    for (const [index, word] of words.entries()) {
      const state = states.get(word)!
      prefixes[index] ??= new Map()
      columns[index] ??= new Map()
      if (index === 0) {
        run = state
        continue
      }
      const key = run * (count + 1) + state
      const known = prefixes[index]
      if (!known.has(key)) known.set(key, known.size + 1)
      run = known.get(key)!
    }
    columns[words.length - 1]!.set(run, column)
  }
  return prefixes.map((known, index) => ({ prefixes: lookupOf(known), columns: lookupOf(columns[index]!) }))
}

function lookupOf(table: ReadonlyMap<number, number>): Lookup {
  return { keys: [...table.keys()], values: [...table.values()] }
}

export interface CharacterTable {
  /** All that are part of a word, as they stand in a text. */
  readonly characters: readonly string[]
  /** Number of each one's small letter; by (codes + 2) more where a word ends behind it. */
  readonly values: readonly number[]
}

const WORD_CHARACTER = /^[\p{L}\p{N}_]$/u
const LAST_CHARACTER = 0x10ffff

/** What every character of Unicode is in a text that is cut into words. */
export function characterTable(codes: ReadonlyMap<string, number>, lowercase: boolean): CharacterTable {
  const characters: string[] = []
  const values: number[] = []
  for (let point = 1; point <= LAST_CHARACTER; point++) {
    if (point >= 0xd800 && point < 0xe000) continue
    const character = String.fromCodePoint(point)
    const [letter, ...rest] = lowercase ? character.toLowerCase() : character
    if (!WORD_CHARACTER.test(letter!)) continue
    characters.push(character)
    // A small letter may be a letter and a mark, which is no part of a word: İ.
    values.push((codes.get(letter!) ?? 1) + (rest.length > 0 ? codes.size + 2 : 0))
  }
  return { characters, values }
}

// Phrases that a text may be about: runs of words without function words and marks between them, scored by how often they stand in it, how
// early, and how many others they stand beside. Sources: Rose et al., "Automatic keyword extraction from individual documents" (RAKE), 2010;
// Campos et al., "YAKE!", 2020, for the share of early and capital words.
import { ENGLISH_STOP_WORDS } from '../english-stop-words.ts'
import { splitSentences } from '../sentences/split-sentences.ts'
import { splitTokens } from '../sentences/split-tokens.ts'
import { stemEnglish } from '../stem-english.ts'

export interface Phrase {
  /** As it stands at its first place. */
  readonly text: string
  /** Stems of its words, which tell phrases apart. */
  readonly stems: readonly string[]
  /** Where it first stands, in UTF-16 units. */
  readonly start: number
  readonly end: number
  readonly count: number
  /** 0 to 1, of the best phrase of the text. */
  readonly score: number
}

export interface PhraseOptions {
  /** Words of the longest phrase, 1 to 4. Default 3. */
  readonly maxWords?: number
  /** Default 60. */
  readonly most?: number
}

const STOP_WORDS: ReadonlySet<string> = new Set([
  ...ENGLISH_STOP_WORDS,
  ...'not no never against said says say get gets got getting go goes going went make makes made making take takes took one two also well even'.split(
    ' ',
  ),
  ...'really like new many within without upon via per etc please thank thanks'.split(' '),
])
const WORD = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}'’&.+#/_-]*$/u

interface Found {
  readonly text: string
  readonly stems: readonly string[]
  readonly start: number
  readonly end: number
  count: number
}

interface WordFacts {
  count: number
  /** Of the words it stands beside in runs, itself too. */
  degree: number
  capitals: number
  first: number
}

/** The best phrases, best first. Cost: O(words x maxWords). */
export function findPhrases(text: string, { maxWords = 3, most = 60 }: PhraseOptions = {}): Phrase[] {
  const runs = splitSentences(text).flatMap(({ start, end }) => runsOf(text, start, end))
  const facts = factsOf(runs)
  const found = new Map<string, Found>()
  for (const run of runs) {
    for (let from = 0; from < run.length; from++) {
      for (let size = 1; size <= maxWords && from + size <= run.length; size++) add(found, text, run.slice(from, from + size))
    }
  }
  const weights = new Map([...facts].map(([stem, each]) => [stem, weightOf(each)]))
  const scored = [...found.values()]
    .filter(({ stems, count }) => stems.length < 3 || count > 1 || runs.length < 30)
    .map((phrase) => ({ ...phrase, score: scoreOf(phrase, weights) }))
    .sort((left, right) => right.score - left.score || left.start - right.start)
  const best = withoutParts(scored, most)
  const high = best[0]?.score ?? 1
  return best.map((phrase) => ({ ...phrase, score: phrase.score / high }))
}

interface RunWord {
  readonly stem: string
  readonly isCapital: boolean
  readonly start: number
  readonly end: number
}

/** Content words beside each other. */
function runsOf(text: string, start: number, end: number): RunWord[][] {
  const { words, starts } = splitTokens(text, start, end)
  const runs: RunWord[][] = []
  let run: RunWord[] = []
  for (const [at, word] of words.entries()) {
    const lower = word.toLowerCase()
    const isContent = WORD.test(word) && !STOP_WORDS.has(lower) && /\p{L}/u.test(word) && (word.length > 1 || /\p{Lu}/u.test(word))
    if (isContent) {
      const from = starts[at]!
      run.push({ stem: stemEnglish(lower), isCapital: /^\p{Lu}/u.test(word) && at > 0, start: from, end: from + word.length })
    } else if (run.length > 0) {
      runs.push(run)
      run = []
    }
  }
  if (run.length > 0) runs.push(run)
  return runs
}

function factsOf(runs: readonly (readonly RunWord[])[]): Map<string, WordFacts> {
  const facts = new Map<string, WordFacts>()
  for (const [place, run] of runs.entries()) {
    for (const { stem, isCapital } of run) {
      const known = facts.get(stem) ?? { count: 0, degree: 0, capitals: 0, first: place }
      known.count++
      known.degree += Math.min(run.length, 4)
      if (isCapital) known.capitals++
      facts.set(stem, known)
    }
  }
  return facts
}

function weightOf({ count, degree, capitals, first }: WordFacts): number {
  const isNamed = capitals > count / 2 ? 1.2 : 1
  return (isNamed * Math.log(1 + count) * (1 + degree / count / 4)) / Math.log(Math.E + first / 4)
}

/** The mean weight of its words, more for a phrase that comes again. */
function scoreOf({ stems, count }: Found, weights: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const stem of stems) sum += weights.get(stem)!
  // A word alone that comes once is rarely what a text is about.
  const size = stems.length === 1 ? (count === 1 ? 0.6 : 1) : stems.length === 2 ? 1.15 : 1
  return (sum / stems.length) * (1 + Math.log(count)) * size
}

function add(found: Map<string, Found>, text: string, words: readonly RunWord[]): void {
  const stems = words.map(({ stem }) => stem)
  // The same word twice is no phrase.
  if (new Set(stems).size < stems.length) return
  const key = stems.join(' ')
  const known = found.get(key)
  if (known !== undefined) {
    known.count++
    return
  }
  const [start, end] = [words[0]!.start, words.at(-1)!.end]
  found.set(key, { text: text.slice(start, end).replace(/\s+/g, ' '), stems, start, end, count: 1 })
}

/** Leaves out what only ever stands within a longer phrase that was kept. */
function withoutParts<Scored extends Found & { readonly score: number }>(scored: readonly Scored[], most: number): Scored[] {
  const kept: Scored[] = []
  for (const phrase of scored) {
    if (kept.length >= most) break
    const key = ` ${phrase.stems.join(' ')} `
    if (kept.some(({ stems, count }) => count >= phrase.count && ` ${stems.join(' ')} `.includes(key))) continue
    kept.push(phrase)
  }
  return kept
}

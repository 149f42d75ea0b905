// Sentences with tagged names from files of the CoNLL form, with one meaning for the labels of all of them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beginOf, insideOf, type Span, spansOf } from '../../src/algorithms/text/sequence/chain.ts'

export const TYPES = ['person', 'location', 'organization'] as const

export interface Sentence {
  readonly words: readonly string[]
  readonly labels: number[]
  /** Number of the document it is from. */
  readonly document: number
}

/** WNUT's corporations and groups are organisations; products and works are no names here. */
const TYPE_OF: Readonly<Record<string, number>> = {
  ...{ PER: 0, person: 0, LOC: 1, location: 1, place: 1, ORG: 2, corporation: 2, group: 2, organization: 2 },
}

export interface TaggedSets {
  readonly wikigoldTrain: readonly Sentence[]
  readonly wikigoldTest: readonly Sentence[]
  readonly wnutTrain: readonly Sentence[]
  readonly wnutDev: readonly Sentence[]
  readonly wnutTest: readonly Sentence[]
  readonly btc: readonly Sentence[]
}

/** Of wikigold every third document is held out. */
export function readTaggedSets(folder: string): TaggedSets {
  const wikigold = readSentences(join(folder, 'wikigold_wikigold.conll.txt'), /\s+/)
  return {
    wikigoldTrain: wikigold.filter(({ document }) => document % 3 !== 1),
    wikigoldTest: wikigold.filter(({ document }) => document % 3 === 1),
    wnutTrain: readSentences(join(folder, 'WNUT17_train_wnut17train.conll'), /\t/),
    wnutDev: readSentences(join(folder, 'WNUT17_dev_emerging.dev.conll'), /\t/),
    wnutTest: readSentences(join(folder, 'WNUT17_test_emerging.test.annotated'), /\t/),
    btc: ['a', 'b', 'e', 'f', 'g', 'h'].flatMap((part) => readSentences(join(folder, `BTC_${part}.conll`), /\t/).map(withoutUserNames)),
  }
}

function readSentences(path: string, separator: RegExp): Sentence[] {
  const sentences: Sentence[] = []
  let words: string[] = []
  let tags: string[] = []
  let document = 0
  const end = (): void => {
    if (words.length > 0) sentences.push({ words, labels: labelsOf(tags), document })
    words = []
    tags = []
  }
  for (const line of readFileSync(path, 'utf8').split(/\r?\n/)) {
    if (line.trim() === '') end()
    else if (line.startsWith('-DOCSTART-')) {
      end()
      document++
    } else {
      const parts = line.split(separator)
      if (parts[0] === '') continue
      words.push(parts[0]!)
      tags.push(parts.length < 2 ? 'O' : parts.at(-1)!)
    }
  }
  end()
  return sentences
}

/** From IOB1 or IOB2. */
function labelsOf(tags: readonly string[]): number[] {
  let previous = 'O'
  return tags.map((tag) => {
    const type = tag === 'O' ? undefined : TYPE_OF[tag.slice(2)]
    const begins = tag[0] === 'B' || previous === 'O' || previous.slice(2) !== tag.slice(2)
    previous = tag
    if (type === undefined) return 0
    return begins ? beginOf(type) : insideOf(type)
  })
}

/** BTC tags the names of users, which WNUT does not. */
function withoutUserNames(sentence: Sentence): Sentence {
  const { words } = sentence
  const labels = sentence.labels.map((label, at) => (words[at]![0] === '@' || words[at - 1] === '@' ? 0 : label))
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!
    if (label !== 0 && label % 2 === 0 && labels[at - 1] !== label && labels[at - 1] !== label - 1) labels[at] = label - 1
  }
  return { ...sentence, labels }
}

export interface Agreement {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** Exact spans and types. */
export function agreementOf(gold: readonly (readonly Span[])[], found: readonly (readonly Span[])[]): Agreement {
  let [right, golden, given] = [0, 0, 0]
  for (const [at, spans] of gold.entries()) {
    const known = new Set(spans.map(({ start, end, type }) => `${start} ${end} ${type}`))
    golden += spans.length
    given += found[at]!.length
    for (const { start, end, type } of found[at]!) if (known.has(`${start} ${end} ${type}`)) right++
  }
  return { precision: right / Math.max(1, given), recall: right / Math.max(1, golden), f1: (2 * right) / Math.max(1, given + golden) }
}

export function goldSpans(sentences: readonly Sentence[]): Span[][] {
  return sentences.map(({ labels }) => spansOf(labels))
}

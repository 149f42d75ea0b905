// What the language thread can do. It opens the lexicon and the tagger when they are first needed and keeps them.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createEntityTagger, type EntityTagger } from '../../../algorithms/text/entities/entity-tagger.ts'
import { type FoundEntity, findEntities } from '../../../algorithms/text/entities/find-entities.ts'
import { findPatterns } from '../../../algorithms/text/entities/find-patterns.ts'
import { decodeTagger } from '../../../algorithms/text/entities/tagger-file.ts'
import { findPhrases, type Phrase } from '../../../algorithms/text/keywords/find-phrases.ts'
import { type RankedPhrase, rankPhrases, rankPhrasesByWords } from '../../../algorithms/text/keywords/rank-phrases.ts'
import { type LabelScores, labelVectors, scoreLabels } from '../../../algorithms/text/label-similarity.ts'
import { readLanguage, type TextLanguage } from '../../../algorithms/text/sentences/read-language.ts'
import { splitSentences } from '../../../algorithms/text/sentences/split-sentences.ts'
import { type Polarity, type SentimentLexicon, scorePolarity } from '../../../algorithms/text/sentiment/vader.ts'
import { type ExtractedSummary, summarize } from '../../../algorithms/text/summary/summarize.ts'
import { TandemError } from '../../../errors.ts'

/** The models that come with the package; the same from source and from dist. */
const MODELS: string = fileURLToPath(new URL('../../../../models/', import.meta.url))

let lexicon: Promise<SentimentLexicon> | undefined
let tagger: Promise<{ readonly tagger: EntityTagger; readonly types: readonly string[] }> | undefined

export interface PhraseVectors {
  readonly phrases: readonly Phrase[]
  /** Shape (phrases + 1, dimensions): the last row is that of the text; undefined where none could be had. */
  readonly vectors: Float32Array | undefined
}

export interface SummaryQuestion {
  readonly texts: readonly string[]
  readonly sentences: number
  readonly query?: string
  /** For each text its sentences' vectors and the query's last, shape (sentences + 1, dimensions); undefined where there are none. */
  readonly vectors?: { readonly rows: readonly (Float32Array | undefined)[]; readonly dimensions: number }
}

export interface LabelledVectors {
  /** Shape (texts, dimensions). */
  readonly texts: Float32Array
  /** Shape (texts of all labels, dimensions). */
  readonly labels: Float32Array
  /** How many texts each label has. */
  readonly counts: readonly number[]
  readonly dimensions: number
}

export const languageTasks = {
  'language.read': (texts: readonly string[]): TextLanguage[] => texts.map(readLanguage),
  'language.sentiment': async (texts: readonly string[]): Promise<Polarity[]> => {
    lexicon ??= openLexicon().catch((error: unknown) => {
      lexicon = undefined
      throw error
    })
    const words = await lexicon
    return texts.map((text) => scorePolarity(text, words))
  },
  'language.entities': async ({ texts, bias }: { readonly texts: readonly string[]; readonly bias: number }): Promise<FoundEntity[][]> => {
    tagger ??= openTagger().catch((error: unknown) => {
      tagger = undefined
      throw error
    })
    const { tagger: opened, types } = await tagger
    return texts.map((text) => findEntities(text, types, opened, { bias }))
  },
  'language.patterns': (texts: readonly string[]): FoundEntity[][] =>
    texts.map((text) => findPatterns(text).map(({ type, start, end }) => ({ text: text.slice(start, end), type, start, end }))),
  'language.phrases': ({
    texts,
    maxWords,
    most,
  }: {
    readonly texts: readonly string[]
    readonly maxWords: number
    readonly most: number
  }) => texts.map((text): Phrase[] => findPhrases(text, { maxWords, most })),
  'language.rank': ({
    items,
    k,
    diversity,
  }: {
    readonly items: readonly PhraseVectors[]
    readonly k: number
    readonly diversity: number
  }) =>
    items.map(({ phrases, vectors }): RankedPhrase[] =>
      vectors === undefined
        ? rankPhrasesByWords(phrases, { k, diversity })
        : rankPhrases(phrases, rowsOf(vectors, vectors.length / (phrases.length + 1)), { k, diversity }),
    ),
  'language.labels': ({ texts, labels, counts, dimensions }: LabelledVectors): LabelScores[] => {
    const all = rowsOf(labels, dimensions)
    const ends = counts.map((_, label) => counts.slice(0, label + 1).reduce((sum, count) => sum + count, 0))
    const centers = labelVectors(ends.map((end, label) => all.slice(end - counts[label]!, end)))
    return rowsOf(texts, dimensions).map((text) => scoreLabels(text, centers))
  },
  'language.sentences': (texts: readonly string[]): string[][] =>
    texts.map((text) => splitSentences(text).map(({ start, end }) => text.slice(start, end))),
  'language.summary': ({ texts, sentences, query, vectors }: SummaryQuestion): ExtractedSummary[] =>
    texts.map((text, at) => {
      if (query === undefined) return summarize(text, { sentences })
      const rows = vectors?.rows[at]
      const nearness = rows === undefined ? undefined : nearnessOf(rowsOf(rows, vectors!.dimensions))
      return summarize(text, { sentences, query, ...(nearness === undefined ? {} : { nearness }) })
    }),
}

function rowsOf(values: Float32Array, dimensions: number): Float32Array[] {
  return Array.from({ length: values.length / dimensions }, (_, row) => values.subarray(row * dimensions, (row + 1) * dimensions))
}

/** Cosine of each sentence with the query, whose vector is the last. */
function nearnessOf(rows: readonly Float32Array[]): number[] {
  const query = rows.at(-1)!
  return rows.slice(0, -1).map((row) => row.reduce((sum, value, at) => sum + value * query[at]!, 0))
}

async function openLexicon(): Promise<SentimentLexicon> {
  const [words, emoji] = await Promise.all([readModel('sentiment-en/lexicon.txt'), readModel('sentiment-en/emoji.txt')])
  const pairs = (content: Buffer): [string, string][] =>
    content
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t', 2) as [string, string])
  return { words: new Map(pairs(words).map(([word, valence]) => [word, Number(valence)])), emoji: new Map(pairs(emoji)) }
}

async function openTagger(): Promise<{ readonly tagger: EntityTagger; readonly types: readonly string[] }> {
  const bytes = await readModel('entities-en/tagger.tdm')
  const model = decodeTagger(bytes, { sha256: (content) => createHash('sha256').update(content).digest() })
  return { tagger: createEntityTagger(model), types: model.types }
}

async function readModel(name: string): Promise<Buffer> {
  try {
    return await readFile(`${MODELS}${name}`)
  } catch (cause) {
    throw new TandemError('invalid_config', `The package lacks models/${name}: ${(cause as Error).message}. Install it again.`, { cause })
  }
}

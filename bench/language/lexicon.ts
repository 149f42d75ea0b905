// The lexicon of the package, for the benches.
import { readFileSync } from 'node:fs'
import type { SentimentLexicon } from '../../src/capabilities/language/index.ts'

export function readLexicon(): SentimentLexicon {
  const pairs = (name: string): [string, string][] =>
    readFileSync(new URL(`../../models/sentiment-en/${name}`, import.meta.url), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t') as [string, string])
  return {
    words: new Map(pairs('lexicon.txt').map(([word, valence]) => [word, Number(valence)])),
    emoji: new Map(pairs('emoji.txt')),
  }
}

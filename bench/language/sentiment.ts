// Claims: sentiment by rules gives vaderSentiment's score on every review and sentence but those where that one finds a word at the place of
// an equal one before it, in half its CPU time; balanced accuracy 0.82 on reviews of goods it was not made for.
// Run: node --conditions=tandem-source bench/language/sentiment.ts [--python PATH]. Needs shared/data beside the repository, vaderSentiment.
import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { scorePolarity } from '../../src/capabilities/language/index.ts'
import { startPythonRival, timed } from '../frame/python-rival.ts'
import { median, report } from '../frame/report.ts'
import { temporaryFolder } from '../frame/servers.ts'
import { dataFolder } from '../search/quality-sets.ts'
import { readLexicon } from './lexicon.ts'

const ROUNDS = 5
/** VADER rounds to four decimals. */
const ROUNDING = 6e-5

async function main(): Promise<void> {
  const reviews = readReviews()
  const sentences = readFileSync(join(dataFolder(), 'sst2', 'sst2_test.tsv'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(0, line.lastIndexOf('\t')))
  const texts = [...reviews.map(({ text }) => text), ...sentences]
  const path = join(temporaryFolder(), 'texts.json')
  writeFileSync(path, JSON.stringify(texts))
  const rival = await startPythonRival('../language/language_rival.py', { packages: ['vaderSentiment'] })
  const lexicon = readLexicon()
  const work = (): number[] => texts.map((text) => scorePolarity(text, lexicon).compound)
  let scores = work()
  let theirs = await rival.ask<{ scores: number[]; cpuSeconds: number }>('sentiment', { path })
  const [ours, rivals]: number[][] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    const measured = timed(work)
    scores = measured.result
    ours!.push((1000 * measured.cpuSeconds) / texts.length)
    theirs = await rival.ask('sentiment', { path })
    rivals!.push((1000 * theirs.cpuSeconds) / texts.length)
  }
  rival.stop()
  const same = scores.filter((score, at) => Math.abs(score - theirs.scores[at]!) <= ROUNDING).length
  report(
    'sentiment',
    [
      { name: 'same score as vaderSentiment', ours: same / texts.length, unit: 'of texts', limit: 0.995, bound: 'at least' },
      { name: 'balanced accuracy, reviews of goods', ours: balancedAccuracy(reviews, scores), unit: '', limit: 0.82, bound: 'at least' },
      {
        ...{ name: 'CPU time a text', ours: median(ours!), rival: median(rivals!), unit: 'ms', limit: 0.5, bound: 'at most' as const },
        rounds: { ours: ours!, rival: rivals! },
      },
    ],
    { rivals: rival.versions, texts: texts.length, rounds: ROUNDS, load: loadavg()[0] },
  )
}

interface Review {
  readonly text: string
  readonly isGood: boolean
}

/** Those that say what they think: without three stars. */
function readReviews(): Review[] {
  const rows = parse(readFileSync(join(dataFolder(), 'products', 'flipkart_reviews.csv'), 'utf8'), { columns: true }) as {
    Review: string
    Rating: string
  }[]
  return rows
    .filter(({ Review, Rating }) => Review.trim() !== '' && Rating !== '3')
    .map(({ Review, Rating }) => ({ text: Review, isGood: Number(Rating) > 3 }))
}

/** Not negative counts as good, for there is no third answer. */
function balancedAccuracy(reviews: readonly Review[], scores: readonly number[]): number {
  const recall = (isGood: boolean): number => {
    const those = reviews.flatMap((review, at) => (review.isGood === isGood ? [scores[at]!] : []))
    return those.filter((score) => score >= 0 === isGood).length / those.length
  }
  return (recall(true) + recall(false)) / 2
}

await main()

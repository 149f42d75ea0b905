// Reference: onnxruntime-node 1.30.0, which runs what is written here. Outputs are float32, so they agree within its rounding.
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import type { Row } from '../columns/cell.ts'
import { type RowColumn, tableOfRows } from '../columns/row-table.ts'
import { createRng } from '../math/rng.ts'
import { type AdditiveAlgorithm, type AdditiveOptions, fitAdditive } from '../tabular/fit-additive.ts'
import { predictAdditive } from '../tabular/predict-additive.ts'
import { exportPreparedOnnx } from './export-prepared-onnx.ts'
import { onnxModel, valueInfo } from './onnx-model.ts'
import { type Sums, sumNodes } from './onnx-sums.ts'
import { createOnnxWriter } from './onnx-writer.ts'

const COLOURS = ['red', 'green', 'blue', 'grün']
const FIELDS: readonly RowColumn[] = [
  { name: 'size', kind: 'number' },
  // Far from 0: what a square written out as two products would lose.
  { name: 'price', kind: 'number' },
  { name: 'colour', kind: 'category', categories: COLOURS },
  { name: 'label', kind: 'category', categories: Array.from({ length: 9 }, (_, at) => `l${at}`) },
  { name: 'day', kind: 'date' },
]

function rowsOf(count: number, seed: number): Row[] {
  const rng = createRng(seed)
  const orGap = <Value>(value: Value): Value | null => (rng.next() < 0.1 ? null : value)
  return Array.from({ length: count }, () => ({
    size: orGap(Math.fround(rng.next() * 20 - 5)),
    price: orGap(Math.fround(1e6 + rng.next() * 50)),
    colour: orGap(COLOURS[rng.below(4)]!),
    label: orGap(`l${rng.below(9)}`),
    day: orGap((rng.below(20_000) - 5000) * 86_400_000 + rng.below(24) * 3_600_000),
  }))
}

const TRAIN = rowsOf(300, 1)
const FRESH: Row[] = [...rowsOf(200, 2), { size: null, price: null, colour: null, label: null, day: null }]
const signal = (row: Row): number => Number(row.size ?? 3) / 5 + (row.colour === 'red' ? 2 : 0) + (Number(row.day ?? 0) > 0 ? 1 : 0)
const classOf = (row: Row, classes: number): number => Math.min(classes - 1, Math.max(0, Math.floor(signal(row))))

function fitted(algorithm: AdditiveAlgorithm, classes: number, options: AdditiveOptions) {
  const { x } = tableOfRows(TRAIN, FIELDS)
  const y = Float64Array.from(TRAIN, (row) => (classes === 0 ? 100 * signal(row) : classOf(row, classes)))
  const kinds = FIELDS.map(({ kind }) => kind)
  return fitAdditive(
    { x: Float32Array.from(x), y, rows: TRAIN.length, kinds, codes: FIELDS.map(({ categories = [] }) => categories.length), classes },
    algorithm,
    options,
  )
}

function feedsOf(rows: readonly Row[]): Record<string, Tensor> {
  const { x } = tableOfRows(rows, FIELDS)
  return Object.fromEntries(
    FIELDS.map(({ name, kind }, at) => {
      const texts = rows.map((row) => (row[name] as string | null) ?? '')
      const numbers = Float32Array.from(rows, (_, row) => x[row * FIELDS.length + at]!)
      const shape = [rows.length, 1]
      const tensor = kind === 'category' ? new Tensor('string', texts, shape) : new Tensor('float32', numbers, shape)
      return [name === 'label' ? 'feature:label' : name, tensor]
    }),
  )
}

async function run(file: Uint8Array, feeds: Record<string, Tensor>) {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const answers = await session.run(feeds)
  await session.release()
  return answers
}

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Math.max(...Array.from(a, (value, at) => Math.abs(value - b[at]!) / Math.max(1, Math.abs(value))))
}

describe('sums over columns as one ONNX graph', () => {
  const all: [AdditiveAlgorithm, number, AdditiveOptions?][] = [
    ['logistic-regression', 2],
    ['logistic-regression', 3, { l1Ratio: 1 }],
    ['linear-svm', 2],
    ['linear-svm', 4],
    ['naive-bayes', 2],
    ['naive-bayes', 4, { variant: 'gaussian' }],
    ['naive-bayes', 3, { variant: 'bernoulli' }],
    ['naive-bayes', 3, { variant: 'multinomial' }],
    ['naive-bayes', 3, { variant: 'complement' }],
    ['linear-regression', 0],
    ['ridge', 0],
    ['elastic-net', 0, { preparation: [undefined, undefined, undefined, { kind: 'target' }, undefined] }],
  ]
  test.each(all)('%s of %i classes %o: onnxruntime answers what we answer', async (algorithm, classes, options = {}) => {
    const model = fitted(algorithm, classes, options)
    const labels = Array.from({ length: classes }, (_, code) => `class ${code}`)
    const file = exportPreparedOnnx({ fields: FIELDS, columns: model.columns, model }, classes === 0 ? {} : { classes: labels })
    const answers = await run(file, feedsOf(FRESH))
    const { x } = tableOfRows(FRESH, FIELDS)
    const said = predictAdditive(model, { x, rows: FRESH.length })
    expect(furthest(said, answers[classes === 0 ? 'prediction' : 'probabilities']!.data as Float32Array)).toBeLessThan(1e-6)
    if (classes === 0) return
    for (const [row, label] of (answers.label!.data as string[]).entries()) {
      const own = said.subarray(row * classes, (row + 1) * classes)
      expect(labels[own.indexOf(Math.max(...own))]).toBe(label)
    }
  })

  test('scores far below 0 keep their shares, and those that vanish are all alike', async () => {
    const model: Sums = {
      ...{ term: 'linear', link: 'one-vs-rest', nClasses: 3, nScores: 3, base: new Float64Array(3), second: new Float64Array() },
      first: Float64Array.of(-1, -1.01, -1.02),
    }
    const writer = createOnnxWriter(['x', 'label', 'probabilities'])
    const { nodes, outputs } = sumNodes(
      { writer, output: writer.cast('x', 'double'), columns: Int32Array.of(0), texts: [], anyInput: 'x' },
      model,
      undefined,
    )
    const graph = { name: 'sums', nodes: [...writer.nodes, ...nodes], constants: writer.constants, inputs: [valueInfo('x', 'float', [1])] }
    const at = [0, 60, 600, 5000]
    const answers = await run(onnxModel({ ...graph, outputs }, {}), { x: new Tensor('float32', Float32Array.from(at), [4, 1]) })
    const columns = {
      features: [{ kind: 'number', first: 0, fill: 0, center: 0, factor: 1, indicator: false }],
      nColumns: 1,
      clamped: false,
    } as const
    const whole = {
      ...model,
      kind: 'additive',
      nFeatures: 1,
      columns,
      means: new Float64Array(3),
      importances: new Float64Array(1),
    } as const
    const said = predictAdditive(whole, { x: Float32Array.from(at), rows: 4 })
    expect(said[6]).toBeGreaterThan(0.9)
    expect(said[9]).toBe(1 / 3)
    expect(furthest(said, answers.probabilities!.data as Float32Array)).toBeLessThan(1e-6)
  })

  test('the same model gives the same bytes, and labels are counted', () => {
    const model = fitted('naive-bayes', 3, {})
    const write = (classes: string[]) => exportPreparedOnnx({ fields: FIELDS, columns: model.columns, model }, { classes })
    expect(write(['a', 'b', 'c'])).toEqual(write(['a', 'b', 'c']))
    expect(() => write(['a', 'b'])).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
  })
})

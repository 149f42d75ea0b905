// Reference: onnxruntime-node 1.30.0, which runs what is written here; the columns must be the same to the bit.
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import type { Row } from '../columns/cell.ts'
import { type ColumnSpec, DATE_PARTS } from '../columns/column-spec.ts'
import { type RowColumn, tableOfRows } from '../columns/row-table.ts'
import { fitRidge } from '../linear/fit-linear-regression.ts'
import { fitLogisticRegression } from '../linear/fit-logistic-regression.ts'
import { createRng } from '../math/rng.ts'
import { exportPipelineOnnx } from '../pipeline/export-pipeline-onnx.ts'
import { denseFloats, fitPipeline, type Pipeline, type PreparedSet, predictPipeline } from '../pipeline/pipeline.ts'
import { fitBoostedTrees } from '../tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../tree/fit-random-forest.ts'
import { exportOnnx } from './export-onnx.ts'
import { writeColumns } from './onnx-columns.ts'
import { onnxModel, valueInfo } from './onnx-model.ts'

const SPECS: Readonly<Record<string, ColumnSpec>> = {
  plain: { kind: 'number', impute: 'none' },
  filled: { kind: 'number', impute: 'mean', indicator: true, scale: 'standard' },
  ranged: { kind: 'number', impute: 'median', scale: 'min-max' },
  colour: { kind: 'one-hot', minCount: 20, missing: 'column' },
  country: { kind: 'one-hot', maxCategories: 3 },
  size: { kind: 'ordinal', categories: ['S', 'M', 'L'], impute: 'none', unseen: 'missing', indicator: true },
  // The name of an output.
  label: { kind: 'target', smooth: 2 },
  day: { kind: 'date', parts: DATE_PARTS, impute: 'none', indicator: true },
  due: { kind: 'date', parts: ['month', 'days'], impute: 'mean', scale: 'standard' },
}

function rowsOf(count: number, seed: number): Row[] {
  const rng = createRng(seed)
  const number = (): number | null => (rng.next() < 0.1 ? null : Math.fround(rng.next() * 20 - 5))
  const one = (texts: readonly string[]): string | null => (rng.next() < 0.1 ? null : texts[rng.below(texts.length)]!)
  // Years 1600 to 2300: eras before and behind 1970, leap days, hours.
  const moment = (): number | null => (rng.next() < 0.1 ? null : (rng.below(255_000) - 135_000) * 86_400_000 + rng.below(24) * 3_600_000)
  return Array.from({ length: count }, () => ({
    ...{ plain: number(), filled: number(), ranged: number(), day: moment(), due: moment() },
    colour: one(['red', 'green', 'blue', 'grün']),
    country: one(Array.from({ length: 9 }, (_, at) => `c${at}`)),
    size: one(['S', 'M', 'L']),
    label: one(Array.from({ length: 12 }, (_, at) => `l${at}`)),
  }))
}

const signal = (row: Row): number =>
  Number(row.plain ?? 3) / 5 + (row.colour === 'red' ? 2 : 0) + (row.size === 'L' ? 1 : 0) + (Number(row.day ?? 0) > 0 ? 1 : 0)
const TRAIN = rowsOf(400, 1)
// With what training has not seen.
const FRESH: Row[] = [
  ...rowsOf(200, 2),
  { plain: 1, filled: null, ranged: null, colour: 'puce', country: 'c99', size: 'XXL', label: 'l99', day: '2024-02-29T23:00Z', due: null },
  { day: '0100-03-01', due: '1969-12-31T23:00Z' },
]

/** The rows as a caller of onnxruntime says them. */
function feedsOf(fields: readonly RowColumn[], rows: readonly Row[]): Record<string, Tensor> {
  const { x } = tableOfRows(rows, fields)
  return Object.fromEntries(
    fields.map(({ name, kind }, at) => {
      const input = name === 'label' ? 'feature:label' : name
      const texts = (): string[] => rows.map((row) => (row[name] as string | null | undefined) ?? '')
      const numbers = (): Float32Array => Float32Array.from(rows, (_, row) => x[row * fields.length + at]!)
      const shape = [rows.length, 1]
      return [input, kind === 'category' ? new Tensor('string', texts(), shape) : new Tensor('float32', numbers(), shape)]
    }),
  )
}

async function run(file: Uint8Array, feeds: Record<string, Tensor>, output: string): Promise<Float32Array> {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const data = (await session.run(feeds, [output]))[output]!.data as Float32Array
  await session.release()
  return data
}

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Math.max(...Array.from(a, (value, at) => Math.abs(value - b[at]!) / Math.max(1, Math.abs(value))))
}

const wide = ({ matrix, y, nClasses }: PreparedSet) => ({
  ...{ x: denseFloats(matrix), y, rows: matrix.rows, features: matrix.columns, classes: nClasses },
})
const targets = {
  2: TRAIN.map((row) => (signal(row) > 1.5 ? 'yes' : 'no')),
  3: TRAIN.map((row) => (signal(row) > 2 ? 'high' : signal(row) > 1 ? 'mid' : 'low')),
  0: TRAIN.map(signal),
} as const
const fitted = (classes: 0 | 2 | 3, estimator: (set: PreparedSet) => Pipeline['model'], columns = SPECS): Pipeline =>
  fitPipeline(TRAIN, targets[classes] as never, { columns, estimator, rng: createRng(4) })

const LEARNERS = {
  'random forest': (set: PreparedSet) => fitRandomForest(wide(set), { nEstimators: 20, randomState: 1 }),
  'boosted trees': (set: PreparedSet) => fitBoostedTrees(wide(set), { nEstimators: 20, minSamplesLeaf: 5 }),
}

describe('a preparation and its trees as one ONNX graph', () => {
  test('the columns are the same to the bit: numbers, categories, dates, gaps, and what training has not seen', async () => {
    const { transformer } = fitted(3, LEARNERS['boosted trees'])
    const { rows: fields, columns } = transformer.fitted
    const { writer, inputs, output: found } = writeColumns(fields, columns, 'float')
    const output = found!
    const { nodes, constants } = writer
    const graph = { name: 'columns', nodes, constants, inputs, outputs: [valueInfo(output, 'float', [columns.nColumns])] }
    expect(await run(onnxModel(graph, {}), feedsOf(fields, FRESH), output)).toEqual(denseFloats(transformer.transform(FRESH)))
  })

  test.each([
    ['random forest', 2],
    ['random forest', 3],
    ['random forest', 0],
    ['boosted trees', 2],
    ['boosted trees', 3],
    ['boosted trees', 0],
  ] as const)('%s, %i classes: onnxruntime answers as it does the same trees on our columns', async (learner, classes) => {
    const pipeline = fitted(classes, LEARNERS[learner])
    const { transformer, model } = pipeline
    const output = classes === 0 ? 'prediction' : 'probabilities'
    const given = await run(exportPipelineOnnx(pipeline), feedsOf(transformer.fitted.rows, FRESH), output)
    const matrix = transformer.transform(FRESH)
    const columns = { x: new Tensor('float32', denseFloats(matrix), [matrix.rows, matrix.columns]) }
    expect(given).toEqual(await run(exportOnnx(model as never), columns, output))
    expect(furthest(predictPipeline(pipeline, FRESH), given)).toBeLessThan(1e-6)
  })

  test.each([2, 3] as const)('a logistic regression of %i classes goes the same way, labels included', async (classes) => {
    const filled = Object.fromEntries(
      Object.entries(SPECS).map(([name, spec]) => [name, 'impute' in spec ? { ...spec, impute: 'mean', scale: 'standard' } : spec]),
    ) as Record<string, ColumnSpec>
    const pipeline = fitted(classes, ({ matrix, y, nClasses }) => fitLogisticRegression({ x: matrix, y, classes: nClasses }), filled)
    const feeds = feedsOf(pipeline.transformer.fitted.rows, FRESH)
    const expected = predictPipeline(pipeline, FRESH)
    expect(furthest(expected, await run(exportPipelineOnnx(pipeline), feeds, 'probabilities'))).toBeLessThan(1e-6)
    const labels = (await run(exportPipelineOnnx(pipeline), feeds, 'label')) as unknown as string[]
    for (const [row, label] of labels.entries()) {
      const own = expected.subarray(row * classes, (row + 1) * classes)
      expect(pipeline.classes[own.indexOf(Math.max(...own))]).toBe(label)
    }
  })

  test('a ridge predicts its numbers', async () => {
    const columns: Record<string, ColumnSpec> = { filled: SPECS.filled!, colour: SPECS.colour!, due: SPECS.due! }
    const pipeline = fitted(0, ({ matrix, y }) => fitRidge({ x: matrix, y }), columns)
    const given = await run(exportPipelineOnnx(pipeline), feedsOf(pipeline.transformer.fitted.rows, FRESH), 'prediction')
    expect(furthest(predictPipeline(pipeline, FRESH), given)).toBeLessThan(1e-6)
  })

  test('the same pipeline gives the same bytes', () => {
    const pipeline = fitted(2, LEARNERS['boosted trees'])
    expect(exportPipelineOnnx(pipeline)).toEqual(exportPipelineOnnx(fitted(2, LEARNERS['boosted trees'])))
  })
})

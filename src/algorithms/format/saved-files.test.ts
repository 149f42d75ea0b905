// Files that earlier versions saved must be read for ever, and answer to the bit what they answered. testing/make-saved.mjs says by what
// they were made.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import columns from '../pipeline/fixtures/columns.json' with { type: 'json' }
import { decodePipeline, predictPipeline } from '../pipeline/pipeline.ts'
import table from '../tabular/fixtures/tabular.json' with { type: 'json' }
import { predictAdditive } from '../tabular/predict-additive.ts'
import { createPreparedTreesPredictor, predictPreparedTrees } from '../tabular/prepared-trees.ts'
import { predictRows } from '../tree/predict.ts'
import { decodeAdditive } from './additive-file.ts'
import { decodeEnsemble, encodeEnsemble } from './ensemble-file.ts'
import { preparedTreesOf } from './prepared-trees-file.ts'
import { decodeTdm } from './tdm.ts'

const folder = new URL('./fixtures/saved/', import.meta.url)
const { saved, pipelineRows } = JSON.parse(readFileSync(new URL('predictions.json', folder), 'utf8')) as {
  readonly saved: Readonly<Record<string, readonly number[]>>
  readonly pipelineRows: Record<string, unknown>[]
}
const [FIRST, END] = [200, 230]
const readDocument = (_: number, row: number): string => table.texts[row]!
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`${name}.tdm`, folder)))

/** The rows that were asked: three numbers with gaps, a city, and a text that is known by its row. */
function rowsOf(width: number) {
  const x = new Float32Array((END - FIRST) * width)
  for (let row = FIRST; row < END; row++) {
    const values = [...table.numbers.slice(row * 3, row * 3 + 3), table.city[row], row]
    for (let feature = 0; feature < width; feature++) x[(row - FIRST) * width + feature] = values[feature] ?? Number.NaN
  }
  return { x, rows: END - FIRST, readDocument }
}

describe('a file of an earlier version', () => {
  const names = Object.keys(saved)
  const of = (...starts: string[]): string[] => names.filter((name) => starts.some((start) => name.startsWith(start)))

  test('is there for every kind of model', () => {
    expect(names).toHaveLength(20)
    expect(columns.test).toHaveLength(pipelineRows.length)
  })

  test.each(of('l', 'n', 'r', 'e'))('%s: a sum over columns answers what it answered', (name) => {
    const { additive, header } = decodeAdditive(bytesOf(name))
    expect(header).toEqual({ note: name })
    expect([...predictAdditive(additive, rowsOf(additive.nFeatures))]).toEqual(saved[name])
  })

  test.each(of('trees'))('%s: trees answer what they answered, and are written the same', (name) => {
    const { ensemble, header } = decodeEnsemble(bytesOf(name))
    expect([...predictRows(ensemble, rowsOf(4).x, END - FIRST)]).toEqual(saved[name])
    expect(encodeEnsemble(ensemble, header)).toEqual(bytesOf(name))
  })

  test.each(of('text-trees'))('%s: trees on texts answer what they answered, one row as many', (name) => {
    const { trees } = preparedTreesOf(decodeTdm(bytesOf(name)))
    const { x, rows } = rowsOf(5)
    expect([...predictPreparedTrees(trees, rowsOf(5))]).toEqual(saved[name])
    const one = createPreparedTreesPredictor(trees)
    const outputs = Math.max(1, trees.nClasses)
    const out = new Float64Array(rows * outputs)
    for (let row = 0; row < rows; row++) one.predictInto(x, row * 5, readDocument, out, row * outputs)
    for (const [at, value] of out.entries()) expect(value).toBeCloseTo(saved[name]![at]!, 12)
  })

  test.each(of('pipeline'))('%s answers what it answered', (name) => {
    const pipeline = decodePipeline(bytesOf(name))
    expect([...predictPipeline(pipeline, pipelineRows)]).toEqual(saved[name])
  })
})

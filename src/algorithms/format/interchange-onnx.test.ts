import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { predictRows } from '../tree/predict.ts'
import { importOnnx } from './import-onnx.ts'

interface Case {
  readonly name: string
  readonly file: string
  readonly x: (number | string | null)[][]
  readonly predictions: number[][]
}

// Reference: onnxruntime 1.32.0, fixtures/make-interchange-onnx.py, seed 20261126. It adds in float32: 1e-6 of the value.
const { cases } = JSON.parse(readFileSync(new URL('./fixtures/interchange-onnx.json', import.meta.url), 'utf8')) as { cases: Case[] }

describe('ONNX files with other comparisons, doubles, categories and operators', () => {
  test.each(cases)('answer as in onnxruntime: $name', ({ file, x, predictions }) => {
    const { ensemble } = importOnnx(Buffer.from(file, 'base64'))
    const rows = Float32Array.from(x.flat(), (value) => (value === null ? Number.NaN : Number(value)))
    const found = predictRows(ensemble, rows, x.length)
    const wrong = predictions.flat().flatMap((expected, at) => {
      const row = Math.floor(at / predictions[0]!.length)
      return Math.abs(found[at]! - expected) / Math.max(1, Math.abs(expected)) < 1e-6
        ? []
        : [`row ${row} [${x[row]}]: ${found[at]}, expected ${expected}`]
    })
    expect(wrong).toEqual([])
    expect(found.length).toBe(predictions.flat().length)
  })
})

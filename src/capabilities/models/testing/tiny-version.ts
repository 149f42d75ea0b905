// A small real version for tests: whether `a` is above a threshold, so that versions of different thresholds answer differently.
import { fitRandomForest } from '../../../algorithms/tree/fit-random-forest.ts'
import { predictRow } from '../../../algorithms/tree/predict.ts'
import type { NewVersion } from '../activation.ts'
import { encodeModelFile } from '../live-model.ts'

export const TINY_DEFINITION = {
  task: 'classification',
  target: 'y',
  classes: ['no', 'yes'],
  features: { type: 'object', properties: { a: { type: 'number', minimum: 0, maximum: 10 } }, required: ['a'] },
  algorithm: 'random-forest',
} as const

export function tinyVersion(model: string, threshold: number, judgedAgainst: string | null, activated = true): NewVersion {
  const rows = 100
  const x = Float32Array.from({ length: rows }, (_, row) => row / 10)
  const y = Float64Array.from(x, (value) => (value > threshold ? 1 : 0))
  const ensemble = fitRandomForest({ x, y, rows, features: 1, classes: 2 }, { nEstimators: 5, randomState: 1 })
  const expected = new Float64Array(2)
  predictRow(ensemble, x, 0, expected)
  const file = encodeModelFile(ensemble, {
    ...{ kind: 'tandem-model', model, task: 'classification', target: 'y', classes: ['no', 'yes'], algorithm: 'random-forest' },
    features: [{ kind: 'number', name: 'a', integer: false, required: true, nullable: false, minimum: 0, maximum: 10 }],
    ...{ categories: [null], parameters: {}, seed: 1, libraryVersion: '0', dataFingerprint: String(threshold), calibration: null },
    ...{ intervalHalfWidth: null, intervalCoverage: 0.9, canary: { row: [x[0]!], expected: [...expected] } },
  })
  return {
    ...{ model, file, algorithm: 'random-forest', judgedAgainst, actor: 'test', action: 'train' },
    details: {
      ...{ parameters: {}, seed: 1, rows, holdoutRows: 20, metrics: {}, crossValidation: { folds: 0, mean: {}, std: {} } },
      ...{ importances: { a: 1 }, permutationImportances: {}, features: {}, dataFingerprint: '0', libraryVersion: '0', durationMs: 1 },
      ...{ gate: { activated, reason: 'a test' }, dataUntil: 0, target: 'y', task: 'classification' },
    },
  }
}

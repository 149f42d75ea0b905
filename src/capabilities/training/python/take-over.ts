// From what a Python worker sent to what a training goes on with: trees that Node walks, and what each fold says of itself. Nothing of it is
// trusted before it is checked. Runs in a thread.
import { createHash } from 'node:crypto'
import { importLightGbm } from '../../../algorithms/format/import-lightgbm.ts'
import { importSklearn } from '../../../algorithms/format/import-sklearn.ts'
import type { TreeEnsemble } from '../../../algorithms/tree/ensemble.ts'
import { TandemError } from '../../../errors.ts'
import { shareArray } from '../../../platform/threads/shared-arrays.ts'
import { lossesOf, report } from '../report.ts'
import type { FoldResult, FoldRows, Table } from '../tasks.ts'

export interface WorkerArtifact {
  readonly format: string
  readonly sha256: string
}

export interface TakeOverInput {
  readonly table: Table
  readonly splits: readonly FoldRows[]
  /** Of each fold what was said of its rows, base64 of float64. */
  readonly predictions: readonly string[]
  readonly artifact: WorkerArtifact
  /** The artifact's text. */
  readonly pieces: readonly string[]
}

export interface TakenOver {
  readonly fitted: TreeEnsemble
  readonly folds: readonly FoldResult[]
}

/** @throws `invalid_input` for what is not what was asked for */
export function takeOver({ table, splits, predictions, artifact, pieces }: TakeOverInput): TakenOver {
  const text = pieces.join('')
  if (artifact.format !== 'tandem-sklearn' && artifact.format !== 'lightgbm')
    throw wrong(`its model has the format ${JSON.stringify(artifact.format)?.slice(0, 60)}`)
  if (createHash('sha256').update(text).digest('hex') !== artifact.sha256) throw wrong('its model does not have the checksum it says')
  const fitted = artifact.format === 'lightgbm' ? importLightGbm(text).ensemble : treesOf(text)
  if (fitted.nFeatures !== table.features || fitted.nClasses !== table.classes) {
    throw wrong(
      `its model has ${fitted.nFeatures} features and ${fitted.nClasses} classes, the table ${table.features} and ${table.classes}`,
    )
  }
  const folds = splits.map(({ test }, fold) => judgedFold(table, test, predictions[fold] ?? '', fold))
  return { fitted, folds }
}

function treesOf(text: string): TreeEnsemble {
  const imported = importSklearn(text)
  if (imported.kind !== 'trees') throw wrong('its model is no trees')
  const { ensemble, classes } = imported
  const other = classes.find((label, code) => label !== code)
  if (other !== undefined) throw wrong(`its model has the class ${JSON.stringify(other)}, which was not sent`)
  return ensemble
}

function judgedFold({ y, classes, weights }: Table, test: Int32Array, text: string, fold: number): TakenOver['folds'][number] {
  const bytes = Buffer.from(text, 'base64')
  const values = test.length * Math.max(1, classes)
  if (bytes.length !== values * 8) throw wrong(`fold ${fold + 1} has ${bytes.length} bytes of predictions, expected ${values * 8}`)
  const predictions = new Float64Array(values)
  for (let at = 0; at < values; at++) predictions[at] = bytes.readDoubleLE(at * 8)
  if (!predictions.every(Number.isFinite)) throw wrong(`a prediction of fold ${fold + 1} is no number`)
  const truth = Float64Array.from(test, (row) => y[row]!)
  const own = weights && Float64Array.from(test, (row) => weights[row]!)
  return {
    predictions: shareArray(predictions),
    metrics: report(truth, predictions, classes, own),
    losses: lossesOf(truth, predictions, classes, own),
  }
}

function wrong(what: string): TandemError {
  return new TandemError('invalid_input', `What the Python worker sent cannot be used: ${what}.`)
}

// A version in memory, ready to answer: encoder, fitted model, calibration. Made from a .tdm file and checked by its canary.
import { applySigmoidCalibration, type SigmoidCalibration } from '../../algorithms/calibrate/sigmoid-calibration.ts'
import type { ReadDocument } from '../../algorithms/columns/table.ts'
import type { ConformalCalibration } from '../../algorithms/conformal/conformal-calibration.ts'
import { TandemError } from '../../errors.ts'
import type { Feature } from './feature.ts'
import { type CategoryTables, createRowEncoder, type FeatureRow, type RowEncoder } from './feature-encoder.ts'
import { compileFitted, decodeFitted, encodeFitted, type FittedModel, fittedOutputs, tellsUnseen } from './fitted-model.ts'
import { createCoverage, type PromiseCoverage } from './promised-coverage.ts'
import type { Version } from './schema.ts'

/** What the header of a model file says beside the fitted model. */
export interface ModelHeader {
  readonly kind: 'tandem-model'
  readonly model: string
  readonly task: 'classification' | 'regression'
  readonly target: string
  /** Labels in order; empty for regression. */
  readonly classes: readonly string[]
  readonly features: readonly Feature[]
  readonly categories: CategoryTables
  readonly algorithm: Version['algorithm']
  readonly parameters: Readonly<Version['parameters']>
  readonly seed: number
  readonly libraryVersion: string
  readonly dataFingerprint: string
  /** From the probability of the predicted class to the chance that it is right, measured on so many rows; null for regression and for tiny sets. */
  readonly calibration: (SigmoidCalibration & { readonly rows: number }) | null
  /** Regression: the truth lies within this distance with the chance `intervalCoverage`. Null since `conformal` is kept. */
  readonly intervalHalfWidth: number | null
  /** Coverage of the interval of a number unless another is asked for. */
  readonly intervalCoverage: number
  /** From which any coverage can be promised; null when too few rows told, absent in files of before it was kept. */
  readonly conformal?: ConformalCalibration | null
  /** One row of the matrix (null is missing), its texts by feature, and what the model said to it when it was made. */
  readonly canary: {
    readonly row: readonly (number | null)[]
    readonly texts?: Readonly<Record<string, string>>
    readonly expected: readonly number[]
  }
}

export interface Scored {
  readonly value: string | number
  readonly probabilities?: Record<string, number>
  readonly confidence: number
  readonly interval?: readonly [number, number]
  /** With a coverage that was asked for. */
  readonly set?: string[]
  readonly coverage?: number
}

export interface LiveModel {
  readonly name: string
  readonly version: string
  readonly artifact: string
  readonly header: ModelHeader
  readonly encoder: RowEncoder
  readonly fitted: FittedModel
  /** By feature; they sum to 1. */
  readonly importances: Readonly<Record<string, number>>
  readonly sizeBytes: number
  /**
   * Answers one row; undefined when it does not fit, see `encoder.problems`.
   *
   * @param coverage  adds the set of classes, or makes the interval, that holds the truth so often.
   * @throws `no_calibration` when the version cannot promise it; `invalid_input` for a coverage outside 0..1.
   */
  score(row: FeatureRow, coverage?: number): Scored | undefined
  /** Whether the canary row still gives what it gave when the version was made. */
  answersCanary(): boolean
}

export function encodeModelFile(fitted: FittedModel, header: ModelHeader): Uint8Array {
  return encodeFitted(fitted, header as never)
}

/**
 * Reads a model file and asks its canary.
 *
 * @throws `artifact_damaged` when any check of the file fails or the canary answers otherwise.
 */
export function openModelFile(
  bytes: Uint8Array,
  identity: { readonly name: string; readonly version: string; readonly artifact: string },
): LiveModel {
  const { name, version, artifact } = identity
  const { fitted, header: raw } = decodeFitted(bytes)
  const header = raw as unknown as ModelHeader
  checkHeader(header, fitted)
  const { features, categories, canary } = header
  const encoder = createRowEncoder(features, categories, (feature) => tellsUnseen(fitted, feature))
  // The texts of the row that is answered.
  let textsOf: FeatureRow = {}
  const names = features.map((feature) => feature.name)
  const readDocument: ReadDocument | undefined = features.some(({ kind }) => kind === 'text')
    ? (feature) => String(textsOf[names[feature]!])
    : undefined
  const predictInto = compileFitted(fitted, readDocument)
  const x = new Float32Array(features.length)
  const out = new Float64Array(fittedOutputs(fitted))
  const promise = createCoverage({ identity, classes: header.classes, conformal: header.conformal })
  const scored = scorer(header, out, promise)
  const live: LiveModel = {
    name,
    version,
    artifact,
    header,
    encoder,
    fitted,
    importances: Object.fromEntries(features.map((feature, index) => [feature.name, fitted.importances[index]!])),
    // The file and the walking form of its nodes.
    sizeBytes: bytes.length * 2,
    score(row, coverage) {
      if (!encoder.encode(row, x, 0)) return undefined
      textsOf = row
      predictInto(x, 0, out, 0)
      if (coverage === undefined) return scored()
      const promised = promise(out, coverage)
      // The confidence of a number is the coverage of its interval.
      return promised.set ? { ...scored(), ...promised } : { value: out[0]!, confidence: coverage, ...promised }
    },
    answersCanary() {
      textsOf = canary.texts ?? {}
      predictInto(
        Float32Array.from(canary.row, (value) => value ?? Number.NaN),
        0,
        out,
        0,
      )
      return canary.expected.every((expected, index) => Math.abs(out[index]! - expected) <= 1e-9 * Math.max(1, Math.abs(expected)))
    },
  }
  if (!live.answersCanary()) {
    throw damaged(`its canary row gives ${out.join(', ')}, but gave ${canary.expected.join(', ')} when it was trained`)
  }
  return live
}

/** Reads what the model wrote to `out`; one function for each task, so that each stays monomorphic. */
function scorer(
  { task, classes, calibration, intervalHalfWidth: half, intervalCoverage, conformal }: ModelHeader,
  out: Float64Array,
  promise: PromiseCoverage,
): () => Scored {
  if (task === 'regression' && conformal) {
    return () => ({ value: out[0]!, confidence: intervalCoverage, interval: promise(out, intervalCoverage).interval! })
  }
  if (task === 'regression') {
    return () => {
      const value = out[0]!
      return half === null
        ? { value, confidence: intervalCoverage }
        : { value, confidence: intervalCoverage, interval: [value - half, value + half] }
    }
  }
  // n rows, all right, cannot tell more than this chance (Laplace's rule of succession); the curve alone would say 0.99999.
  const ceiling = calibration === null ? 1 : (calibration.rows + 1) / (calibration.rows + 2)
  return () => {
    let best = 0
    const probabilities: Record<string, number> = {}
    for (let k = 0; k < classes.length; k++) {
      probabilities[classes[k]!] = out[k]!
      if (out[k]! > out[best]!) best = k
    }
    const confidence = calibration === null ? out[best]! : Math.min(ceiling, applySigmoidCalibration(calibration, out[best]!))
    return { value: classes[best]!, probabilities, confidence }
  }
}

function checkHeader(header: ModelHeader, fitted: FittedModel): void {
  const { kind, task, classes, features, categories, canary } = header
  if (kind !== 'tandem-model' || !Array.isArray(features) || !Array.isArray(classes) || !Array.isArray(categories)) {
    throw damaged('its header is not that of a Tandem model')
  }
  if (
    (task === 'regression') !== (fitted.nClasses === 0) ||
    features.length !== fitted.nFeatures ||
    categories.length !== features.length
  ) {
    throw damaged(`its header says ${task} on ${features.length} features, its model ${fitted.nClasses} classes on ${fitted.nFeatures}`)
  }
  if (classes.length !== fitted.nClasses) throw damaged(`its header names ${classes.length} classes, its model ${fitted.nClasses}`)
  const { calibration } = header
  if (calibration !== null && ![calibration?.a, calibration?.b, calibration?.rows].every(Number.isFinite)) {
    throw damaged('its calibration lacks a number')
  }
  const { conformal } = header
  if (conformal && (conformal.nClasses !== classes.length || conformal.groups?.length !== conformal.bounds?.length + 1)) {
    throw damaged('its conformal calibration does not fit its classes')
  }
  if (canary?.row?.length !== features.length || canary.expected?.length !== fittedOutputs(fitted)) {
    throw damaged('its canary row does not fit its features')
  }
}

function damaged(what: string): TandemError {
  return new TandemError('artifact_damaged', `The model file is damaged: ${what}. Restore it from a copy, or train again.`)
}

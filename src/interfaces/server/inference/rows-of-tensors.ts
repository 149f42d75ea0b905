// Tensors to rows of features: one tensor for each feature, or one table of all features where these are numbers.
import type { Feature, FeatureRow } from '../../../capabilities/models/index.ts'
import { TandemError } from '../../../errors.ts'
import type { Tensor } from '../../../platform/inference/tensor.ts'
import { nearestName } from '../../../platform/validation/describe-schema.ts'
import { datatypeOf } from './signature.ts'

/** The values of one feature. */
interface Column {
  readonly feature: Feature
  readonly data: Tensor['data']
  readonly offset: number
  readonly stride: number
}

export interface Rows {
  readonly count: number
  row(index: number): FeatureRow
}

/**
 * Lays the tensors side by side as rows; a row is made when it is asked for.
 *
 * NaN, and null in JSON, say that a value is missing, where the feature allows that.
 *
 * @throws `invalid_input` for tensors that are no features, differ in rows, or have another shape or type than the features take.
 */
export function rowsOfTensors(tensors: readonly Tensor[], features: readonly Feature[]): Rows {
  const byName = new Map(features.map((feature) => [feature.name, feature]))
  const [first] = tensors
  const isTable = tensors.length === 1 && first !== undefined && !byName.has(first.name) && first.shape.length === 2
  const columns = isTable ? columnsOfTable(first, features) : tensors.map((tensor, index) => columnOf(tensor, index, byName))
  const [count = 0, ...others] = isTable ? [first.shape[0]] : tensors.map(({ data }) => data.length)
  const different = others.findIndex((other) => other !== count)
  if (different >= 0) {
    const message = `inputs[${different + 1}] ("${tensors[different + 1]?.name}") has ${others[different]} rows, but inputs[0] ("${first?.name}") has ${count}`
    throw wrong(`/inputs/${different + 1}/shape`, message)
  }
  return {
    count,
    row(index) {
      const row: Record<string, unknown> = {}
      for (const { feature, data, offset, stride } of columns) {
        const value = featureValue(feature, data[offset + index * stride])
        if (value !== undefined) row[feature.name] = value
      }
      return row
    },
  }
}

function columnOf(tensor: Tensor, index: number, byName: ReadonlyMap<string, Feature>): Column {
  const { name, shape, datatype, data } = tensor
  const at = `inputs[${index}]`
  const feature = byName.get(name)
  if (feature === undefined) {
    const near = nearestName(name, [...byName.keys()])
    const known = [...byName.keys()]
    const hint = near === undefined ? `known: ${known.slice(0, 8).join(', ')}${known.length > 8 ? ', …' : ''}` : `did you mean "${near}"?`
    throw wrong(`/inputs/${index}/name`, `${at}.name "${name.slice(0, 80)}" is no feature of the model; ${hint}`)
  }
  if (shape.length === 0 || shape.length > 2 || (shape.length === 2 && shape[1] !== 1)) {
    throw wrong(`/inputs/${index}/shape`, `${at} ("${name}") must have the shape [rows] or [rows, 1], got [${shape.join(', ')}]`)
  }
  const wanted = datatypeOf(feature)
  const fits = feature.kind === 'number' ? datatype !== 'BYTES' && datatype !== 'BOOL' : datatype === wanted
  if (!fits) {
    const what = feature.kind === 'number' ? `a type of numbers such as ${wanted}` : wanted
    throw wrong(`/inputs/${index}/datatype`, `${at} ("${name}") must have ${what} as its datatype, got ${datatype}`)
  }
  return { feature, data, offset: 0, stride: 1 }
}

function columnsOfTable({ name, shape, datatype, data }: Tensor, features: readonly Feature[]): Column[] {
  const worded = features.find(({ kind }) => kind !== 'number' && kind !== 'boolean')
  if (worded !== undefined) {
    const message = `inputs[0] ("${name.slice(0, 80)}") is no feature, and one tensor of all features needs features that are numbers; "${worded.name}" is not. Send one tensor for each feature`
    throw wrong('/inputs/0/name', message)
  }
  if (shape[1] !== features.length) {
    const message = `inputs[0] ("${name.slice(0, 80)}") must have the shape [rows, ${features.length}], a column for each feature in their order, got [${shape.join(', ')}]`
    throw wrong('/inputs/0/shape', message)
  }
  if (datatype === 'BYTES')
    throw wrong('/inputs/0/datatype', 'inputs[0] must have a type of numbers such as FP64 as its datatype, got BYTES')
  return features.map((feature, offset) => ({ feature, data, offset, stride: features.length }))
}

/** Undefined: missing, and left out of the row. What does not fit goes on, and is refused with its row by who answers. */
function featureValue(feature: Feature, value: string | number | null | undefined): unknown {
  if (value === null || Number.isNaN(value)) return feature.required ? (feature.nullable ? null : value) : undefined
  if (feature.kind === 'boolean' && (value === 0 || value === 1)) return value === 1
  return value
}

function wrong(path: string, message: string): TandemError {
  return new TandemError('invalid_input', `${message}.`, { errors: [{ path, message }] })
}

// Runs in a thread: the file of a version as one for other programs.
import type { RowColumn } from '../../../algorithms/columns/row-table.ts'
import { exportTreesJson } from '../../../algorithms/format/ensemble-json.ts'
import { exportOnnx } from '../../../algorithms/format/export-onnx.ts'
import { exportPreparedOnnx } from '../../../algorithms/format/export-prepared-onnx.ts'
import { exportPreparedJson } from '../../../algorithms/format/prepared-json.ts'
import { TandemError } from '../../../errors.ts'
import { type LiveModel, openModelFile } from '../../models/index.ts'

export interface WriteModelInput {
  /** The file of the version. */
  readonly bytes: Uint8Array
  readonly name: string
  readonly version: string
  readonly format: 'onnx' | 'json'
}

/** @throws `invalid_input` for a version that the format cannot say. */
export function writeModel({ bytes, name, version, format }: WriteModelInput): Uint8Array {
  const live = openModelFile(bytes, { name, version, artifact: '' })
  return format === 'onnx' ? onnxOf(live) : new TextEncoder().encode(treesJsonOf(live))
}

function treesJsonOf(live: LiveModel): string {
  const trees = treesOf(live)
  return trees.kind === 'prepared-trees' ? exportPreparedJson(fieldsOf(live), trees.columns, trees.ensemble) : exportTreesJson(trees)
}

function onnxOf(live: LiveModel): Uint8Array {
  const { classes, features, categories, target, task } = live.header
  // What another program must know to make the numbers that go in.
  const tandem = {
    ...{ model: live.name, version: live.version, task, target, classes },
    features: features.map(({ name, kind }, index) => ({ name, kind, ...(categories[index] ? { categories: categories[index] } : {}) })),
  }
  const options = { ...(classes.length > 0 ? { classes } : {}), metadata: { tandem: JSON.stringify(tandem) } }
  const { fitted } = live
  if (!('columns' in fitted)) return exportOnnx(fitted, options)
  const model = fitted.kind === 'prepared-trees' ? fitted.ensemble : fitted
  return exportPreparedOnnx({ fields: fieldsOf(live), columns: fitted.columns, model }, options)
}

/** How a version reads its features. */
function fieldsOf({ header: { features, categories } }: LiveModel): RowColumn[] {
  return features.map(({ name, kind }, index) => {
    const texts = categories[index]
    return { name, kind: kind === 'boolean' ? 'number' : kind, ...(texts ? { categories: texts } : {}) }
  })
}

function treesOf({ fitted, name, version, header }: LiveModel) {
  if (fitted.kind !== 'additive') return fitted
  throw new TandemError(
    'invalid_input',
    `Version ${version} of model "${name}" is a ${header.algorithm}; the format json is for trees. Ask for the format onnx or tdm.`,
    { errors: [{ path: '/format', message: `format must be onnx or tdm for ${header.algorithm}` }] },
  )
}

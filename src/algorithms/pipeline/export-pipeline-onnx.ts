// A pipeline as an ONNX model: its columns and its model as one graph.

import type { OnnxOptions } from '../format/export-onnx.ts'
import { exportPreparedOnnx } from '../format/export-prepared-onnx.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * Writes a pipeline of numbers, categories, dates and texts as an ONNX model that takes rows as they are: an input for each column, of its name
 * and shape (rows, 1). A number is float32 (NaN is missing), a category its text ("" is missing), a date whole hours since 1970 UTC as
 * float32. Outputs `label` and `probabilities`, or `prediction`. Numbers come in as float32; the rest is computed as `predictPipeline` does,
 * and agrees within float32's rounding, about 1e-6.
 *
 * @throws   `invalid_input` for a text that is not read by words alone, or by trees word by word, for trees that split by sets of
 *           categories, and for a linear SVM.
 * @example
 * await writeFile('model.onnx', exportPipelineOnnx(pipeline))
 */
export function exportPipelineOnnx({ transformer, model, classes }: Pipeline, options: Pick<OnnxOptions, 'metadata'> = {}): Uint8Array {
  const { rows: fields, columns } = transformer.fitted
  return exportPreparedOnnx({ fields, columns, model }, { ...options, ...(classes.length > 0 ? { classes } : {}) })
}

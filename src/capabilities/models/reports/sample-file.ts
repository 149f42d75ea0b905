// A few training rows of a version, as it reads them, so that it can be asked later how its answers move with a feature: the rows
// themselves may be gone by then. Threads write and read it.
import { decodeTdm, encodeTdm } from '../../../algorithms/format/tdm.ts'
import { TandemError } from '../../../errors.ts'
import { sha256 } from '../../../platform/storage/sha256.ts'

export interface SampleRows {
  readonly rows: number
  readonly features: number
  /** Row-major; NaN is missing. Of a text the number of the row. */
  readonly x: Float32Array
  /** By feature: the text of each row; empty where it lacks one. */
  readonly texts: Readonly<Record<number, readonly string[]>>
}

const FORM = 'sample-rows'

export function encodeSample({ rows, features, x, texts }: SampleRows): Uint8Array {
  return encodeTdm({ header: { form: FORM, rows, features, texts } as never, sections: { x } }, { sha256 })
}

/** @throws `artifact_damaged`. */
export function decodeSample(file: Uint8Array): SampleRows {
  const { header, sections } = decodeTdm(file, { sha256 })
  const { form, rows, features, texts } = header as unknown as SampleRows & { form: string }
  const { x } = sections
  if (form !== FORM || !(x instanceof Float32Array) || x.length !== rows * features) {
    throw new TandemError('artifact_damaged', 'The sample of training rows is damaged: it holds something else. Train again.')
  }
  return { rows, features, x, texts }
}

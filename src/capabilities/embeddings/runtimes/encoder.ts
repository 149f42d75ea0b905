// What turns texts into vectors on the thread it runs on. One interface for all models.

export interface Encoded {
  /** Row by row, `dimensions` each, of length 1. */
  readonly vectors: Float32Array
  /** Of each text, as far as it was read. */
  readonly tokens: Int32Array
}

export interface Encoder {
  readonly dimensions: number
  /** Texts are well-formed and not empty. */
  encode(texts: readonly string[]): Promise<Encoded>
  close(): Promise<void>
}

/** Brings a row to length 1; one without direction stays zero. */
export function normalizeRow(vectors: Float32Array, from: number, dimensions: number): void {
  let squares = 0
  for (let at = from; at < from + dimensions; at++) squares += vectors[at]! * vectors[at]!
  if (!(squares > 0)) return
  const scale = 1 / Math.sqrt(squares)
  for (let at = from; at < from + dimensions; at++) vectors[at]! *= scale
}

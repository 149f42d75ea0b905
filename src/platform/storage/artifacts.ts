// The port to stored files: content-addressed, at most 16 MB each, verified on read.

export const MAX_ARTIFACT_BYTES = 16 * 1024 * 1024

export interface Artifacts {
  /** Stores bytes; returns their SHA-256 in hex. Storing the same bytes twice is one row. Throws `payload_too_large` over 16 MB. */
  put(bytes: Uint8Array): Promise<string>
  /** The bytes. Throws `artifact_not_found`, or `artifact_damaged` when the content does not hash to its name. */
  get(hash: string): Promise<Uint8Array>
  has(hash: string): Promise<boolean>
  delete(hash: string): Promise<void>
}

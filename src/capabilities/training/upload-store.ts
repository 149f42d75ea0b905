// The port to tables that were uploaded: their bytes in parts, kept for a while.
import type { Dialect, Reading } from './dialect.ts'

export interface UploadSummary {
  readonly rows: number
  readonly columns: number
  /** How it is read: what the sender said, and what was found out while reading. */
  readonly reading: Reading
  readonly dialect: Dialect
}

export interface Upload {
  readonly id: string
  readonly name: string
  readonly bytes: number
  readonly parts: number
  readonly createdAt: number
  readonly expiresAt: number
  readonly createdBy: string | null
  /** Undefined until the upload is complete. */
  readonly summary: UploadSummary | undefined
}

export interface UploadStore {
  insert(upload: Omit<Upload, 'bytes' | 'parts' | 'summary'>): Promise<void>
  /** Appends a part. False: the upload is gone. */
  append(
    id: string,
    part: { readonly number: number; readonly content: Uint8Array; readonly bytes: number; readonly now: number },
  ): Promise<boolean>
  /** Makes it visible. False: the upload is gone. */
  complete(id: string, summary: UploadSummary): Promise<boolean>
  find(id: string): Promise<Upload | undefined>
  /** Complete ones, newest first. */
  list(): Promise<readonly Upload[]>
  /** Undefined: it is gone. */
  part(id: string, number: number): Promise<Uint8Array | undefined>
  /** Number and bytes of all, those under way included. */
  total(): Promise<{ readonly count: number; readonly bytes: number }>
  /** In steps; when it is broken off the rest is deleted with `leftovers`. */
  delete(id: string): Promise<void>
  /** Those that have expired, and incomplete ones that no part came to since `silentSince`. */
  leftovers(now: number, silentSince: number): Promise<readonly string[]>
}

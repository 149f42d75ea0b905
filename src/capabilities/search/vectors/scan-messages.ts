// What the threads that scan vectors are told, and what they answer.

import type { ScanPart, ScanQuery, ScanResult, ScanSpace } from '../../../algorithms/vector/row-scanner.ts'
import type { VectorMemoryHandle } from '../../../algorithms/vector/vector-memory.ts'
import type { ClonedError } from '../../../platform/threads/messages.ts'

/** Work on one index; its thread was told the memory before. */
export type ScanWork =
  | { readonly kind: 'scan'; readonly queries: readonly ScanQuery[]; readonly part: ScanPart }
  | { readonly kind: 'mean' }
  | { readonly kind: 'encode'; readonly from: number; readonly to: number }
  | { readonly kind: 'ranks'; readonly seed: number; readonly queries: number }

export interface ScanAnswers {
  readonly scan: readonly ScanResult[]
  readonly mean: Float32Array
  readonly encode: null
  readonly ranks: Float64Array
}

export type ToScanThread =
  | { readonly open: number; readonly handle: VectorMemoryHandle }
  | { readonly close: number }
  | { readonly index: number; readonly work: ScanWork; readonly space: ScanSpace; readonly bytes: number }

export type FromScanThread = { readonly answer: ScanAnswers[keyof ScanAnswers] } | { readonly failure: ClonedError }

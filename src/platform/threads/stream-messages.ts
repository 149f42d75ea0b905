// What a stream thread and the event loop say to each other: one port for each stream, pulled by whoever reads.
import type { MessagePort } from 'node:worker_threads'
import type { ClonedError } from './messages.ts'

/** To the thread, once for each stream. */
export interface OpenStream {
  readonly task: string
  readonly argument: unknown
  readonly port: MessagePort
}

/** To the thread over the stream's port: what it asked for, the end, the fault of the input, or that an output was taken. */
export type ToStream = { readonly chunk: Uint8Array } | { readonly end: true } | { readonly fault: ClonedError } | { readonly taken: true }

/** From the thread: it wants the next chunk, gives something out, has a result, or failed. */
export type FromStream =
  | { readonly want: true }
  | { readonly output: Uint8Array }
  | { readonly result: unknown }
  | { readonly failure: ClonedError }

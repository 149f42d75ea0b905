// A model on a thread of its own, started when first needed and ended after a while without work, which gives its memory back.
import { createThreadPool } from '../../../platform/threads/create-thread-pool.ts'
import type { Encoded } from './encoder.ts'
import type { EncodeTexts, OpenedEncoder } from './encoder-tasks.ts'
import type { EncoderSpec } from './open-encoder.ts'
import type { EmbeddingRuntime } from './runtime.ts'

// The worker's file beside this one, with the ending of this one: .ts from source, .js from dist.
const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')
export const ENCODER_PROGRAM: URL = new URL(`./worker${ending}`, import.meta.url)

export function createThreadRuntime(spec: EncoderSpec, { idleTimeoutMs }: { readonly idleTimeoutMs: number }): EmbeddingRuntime {
  const pool = createThreadPool({ size: 1, program: ENCODER_PROGRAM, idleTimeoutMs })
  let opening: Promise<OpenedEncoder> | undefined
  return {
    open() {
      opening ??= pool.run<OpenedEncoder>('embeddings.open', spec).catch((error: unknown) => {
        opening = undefined
        throw error
      })
      return opening
    },
    encode: (texts) => pool.run<Encoded>('embeddings.encode', { spec, texts } satisfies EncodeTexts),
    close: () => pool.close(),
  }
}

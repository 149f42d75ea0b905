// Opens the encoder of a specification on the thread this runs on.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { hashEmbedding } from '../../../algorithms/text/static-embedding/hash-embedding.ts'
import type { Encoder } from './encoder.ts'
import { readModelFolder } from './model-folder.ts'
import { type OnnxEncoderOptions, openOnnxEncoder } from './onnx-encoder.ts'
import { openStaticEncoder } from './static-encoder.ts'

/** The file of a fine-tuned version, on shared memory. */
export interface TunedChanges {
  readonly sha256: string
  readonly bytes: Uint8Array
}

/** What a thread needs to know to open an encoder: plain data. */
export type EncoderSpec =
  | ({ readonly kind: 'onnx' } & OnnxEncoderOptions)
  | { readonly kind: 'static'; readonly folder: string; readonly changes?: TunedChanges }
  | { readonly kind: 'hash'; readonly dimensions: number }

export function openEncoder(spec: EncoderSpec): Promise<Encoder> {
  if (spec.kind === 'onnx') return openOnnxEncoder(spec)
  if (spec.kind === 'static') return openStaticEncoder(spec)
  return Promise.resolve(createHashEncoder(spec.dimensions))
}

/** Tells models apart whose vectors must not be compared: by the content of their files. */
export async function fingerprintOf(spec: EncoderSpec): Promise<string> {
  const hash = createHash('sha256')
  if (spec.kind === 'hash') return `hash-${spec.dimensions}-1`
  // Its file names the base by its own fingerprint.
  if (spec.kind === 'static' && spec.changes !== undefined) return spec.changes.sha256.slice(0, 16)
  if (spec.kind === 'static') await pipeline(createReadStream(join(spec.folder, 'table.bin')), hash, { end: false })
  else {
    const { onnxFile, tokenizerFile, pooling, normalize, maxTokens } = await readModelFolder(spec.folder, spec.file)
    hash.update(`${pooling} ${normalize} ${Math.min(maxTokens, spec.maxTokens ?? maxTokens)}`)
    for (const file of [onnxFile, tokenizerFile]) await pipeline(createReadStream(file), hash, { end: false })
  }
  return hash.digest('hex').slice(0, 16)
}

function createHashEncoder(dimensions: number): Encoder {
  return {
    dimensions,
    async encode(texts) {
      const vectors = new Float32Array(texts.length * dimensions)
      const tokens = Int32Array.from(texts, (text, row) => hashEmbedding(text, dimensions, vectors, row * dimensions))
      return { vectors, tokens }
    },
    close: async () => {},
  }
}

// What the embedding threads can do. A thread opens the encoder it is asked for and keeps it: one thread serves one model.
import { type AdaptVectors, createAdapt } from '../../../algorithms/fine-tune/adapter.ts'
import { TandemError } from '../../../errors.ts'
import { decodeTunedFile } from '../fine-tune/tuned-file.ts'
import type { Encoded, Encoder } from './encoder.ts'
import { type EncoderSpec, fingerprintOf, openEncoder, type TunedChanges } from './open-encoder.ts'

export interface OpenedEncoder {
  readonly dimensions: number
  readonly fingerprint: string
}

export interface EncodeTexts {
  readonly spec: EncoderSpec
  readonly texts: readonly string[]
}

export interface AdaptVectorsInput {
  readonly changes: TunedChanges
  /** Row by row. */
  readonly vectors: Float32Array
}

const opened = new Map<string, Promise<Encoder>>()

function encoderOf(spec: EncoderSpec): Promise<Encoder> {
  // A file is known by its hash.
  const key = JSON.stringify(spec, (_, value) => (value instanceof Uint8Array ? undefined : value))
  const known = opened.get(key)
  if (known !== undefined) return known
  const opening = openEncoder(spec)
  opened.set(key, opening)
  // The file may be whole the next time.
  opening.catch(() => opened.delete(key))
  return opening
}

const adapters = new Map<string, AdaptVectors>()

function adapterOf({ sha256, bytes }: TunedChanges): AdaptVectors {
  const known = adapters.get(sha256)
  if (known !== undefined) return known
  const { weights } = decodeTunedFile(bytes)
  if (weights.kind === 'table') throw new TandemError('artifact_damaged', 'The file is that of a table, not of an adapter.')
  const adapt = createAdapt(weights)
  adapters.set(sha256, adapt)
  return adapt
}

export const encoderTasks = {
  'embeddings.open': async (spec: EncoderSpec): Promise<OpenedEncoder> => {
    const [{ dimensions }, fingerprint] = await Promise.all([encoderOf(spec), fingerprintOf(spec)])
    return { dimensions, fingerprint }
  },
  'embeddings.encode': async ({ spec, texts }: EncodeTexts): Promise<Encoded> => (await encoderOf(spec)).encode(texts),
  'embeddings.adapt': ({ changes, vectors }: AdaptVectorsInput): Float32Array => adapterOf(changes)(vectors),
}

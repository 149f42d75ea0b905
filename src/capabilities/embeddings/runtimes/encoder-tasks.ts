// What the embedding threads can do. A thread opens the encoder it is asked for and keeps it: one thread serves one model.
import type { Encoded, Encoder } from './encoder.ts'
import { type EncoderSpec, fingerprintOf, openEncoder } from './open-encoder.ts'

export interface OpenedEncoder {
  readonly dimensions: number
  readonly fingerprint: string
}

export interface EncodeTexts {
  readonly spec: EncoderSpec
  readonly texts: readonly string[]
}

const opened = new Map<string, Promise<Encoder>>()

function encoderOf(spec: EncoderSpec): Promise<Encoder> {
  const key = JSON.stringify(spec)
  const known = opened.get(key)
  if (known !== undefined) return known
  const opening = openEncoder(spec)
  opened.set(key, opening)
  // The file may be whole the next time.
  opening.catch(() => opened.delete(key))
  return opening
}

export const encoderTasks = {
  'embeddings.open': async (spec: EncoderSpec): Promise<OpenedEncoder> => {
    const [{ dimensions }, fingerprint] = await Promise.all([encoderOf(spec), fingerprintOf(spec)])
    return { dimensions, fingerprint }
  },
  'embeddings.encode': async ({ spec, texts }: EncodeTexts): Promise<Encoded> => (await encoderOf(spec)).encode(texts),
}

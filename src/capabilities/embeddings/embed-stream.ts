// Embeds texts as they come: at most two batches are in memory, and the source is asked for more only when there is room.
import type { Embedding, EmbeddingBatch, EmbedOptions } from '../../embeddings.ts'

const BATCH_TEXTS = 256
/** Of UTF-16: half a megabyte. */
const BATCH_CHARACTERS = 262_144

type EmbedBatch = (texts: readonly string[], options?: EmbedOptions) => Promise<EmbeddingBatch>

export async function* embedStream(
  texts: Iterable<string> | AsyncIterable<string>,
  embedBatch: EmbedBatch,
  options: EmbedOptions = {},
): AsyncGenerator<Embedding> {
  // The first batch settles who answers; vectors of another model must not follow.
  let chosen = options
  let ahead: Promise<EmbeddingBatch> | undefined
  try {
    for await (const batch of batchesOf(texts)) {
      options.signal?.throwIfAborted()
      const next = embedBatch(batch, chosen)
      // Looked at below; until then an error is not unhandled.
      next.catch(() => undefined)
      if (chosen.model === undefined) chosen = { ...options, model: (await next).model }
      const done = ahead
      ahead = next
      if (done !== undefined) yield* rowsOf(await done)
    }
    if (ahead !== undefined) {
      const last = ahead
      ahead = undefined
      yield* rowsOf(await last)
    }
  } finally {
    // Left early: nothing of it may stay behind.
    await ahead?.catch(() => undefined)
  }
}

function* rowsOf({ vectors, model, fingerprint }: EmbeddingBatch): Generator<Embedding> {
  for (const vector of vectors) yield { vector, model, fingerprint }
}

async function* batchesOf(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = []
  let characters = 0
  for await (const text of texts) {
    batch.push(text)
    characters += typeof text === 'string' ? text.length : 0
    if (batch.length < BATCH_TEXTS && characters < BATCH_CHARACTERS) continue
    yield batch
    batch = []
    characters = 0
  }
  if (batch.length > 0) yield batch
}

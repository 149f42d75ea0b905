// Vectors in Redis: found by all servers without asking the database. Redis itself forgets those that were not asked for.
import type { RedisLink } from '../../platform/redis/redis.ts'
import type { EmbeddingStore } from './store.ts'

/** A vector that nobody asked for in this time is made again. */
const KEPT_SECONDS = 30 * 24 * 3600

export function createRedisEmbeddingStore(link: RedisLink): EmbeddingStore {
  const keyOf = (fingerprint: string, textHash: string): string => link.key('vector', fingerprint, textHash)
  return {
    async find(fingerprint, textHashes) {
      if (textHashes.length === 0) return []
      const keys = textHashes.map((textHash) => keyOf(fingerprint, textHash))
      const found = await link.ask('embeddings', (redis) => redis.mgetBuffer(keys))
      return (found ?? []).flatMap((bytes, at) => {
        // Whatever else stands under the name is no vector.
        if (bytes === null || bytes.length === 0 || bytes.length % 4 !== 0) return []
        return [{ textHash: textHashes[at]!, vector: new Float32Array(Uint8Array.from(bytes).buffer) }]
      })
    },
    async insert(fingerprint, vectors) {
      await link.ask('embeddings', (redis) => {
        const writes = redis.pipeline()
        for (const { textHash, vector } of vectors) {
          const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
          writes.set(keyOf(fingerprint, textHash), bytes, 'EX', KEPT_SECONDS)
        }
        return writes.exec()
      })
    },
    prune: async () => 0,
  }
}

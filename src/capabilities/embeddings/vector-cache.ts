// Vectors in memory, the least recently used ones first to go, bounded by bytes.

export interface VectorCache {
  get(key: string): Float32Array | undefined
  set(key: string, vector: Float32Array): void
  readonly entries: number
  readonly bytes: number
  readonly evictions: number
}

/** Of a key, an entry of a Map and the two objects of a typed array; measured with Node 24. */
const OVERHEAD_BYTES = 330

/** `limitBytes` 0 keeps nothing. */
export function createVectorCache(limitBytes: number): VectorCache {
  // A Map remembers the order in which keys came: one that is used goes to its end.
  const vectors = new Map<string, Float32Array>()
  let bytes = 0
  let evictions = 0
  const sizeOf = (vector: Float32Array): number => vector.byteLength + OVERHEAD_BYTES
  return {
    get(key) {
      const vector = vectors.get(key)
      if (vector === undefined) return undefined
      vectors.delete(key)
      vectors.set(key, vector)
      return vector
    },
    set(key, vector) {
      if (sizeOf(vector) > limitBytes) return
      const old = vectors.get(key)
      if (old !== undefined) {
        bytes -= sizeOf(old)
        vectors.delete(key)
      }
      vectors.set(key, vector)
      bytes += sizeOf(vector)
      while (bytes > limitBytes) {
        const [oldest, gone] = vectors.entries().next().value!
        vectors.delete(oldest)
        bytes -= sizeOf(gone)
        evictions++
      }
    },
    get entries() {
      return vectors.size
    },
    get bytes() {
      return bytes
    },
    get evictions() {
      return evictions
    },
  }
}

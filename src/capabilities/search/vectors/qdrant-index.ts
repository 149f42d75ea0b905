// An index of vectors in a Qdrant server, by its official client.

import type { QdrantClient } from '@qdrant/js-client-rest'
import type { VectorMetric } from '../../../algorithms/vector/vector-memory.ts'
import { TandemError } from '../../../errors.ts'
import {
  readBatch,
  readQuery,
  throwIfAborted,
  type VectorBatch,
  type VectorHit,
  type VectorIndex,
  type VectorIndexStats,
  type VectorQuery,
} from './vector-index.ts'

export interface OpenQdrantIndexOptions {
  /** For example http://127.0.0.1:6333. */
  readonly url: string
  readonly apiKey?: string
  readonly dimensions: number
  /** Default `cosine`. */
  readonly metric?: VectorMetric
  /** Name of the collection. Default `default`. */
  readonly name?: string
  readonly timeoutMs?: number
}

/** What Qdrant calls the metrics, and how its score becomes ours. */
const METRICS = {
  cosine: { distance: 'Cosine', score: (score: number) => score },
  dot: { distance: 'Dot', score: (score: number) => score },
  euclidean: { distance: 'Euclid', score: (score: number) => -score },
} as const satisfies Record<VectorMetric, unknown>

const ROWS_A_REQUEST = 500

/**
 * Opens a collection, making it when it is not there. Writes wait until they are applied, so that the next search sees them.
 *
 * @throws `dependency_missing` when @qdrant/js-client-rest is not installed; `unavailable` when the server does not answer; `conflict` when
 *   the collection has other dimensions or another metric.
 */
export async function openQdrantIndex(options: OpenQdrantIndexOptions): Promise<VectorIndex> {
  const { url, apiKey, dimensions, metric = 'cosine', name = 'default', timeoutMs = 30_000 } = options
  const { QdrantClient: Client } = await loadClient()
  const client = new Client({ url, ...(apiKey === undefined ? {} : { apiKey }), timeout: timeoutMs, checkCompatibility: false })
  const ask = createAsk(url)
  const { distance } = METRICS[metric]
  const { exists } = await ask(() => client.collectionExists(name))
  if (!exists) await ask(() => client.createCollection(name, { vectors: { size: dimensions, distance } }))
  else {
    const { config } = await ask(() => client.getCollection(name))
    const stored = config.params.vectors as { readonly size?: number; readonly distance?: string } | undefined
    if (stored?.size !== dimensions) throw conflict(name, 'dimensions', stored?.size, dimensions)
    if (stored.distance !== distance) throw conflict(name, 'metric', stored.distance, distance)
  }
  return new QdrantIndex(client, ask, name, { dimensions, metric })
}

type Ask = <Answer>(request: () => Promise<Answer>) => Promise<Answer>

class QdrantIndex implements VectorIndex {
  readonly dimensions: number
  readonly metric: VectorMetric
  readonly #client: QdrantClient
  readonly #ask: Ask
  readonly #name: string
  #closed = false

  constructor(client: QdrantClient, ask: Ask, name: string, shape: { readonly dimensions: number; readonly metric: VectorMetric }) {
    this.dimensions = shape.dimensions
    this.metric = shape.metric
    this.#client = client
    this.#ask = ask
    this.#name = name
  }

  async upsert(batch: VectorBatch): Promise<void> {
    this.#checkOpen()
    const { keys, vectors } = readBatch(batch, this)
    for (let first = 0; first < keys.length; first += ROWS_A_REQUEST) {
      const points = Array.from(keys.subarray(first, first + ROWS_A_REQUEST), (id, i) => ({
        id,
        vector: Array.from(vectors.subarray((first + i) * this.dimensions, (first + i + 1) * this.dimensions)),
      }))
      await this.#ask(() => this.#client.upsert(this.#name, { wait: true, points }))
    }
  }

  async delete(keys: Iterable<number>): Promise<number> {
    this.#checkOpen()
    const ids = [...new Set(keys)].filter((key) => Number.isSafeInteger(key) && key >= 0)
    let removed = 0
    for (let first = 0; first < ids.length; first += ROWS_A_REQUEST) {
      const points = ids.slice(first, first + ROWS_A_REQUEST)
      const there = await this.#ask(() => this.#client.retrieve(this.#name, { ids: points, with_payload: false, with_vector: false }))
      if (there.length > 0) await this.#ask(() => this.#client.delete(this.#name, { wait: true, points }))
      removed += there.length
    }
    return removed
  }

  async search(query: VectorQuery): Promise<readonly VectorHit[]> {
    this.#checkOpen()
    const { vector, k } = readQuery(query, this)
    if (query.filter?.size === 0) return []
    const { points } = await this.#ask(() =>
      this.#client.query(this.#name, {
        query: Array.from(vector),
        limit: k,
        params: { exact: query.exact === true },
        with_payload: false,
        ...(query.filter === undefined ? {} : { filter: { must: [{ has_id: [...query.filter] }] } }),
      }),
    )
    throwIfAborted(query.signal)
    const { score: toScore } = METRICS[this.metric]
    return points.map(({ id, score }) => ({ key: Number(id), score: toScore(score) }))
  }

  async count(): Promise<number> {
    this.#checkOpen()
    return (await this.#ask(() => this.#client.count(this.#name, { exact: true }))).count
  }

  async stats(): Promise<VectorIndexStats> {
    return { kind: 'qdrant', rows: await this.count(), scan: 'graph', memoryBytes: 0 }
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #checkOpen(): void {
    if (this.#closed) throw new TandemError('unavailable', `The vector index "${this.#name}" is closed. Open it again.`)
  }
}

async function loadClient(): Promise<typeof import('@qdrant/js-client-rest')> {
  try {
    return await import('@qdrant/js-client-rest')
  } catch (error) {
    throw new TandemError('dependency_missing', 'An index in Qdrant needs its client. Install it: npm install @qdrant/js-client-rest', {
      cause: error,
    })
  }
}

/** Runs a request; says by name when the server does not answer or refuses. */
function createAsk(url: string): Ask {
  return async (request) => {
    try {
      return await request()
    } catch (error) {
      const { status } = error as { readonly status?: number }
      const reason = error instanceof Error ? error.message : String(error)
      const { host } = new URL(url)
      throw new TandemError(
        'unavailable',
        `Qdrant at ${host} ${status === undefined ? 'does not answer' : `answered ${status}`}: ${reason}`,
        {
          details: { host, status: status ?? null },
          cause: error,
        },
      )
    }
  }
}

function conflict(name: string, field: string, stored: unknown, wanted: unknown): TandemError {
  return new TandemError(
    'conflict',
    `The Qdrant collection "${name}" was made with ${field} ${stored}, but is opened with ${wanted}. Open it as it is, or use another name.`,
    { details: { index: name, field, stored, wanted } },
  )
}

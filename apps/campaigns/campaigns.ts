// The campaigns application: the routes of a campaign search of two services, answered by a collection of this server.
import { type App, type AppHost, implement, implementSocket, type SocketHandler, type SocketPeer, TandemError } from 'tandem-ml'
import { generateAudiences, generateCampaigns, generateProposals } from './generate.ts'
import type { Campaign } from './records.ts'
import * as api from './schema.ts'

const SAMPLE = { campaigns: { rows: 1_000, seed: 11 }, proposals: { rows: 200, seed: 12 }, audiences: { seed: 13 } }
const RECOMMENDED = 5
/** Queries of one socket that wait for their turn. */
const MOST_WAITING = 100
const MOST_CHARACTERS = 10_000

/**
 * The ready application under /campaigns. The config holds its collections.
 *
 * @example
 * defineTandem({ collections: campaignCollections(), apps: [campaigns()] })
 */
export function campaigns(): App {
  return {
    name: 'campaigns',
    routes: (host) => {
      const collection = host.collection('campaigns')
      return [
        implement(api.searchCampaigns)(async ({ input: { query, limit, mode }, signal }) =>
          pointsOf(await collection.search({ query, limit, mode }, { signal })),
        ),
        implement(api.recommendCampaigns)(async ({ params, signal }) =>
          pointsOf(await collection.similar(params.campaignId, { limit: RECOMMENDED, signal })),
        ),
        implement(api.generateEmbeddings)(async ({ input, signal }) => {
          const texts = Array.isArray(input) ? input : input.texts
          const { vectors, model } = await host.embeddings.embedBatch(texts, { signal })
          return { embeddings: vectors.map((vector) => Array.from(vector)), model, dimensions: vectors[0]!.length }
        }),
        implement(api.trainModel)(({ input }) => fineTune(host, input?.data)),
      ]
    },
    sockets(host) {
      const peers = new Set<SocketPeer>()
      host.onEmbeddingActivated(({ model, version, collection }) => {
        if (collection !== 'campaigns') return
        const message = JSON.stringify({ type: 'model_updated', model, version })
        for (const peer of peers) void peer.send(message)
      })
      return [
        implementSocket(api.searchWhileTyping)(() => (peer) => {
          peers.add(peer)
          peer.signal.addEventListener('abort', () => peers.delete(peer), { once: true })
          return answerInOrder(host, peer)
        }),
      ]
    },
    async seed(host) {
      const { definition } = await host.collection('campaigns').info()
      // Those of a database come by its sync.
      if (definition.source === undefined) await fill(host, 'campaigns', generateCampaigns(SAMPLE.campaigns))
      else await host.collection('campaigns').startSync()
      await fill(host, 'proposals', generateProposals(SAMPLE.proposals))
      await fill(host, 'audiences', generateAudiences(SAMPLE.audiences))
    },
  }
}

type Hits = Awaited<ReturnType<ReturnType<AppHost['collection']>['search']>>
type Points = { id: string; score: number; payload: Record<string, unknown> }[]

function pointsOf({ hits }: Hits): Points {
  return hits.map(({ id, score, document }) => ({ id, score, payload: { ...document } }))
}

/** Each query has its answer, in the order of the queries: a client cannot tell them apart by anything else. */
function answerInOrder(host: AppHost, peer: SocketPeer): SocketHandler {
  const collection = host.collection('campaigns')
  let waiting = 0
  let last: Promise<void> = Promise.resolve()
  const answer = async (query: string): Promise<void> => {
    await peer.takeRequest()
    peer.signal.throwIfAborted()
    const points = pointsOf(await collection.search({ query, limit: 10, mode: 'semantic' }, { signal: peer.signal }))
    await peer.send(JSON.stringify(points))
  }
  return {
    async message(text) {
      const query = text.trim()
      if (query === '' || query.length > MOST_CHARACTERS) {
        throw new TandemError('invalid_input', `A message is a query of 1 to ${MOST_CHARACTERS} characters; this one has ${query.length}.`)
      }
      if (waiting >= MOST_WAITING) throw new TandemError('overloaded', `${waiting} queries wait for their answer. Read the answers first.`)
      waiting += 1
      const own = last.catch(() => {}).then(() => answer(query))
      last = own
      try {
        await own
      } catch (error) {
        if (!peer.signal.aborted) throw error
      } finally {
        waiting -= 1
      }
    },
  }
}

/** Campaigns of one industry belong together; a version serves when it finds them better than before. */
async function fineTune(host: AppHost, data: readonly Campaign[] | undefined) {
  const collection = host.collection('campaigns')
  if (data !== undefined) {
    const { failed } = await collection.upsert(data)
    if (failed[0] !== undefined) throw new TandemError('invalid_input', `Campaign ${failed[0].index} of data: ${failed[0].error}.`)
  }
  const { documents, embedded, model } = await collection.info()
  const job = await collection.startFineTuning({ field: 'industry' })
  const message =
    'The embedding model is fine-tuned on which campaigns are of one industry; it serves if it finds better on held-out campaigns.'
  return {
    task_id: job.id,
    status: job.status === 'running' ? ('running' as const) : ('queued' as const),
    message,
    documents,
    embedded,
    model,
  }
}

async function fill(host: AppHost, name: string, documents: Iterable<{ readonly id: string }>): Promise<void> {
  const collection = host.collection(name)
  if ((await collection.count()) > 0) return
  const { upserted } = await collection.upsert(documents)
  host.log.info({ collection: name, documents: upserted }, 'wrote generated sample documents')
}

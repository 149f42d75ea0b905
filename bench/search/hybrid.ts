// Claims: on Cranfield BM25 reaches nDCG@10 0.525; a hybrid search with MiniLM is 0.02 above it, with the static model never more
// than 0.01 below it. All through the collections that a user has, with their defaults. The weights of the two rankings come from the
// kind of model and were not chosen on these queries.
// Run: node bench/search/hybrid.ts. Needs shared/data beside the repository (or TANDEM_BENCH_DATA); MiniLM also shared/models
// (or TANDEM_BENCH_MODELS) and onnxruntime-node, and is left out where they are not.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTandem } from '../../src/app.ts'
import type { SearchMode } from '../../src/capabilities/search/index.ts'
import { defineTandem } from '../../src/config.ts'
import type { Embedder } from '../../src/definitions.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { type Claim, report } from '../frame/report.ts'
import { hasQualitySets, type Judgements, readCranfield } from './quality-sets.ts'

const MINILM = join(process.env.TANDEM_BENCH_MODELS ?? fileURLToPath(new URL('../../../shared/models/', import.meta.url)), 'minilm-l6-v2')
const DEFINITION = {
  schema: { type: 'object', properties: { id: { type: 'string' }, text: { type: 'string', format: 'text' } }, required: ['id', 'text'] },
  text: '{{text}}',
} as const

/** nDCG@10 of each mode with one model. */
async function judge(embedder: Embedder, modes: readonly SearchMode[], set: Judgements): Promise<number[]> {
  const tandem = await createTandem(defineTandem({ embeddings: { default: ['judged'], models: { judged: embedder } } }), {
    settings: { dataDir: ':memory:', searchCacheSeconds: 0 },
    log: createLog({ logLevel: 'error' }),
  })
  try {
    await tandem.putCollection('texts', DEFINITION)
    const texts = tandem.collection('texts')
    await texts.upsert(set.documents.map((text, id) => ({ id: String(id), text })))
    while ((await texts.info()).embedded < set.documents.filter((text) => text.trim() !== '').length) {
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    const means: number[] = []
    for (const mode of modes) {
      let sum = 0
      for (const [at, query] of set.queries.entries()) {
        const { hits } = await texts.search({ query, mode, limit: 10 })
        sum += discounted(hits.map(({ id }) => set.gains[at]!.get(Number(id)) ?? 0)) / ideal(set.gains[at]!)
      }
      means.push(sum / set.queries.length)
    }
    return means
  } finally {
    await tandem.close()
  }
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, place) => sum + gain / Math.log2(place + 2), 0)
}

function ideal(gains: ReadonlyMap<number, number>): number {
  return discounted([...gains.values()].sort((left, right) => right - left).slice(0, 10)) || 1
}

if (!hasQualitySets()) throw new Error('Cranfield is not in shared/data beside the repository; name its folder in TANDEM_BENCH_DATA.')
const set = readCranfield()
const [words, meaning, both] = (await judge({ kind: 'static' }, ['keyword', 'semantic', 'hybrid'], set)) as [number, number, number]
const table: Record<string, Record<string, string>> = {
  BM25: { 'nDCG@10': words.toFixed(4) },
  'static model': { 'nDCG@10': meaning.toFixed(4), 'hybrid with BM25': both.toFixed(4), 'above BM25': (both - words).toFixed(4) },
}
const claims: Claim[] = [
  { name: 'BM25 on Cranfield', ours: words, unit: 'nDCG@10', bound: 'at least', limit: 0.525 },
  { name: 'static hybrid above BM25', ours: both - words, unit: 'nDCG@10', bound: 'at least', limit: -0.01 },
]
if (existsSync(MINILM)) {
  const [dense, fused] = (await judge({ kind: 'onnx', folder: MINILM }, ['semantic', 'hybrid'], set)) as [number, number]
  table.MiniLM = { 'nDCG@10': dense.toFixed(4), 'hybrid with BM25': fused.toFixed(4), 'above BM25': (fused - words).toFixed(4) }
  claims.push({ name: 'MiniLM hybrid above BM25', ours: fused - words, unit: 'nDCG@10', bound: 'at least', limit: 0.02 })
}
console.table(table)
report('hybrid', claims, { set: 'Cranfield: 1,400 abstracts, 225 queries' })

// A small model whose truth is known: a visitor buys when visits and plan speak for it, with some noise from a fixed seed.
import type { Asker, Json } from './ask.ts'

export const shopDefinition = {
  task: 'classification',
  target: 'buys',
  classes: ['no', 'yes'],
  features: {
    type: 'object',
    properties: {
      visits: { type: 'number', minimum: 0, maximum: 1 },
      spend: { type: ['number', 'null'] },
      plan: { type: 'string', enum: ['free', 'pro'] },
      returning: { type: 'boolean' },
    },
    required: ['visits', 'plan', 'returning'],
  },
  parameters: { nEstimators: 20, maxDepth: 6 },
  seed: 7,
  fallback: { kind: 'weighted-score', weights: { visits: 3, returning: 1 } },
} as const

export interface ShopRow {
  readonly visits: number
  readonly spend: number | null
  readonly plan: 'free' | 'pro'
  readonly returning: boolean
}

/** Numbers in 0..1 that are the same in every run (a linear congruential generator; nothing here needs a better one). */
function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export function shopRows(count: number, seed = 1): (ShopRow & { readonly buys: 'no' | 'yes' })[] {
  const next = numbers(seed)
  return Array.from({ length: count }, () => {
    const visits = Math.round(next() * 1000) / 1000
    const spend = next() < 0.1 ? null : Math.round(next() * 10_000) / 100
    const plan = next() < 0.5 ? 'free' : 'pro'
    const returning = next() < 0.5
    const score = visits + (plan === 'pro' ? 0.3 : 0) + (returning ? 0.2 : 0) + (next() - 0.5) * 0.4
    return { visits, spend, plan, returning, buys: score > 0.75 ? 'yes' : 'no' }
  })
}

export function shopFeatures({ visits, spend, plan, returning }: ShopRow): ShopRow {
  return { visits, spend, plan, returning }
}

export function shopCsv(count: number, seed = 1): string {
  const lines = shopRows(count, seed).map((row) => [row.visits, row.spend ?? '', row.plan, row.returning, row.buys].join(','))
  return `visits,spend,plan,returning,buys\n${lines.join('\n')}\n`
}

export const oneVisitor: ShopRow = { visits: 0.9, spend: 20, plan: 'pro', returning: true }

/** Defines the model and trains it, so that `versions` versions exist of which the last is in service. */
export async function trainShop(server: Asker, versions = 1, name = 'shop'): Promise<string[]> {
  await server.good(`/v1/models/${name}`, { method: 'PUT', json: shopDefinition })
  const names: string[] = []
  for (let index = 0; index < versions; index++) {
    const { version }: Json = await server.good(`/v1/models/${name}/train?wait=60&activate=always`, {
      json: { rows: shopRows(200, index + 1), seed: index },
    })
    names.push(version.version)
  }
  return names
}

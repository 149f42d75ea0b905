// API keys over HTTP, for keys with the scope `admin`.

import type { z } from 'zod'
import { implement, type Route, respond } from '../../../endpoint.ts'
import type { KeyRecord, Keys } from '../../../platform/auth/api-keys.ts'
import { createKey, getKey, type KeySchema, listKeys, revokeKey } from './schema.ts'

type KeyView = z.input<typeof KeySchema>

export function keyRoutes(keys: Pick<Keys, 'create' | 'list' | 'get' | 'revoke'>): readonly Route[] {
  return [
    implement(createKey)(async ({ input }) => {
      const { expiresAt, ...rest } = input
      const { key, record } = await keys.create({ ...rest, expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt) })
      return respond(201, { key, record: keyView(record) }, { location: `/v1/keys/${record.id}` })
    }),
    implement(listKeys)(async ({ query }) => {
      const { items, nextCursor } = await keys.list(query)
      return { items: items.map(keyView), nextCursor }
    }),
    implement(getKey)(async ({ params }) => keyView(await keys.get(params.key))),
    implement(revokeKey)(async ({ params }) => keyView(await keys.revoke(params.key))),
  ]
}

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())

function keyView(record: KeyRecord): KeyView {
  return {
    id: record.id,
    name: record.name,
    prefix: record.prefix,
    scopes: record.scopes as KeyView['scopes'],
    createdAt: new Date(record.createdAt).toISOString(),
    lastUsedAt: iso(record.lastUsedAt),
    expiresAt: iso(record.expiresAt),
    revokedAt: iso(record.revokedAt),
    rateLimitPerMinute: record.rateLimitPerMinute,
  }
}

import type { KeyView } from '../../../../src/interfaces/client/index.ts'
import { client } from '../../client.ts'
import type { PagedOptions } from '../../ui/use-paged.ts'

export const keysQuery: PagedOptions<KeyView> = {
  queryKey: ['keys', 'list'],
  load: (cursor, signal) => client.keys.list({ cursor, limit: 100, signal }),
}

export type KeyState = 'active' | 'expiresSoon' | 'expired' | 'revoked'

const SOON_MS = 7 * 86_400_000

export function stateOf({ revokedAt, expiresAt }: KeyView, now: number): KeyState {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt === null) return 'active'
  const left = Date.parse(expiresAt) - now
  return left <= 0 ? 'expired' : left < SOON_MS ? 'expiresSoon' : 'active'
}

// What a scope includes: `admin` everything, `write` also `read`; `predict` and `train` stand alone.
import type { Principal, Scope } from '../../endpoint.ts'

/** Scopes a key can carry; `public` needs none. */
export const KEY_SCOPES: readonly Scope[] = ['predict', 'train', 'read', 'write', 'admin']

export function hasScope(principal: Principal, scope: Scope): boolean {
  if (scope === 'public') return true
  const { scopes } = principal
  return scopes.includes(scope) || scopes.includes('admin') || (scope === 'read' && scopes.includes('write'))
}

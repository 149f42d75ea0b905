// Who is signed in, what that allows, and what happens when the server stops knowing this browser.
import { type QueryClient, queryOptions, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useRef } from 'react'
import type { Scope } from '../../src/endpoint.ts'
import { TandemError } from '../../src/errors.ts'
import { client, type Session } from './client.ts'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => client.session.get({ signal }),
  staleTime: 60_000,
})

/** `admin` includes all others, `write` includes `read`, as on the server. */
export function allows(scopes: readonly Scope[] | undefined, scope: Scope): boolean {
  if (scope === 'public') return true
  return scopes?.some((granted) => granted === scope || granted === 'admin' || (granted === 'write' && scope === 'read')) ?? false
}

/** Whether the signed-in key may do what needs `scope`. */
export function useCan(scope: Scope): boolean {
  return allows(useSession()?.scopes, scope)
}

/** Given by the shell; asked by each row of a table, so it must cost nothing. */
export const SessionContext = createContext<Session | undefined>(undefined)

export function useSession(): Session | undefined {
  return useContext(SessionContext)
}

let leftByChoice = false

/** Whether who was signed in here has been signed out by something else than the button: expiry, revocation, another device. */
export function useWasCutOff(isSignedIn: boolean | undefined): boolean {
  const wasSignedIn = useRef(false)
  if (isSignedIn === true) {
    wasSignedIn.current = true
    leftByChoice = false
  }
  return isSignedIn === false && wasSignedIn.current && !leftByChoice
}

/** Leaves nothing of the one who signed out in memory. */
export function useSignOut(): (everywhere: boolean) => Promise<number> {
  const queryClient = useQueryClient()
  return async (everywhere) => {
    leftByChoice = true
    const { signedOut } = await client.session.signOut({ everywhere })
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
    await queryClient.invalidateQueries(sessionQuery)
    return signedOut
  }
}

/** Longest a burst of refused requests waits for one look at the session. */
const ASK_AGAIN_MS = 2_000
let askedAt = Number.NEGATIVE_INFINITY

/**
 * Called for each failed request. After a 401 the session is asked, which never answers 401 itself: if it has ended, the sign-in
 * page takes the place of the page; if not, the error stays where it happened. So nothing can go round in circles.
 */
export function onRequestFailed(error: unknown, queryClient: QueryClient): void {
  if (!TandemError.is(error) || error.code !== 'unauthorized') return
  const now = performance.now()
  if (now - askedAt < ASK_AGAIN_MS) return
  askedAt = now
  void queryClient.invalidateQueries(sessionQuery)
}

// Signing in from a browser: an API key or a one-time link becomes a cookie that no script can read.
import { z } from 'zod'
import { endpoint } from '../../../../endpoint.ts'

export const SessionSchema = z
  .object({
    signedIn: z.boolean(),
    name: z.string().nullable().describe('Name of the key that is signed in'),
    keyId: z.string().nullable(),
    scopes: z.array(z.enum(['predict', 'train', 'read', 'write', 'admin'])),
    expiresAt: z.iso.datetime().nullable().describe('When the browser session ends; null without one'),
    loopback: z.boolean().describe('Allowed without a key because the caller is on the same machine'),
    version: z.string().describe('Version of Tandem'),
    requestLimitPerMinute: z.int().optional(),
    signInHint: z.string().describe('How to sign in, for who is not'),
  })
  .meta({ id: 'Session' })

export const getSession = endpoint({
  method: 'GET',
  path: '/v1/session',
  scope: 'public',
  summary: 'Who is signed in, and what they may do',
  description: 'Answers 200 also when nobody is: `signedIn` says it.',
  output: SessionSchema,
})

export const signIn = endpoint({
  method: 'POST',
  path: '/v1/session',
  scope: 'public',
  summary: 'Sign in with an API key',
  description: 'Sets an HttpOnly, SameSite=Strict cookie. Pages of other sites are refused, and wrong keys are slowed down.',
  input: z.strictObject({ key: z.string().min(1).max(512) }),
  output: SessionSchema,
  errors: ['unauthorized', 'forbidden', 'rate_limited'],
  // A stored answer would store the cookie.
  idempotent: false,
})

export const signOut = endpoint({
  method: 'DELETE',
  path: '/v1/session',
  scope: 'public',
  summary: 'Sign out here, or everywhere',
  query: z.strictObject({
    everywhere: z.boolean().default(false).describe('true: ends every session and unused sign-in link of the key, on every device'),
  }),
  output: z.object({ signedOut: z.int().describe('How many sessions ended') }),
  errors: ['unauthorized', 'forbidden', 'rate_limited'],
})

export const createSignInLink = endpoint({
  method: 'POST',
  path: '/v1/session/links',
  scope: 'read',
  summary: 'Make a link that signs a browser in with this key',
  description: 'Good once, for ten minutes. For another browser or device; open it at the address of the server.',
  output: z.object({ path: z.string().describe('Below the address of the server'), expiresAt: z.iso.datetime() }),
  status: 201,
  errors: ['conflict'],
  idempotent: false,
})

// What a client and the server say to each other over the WebSocket of a live search.
import { z } from 'zod'
import { type SearchAnswer, SearchInputSchema } from '../schema.ts'

/** What a client sends. */
export const LiveMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('search'),
    id: z.int().min(0).describe('Comes back with each answer; a larger one each time, so that answers can be told apart'),
    search: SearchInputSchema,
  }),
  z.strictObject({ type: z.literal('cancel') }),
])

export type LiveMessage = z.infer<typeof LiveMessageSchema>

/** `first`: what the words alone found, while the model still reads the query; a `final` one follows. */
export type LiveStage = 'first' | 'final'

/** What the server sends. */
export type LiveReply =
  | { readonly type: 'authenticated'; readonly name: string }
  | { readonly type: 'hits'; readonly id: number; readonly stage: LiveStage; readonly answer: SearchAnswer }
  | {
      readonly type: 'error'
      /** Absent where the message could not be read. */
      readonly id?: number
      readonly code: string
      readonly detail: string
      readonly details?: Readonly<Record<string, unknown>>
      readonly errors?: readonly { readonly path: string; readonly message: string }[]
    }

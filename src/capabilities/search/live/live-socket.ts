// The WebSocket of a live search.
import { TandemError } from '../../../errors.ts'
import { compileValidator } from '../../../platform/validation/index.ts'
import { implementSocket, type SocketProblem, type SocketRoute, socketEndpoint } from '../../../socket.ts'
import type { SearchInput } from '../schema.ts'
import type { Search } from '../search.ts'
import { createLiveSearch } from './live-search.ts'
import { type LiveMessage, LiveMessageSchema, type LiveReply } from './schema.ts'

export const liveSearchSocket = socketEndpoint({
  path: '/v1/collections/:collection/live',
  scope: 'read',
  summary: 'Searches while somebody types: each search cancels the one before',
  // A vector of 8,192 numbers.
  maxMessageBytes: 256 * 1024,
})

export function liveSearchSockets(search: Pick<Search, 'search' | 'get' | 'liveSlots'>): SocketRoute[] {
  const check = compileValidator(LiveMessageSchema, { root: 'message' })
  return [
    implementSocket(liveSearchSocket)(async ({ params: { collection } }) => {
      // Refused before there is a socket where there is no such collection.
      await search.get(collection)
      return (peer, problemOf) => {
        const live = createLiveSearch({
          slots: search.liveSlots,
          search: (input, options) => search.search(collection, input, options),
        })
        const send = (reply: LiveReply): Promise<void> => peer.send(JSON.stringify(reply))
        return {
          async message(text) {
            const given = peer.readJson(text)
            const errors = check(given, text.length)
            const message = given as LiveMessage
            if (message?.type === 'cancel' && errors === undefined) return live.cancel()
            const id = idOf(given)
            try {
              if (errors !== undefined) throw wrong(errors)
              await peer.takeRequest()
            } catch (error) {
              // What was asked before is no longer wanted all the same.
              live.cancel()
              await send({ type: 'error', ...(id === undefined ? {} : { id }), ...problemOf(error) })
              return
            }
            ask(live, message as Asked, { send, problemOf })
          },
          closed: () => live.cancel(),
        }
      }
    }),
  ]
}

type Asked = Extract<LiveMessage, { readonly type: 'search' }>

interface Answering {
  send(reply: LiveReply): Promise<void>
  problemOf(error: unknown): SocketProblem
}

function ask(live: ReturnType<typeof createLiveSearch>, { id, search }: Asked, { send, problemOf }: Answering): void {
  live.ask({
    input: search as SearchInput,
    tell: (answer, stage) => send({ type: 'hits', id, stage, answer }),
    fail: (error) => send({ type: 'error', id, ...problemOf(error) }),
  })
}

function idOf(message: unknown): number | undefined {
  const id = (message as { readonly id?: unknown } | null)?.id
  return typeof id === 'number' && Number.isInteger(id) ? id : undefined
}

function wrong(errors: readonly { readonly path: string; readonly message: string }[]): TandemError {
  const more = errors.length > 1 ? ` There are ${errors.length - 1} more, see "errors".` : ''
  return new TandemError('invalid_input', `The message is wrong: ${errors[0]?.message}.${more}`, { errors: [...errors] })
}

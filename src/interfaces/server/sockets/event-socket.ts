// The WebSocket at /v1/events: the same events as the Server-Sent twin, for clients that speak both ways.
import { TandemError } from '../../../errors.ts'
import { implementSocket, type SocketRoute, socketEndpoint } from '../../../socket.ts'
import type { EventFeed } from '../event-feed.ts'
import { typesFrom } from '../event-types.ts'

const events = socketEndpoint({ path: '/v1/events', scope: 'read', summary: 'What happens, as it happens' })

export function eventSocket(feed: EventFeed): SocketRoute {
  return implementSocket(events)(({ query }) => {
    const asked = typesFrom(query.get('types') ?? undefined)
    return (peer) => {
      const subscription = feed.subscribe(asked, ({ text }) => void peer.send(text))
      return {
        // Told where the events stand, so that it knows whether it missed some.
        greeting: () => feed.position(),
        message(text) {
          const types = typesFrom(typesOf(text).join(','))
          subscription.setTypes(types)
          void peer.send(JSON.stringify({ type: 'subscribed', types, ...feed.position() }))
        },
        closed: () => subscription.stop(),
      }
    }
  })
}

function typesOf(text: string): readonly unknown[] {
  let message: { readonly type?: unknown; readonly types?: unknown } | null
  try {
    message = JSON.parse(text) as typeof message
  } catch {
    throw new TandemError(
      'malformed_body',
      'Messages are JSON: {"type":"authenticate","key":"tdm_..."} or {"type":"subscribe","types":["job.updated"]}.',
    )
  }
  if (message?.type === 'subscribe' && Array.isArray(message.types)) return message.types
  throw new TandemError(
    'invalid_input',
    'A message is {"type":"authenticate","key":"..."} or {"type":"subscribe","types":["job.updated"]}.',
  )
}

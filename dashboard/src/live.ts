// Live data over one WebSocket to /v1/events. Mounted pages name the topics they show; the union is asked for. Each event is
// applied by the table in live-topics.ts. The server counts its events; when a socket finds it further on than it was left, or
// started anew, everything on screen is asked for again. Nothing polls while the socket is up.
import type { QueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { FeedPosition, SentEvent } from '../../src/interfaces/server/event-feed.ts'
import { isServerThere } from './client.ts'
import { getConnection, setConnection } from './connection.ts'
import { applyEvent, type Topic } from './live-topics.ts'
import { sessionQuery } from './session.ts'

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 30_000
/** A socket that does not open within this is given up. */
const OPEN_WITHIN_MS = 8_000
const POLL_AFTER_MS = 10_000
const POLL_EVERY_MS = 15_000
/** Rows kept of a stream. */
const RING = 500

type EventOf<Name extends Topic> = Extract<SentEvent, { type: Name }>
/** What a socket says: events, its greeting, and its confirmations of what was asked for. */
type Message = SentEvent | ({ readonly type: 'authenticated' | 'subscribed' | 'error' } & Partial<FeedPosition>)

const wanted = new Map<Topic, number>()
const streams = new Map<Topic, Set<(event: SentEvent) => void>>()
let queryClient: QueryClient | undefined
let socket: WebSocket | undefined
let failures = 0
let retryTimer: ReturnType<typeof setTimeout> | undefined
let position: FeedPosition | undefined
let subscribeQueued = false

/** Connects, and stays so until `stop`. Called once somebody who may read is signed in. */
export function startLive(client: QueryClient): () => void {
  queryClient = client
  const onVisible = (): void => {
    if (document.visibilityState === 'visible' && socket === undefined) connectNow()
  }
  const poll = setInterval(() => {
    const { state, since } = getConnection()
    const down = state !== 'live' && Date.now() - since > POLL_AFTER_MS
    if (down && document.visibilityState === 'visible') void client.invalidateQueries({ refetchType: 'active' })
  }, POLL_EVERY_MS)
  document.addEventListener('visibilitychange', onVisible)
  addEventListener('online', connectNow)
  connectNow()
  return () => {
    clearInterval(poll)
    clearTimeout(retryTimer)
    document.removeEventListener('visibilitychange', onVisible)
    removeEventListener('online', connectNow)
    const open = socket
    socket = undefined
    queryClient = undefined
    position = undefined
    open?.close()
    setConnection({ state: 'off' })
  }
}

/** Tries at once instead of at the end of the pause. */
export function connectNow(): void {
  clearTimeout(retryTimer)
  if (queryClient === undefined || socket !== undefined) return
  if (getConnection().state === 'off') setConnection({ state: 'connecting', retryAt: undefined })
  const opened = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/v1/events?types=${typesWanted().join(',')}`)
  socket = opened
  const late = setTimeout(() => opened.close(), OPEN_WITHIN_MS)
  opened.onopen = () => {
    clearTimeout(late)
    failures = 0
    setConnection({ state: 'live', heardAt: Date.now(), retryAt: undefined })
    subscribe()
  }
  opened.onmessage = ({ data }) => receive(JSON.parse(String(data)) as Message)
  opened.onclose = ({ code }) => {
    clearTimeout(late)
    if (socket !== opened) return
    socket = undefined
    if (getConnection().state === 'live') setConnection({ heardAt: Date.now() })
    void retryLater(code)
  }
}

/** Asks for these topics while the caller is mounted. */
export function useLive(...topics: readonly Topic[]): void {
  const names = topics.join(',')
  useEffect(() => {
    const asked = names.split(',').filter(Boolean) as Topic[]
    for (const topic of asked) wanted.set(topic, (wanted.get(topic) ?? 0) + 1)
    queueSubscribe()
    return () => {
      for (const topic of asked) {
        const left = (wanted.get(topic) ?? 1) - 1
        if (left === 0) wanted.delete(topic)
        else wanted.set(topic, left)
      }
      queueSubscribe()
    }
  }, [names])
}

/** The newest rows of a stream, newest first, at most 500; drawn once per frame however many come. */
export function useLiveRows<Name extends Topic>(topic: Name, active = true): readonly EventOf<Name>['data'][] {
  const [rows, setRows] = useState<readonly EventOf<Name>['data'][]>([])
  const waiting = useRef<EventOf<Name>['data'][]>([])
  useLive(...(active ? [topic] : []))
  useEffect(() => {
    if (!active) return
    let frame = 0
    const draw = (): void => {
      frame = 0
      const fresh = waiting.current.splice(0).reverse()
      setRows((old) => [...fresh, ...old].slice(0, RING))
    }
    const listener = (event: SentEvent): void => {
      waiting.current.push(event.data as EventOf<Name>['data'])
      if (waiting.current.length > RING) waiting.current.shift()
      if (frame === 0) frame = requestAnimationFrame(draw)
    }
    const listening = streams.get(topic) ?? new Set()
    listening.add(listener)
    streams.set(topic, listening)
    return () => {
      listening.delete(listener)
      cancelAnimationFrame(frame)
    }
  }, [topic, active])
  return rows
}

function typesWanted(): readonly Topic[] {
  // Without any the server would send everything.
  return wanted.size === 0 ? ['model.updated'] : [...wanted.keys()].sort()
}

/** Pages mount and unmount in one go; the server is told once. */
function queueSubscribe(): void {
  if (subscribeQueued) return
  subscribeQueued = true
  queueMicrotask(() => {
    subscribeQueued = false
    subscribe()
  })
}

function subscribe(): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'subscribe', types: typesWanted() }))
}

function receive(message: Message): void {
  if (queryClient === undefined) return
  const before = position
  if (message.boot !== undefined && message.seq !== undefined) position = { boot: message.boot, seq: message.seq }
  if (!('data' in message)) {
    const isGreeting = message.type === 'authenticated'
    const isBehind = before !== undefined && (before.boot !== position?.boot || before.seq !== position.seq)
    if (isGreeting && isBehind) void queryClient.invalidateQueries({ refetchType: 'active' })
    return
  }
  applyEvent(queryClient, message)
  for (const listener of streams.get(message.type as Topic) ?? []) listener(message)
}

async function retryLater(code: number): Promise<void> {
  const client = queryClient
  if (client === undefined) return
  const pause = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.5 + Math.random() / 2)
  failures += 1
  const isThere = await isServerThere()
  if (queryClient !== client || socket !== undefined) return
  setConnection({ state: isThere ? 'polling' : 'gone', retryAt: Date.now() + pause })
  // The server ended it by policy: a key revoked, a session over. Ask who we are.
  if (isThere && (code === 1008 || failures === 1)) void client.invalidateQueries(sessionQuery)
  // A hidden page comes back by itself when it is looked at.
  if (document.visibilityState === 'visible') retryTimer = setTimeout(connectNow, pause)
}

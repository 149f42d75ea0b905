// Live data over the events of the typed client, which connects, comes back after a broken connection, and says when something may
// have been missed. Mounted pages name the topics they show; the union is asked for. Each event is applied by the table in
// live-topics.ts; after a gap everything on screen is asked for again. Nothing polls while the connection is up.
import type { QueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { ConnectionState, EventOf, Listening, TandemEvent } from '../../src/interfaces/client/index.ts'
import { client, isServerThere } from './client.ts'
import { getConnection, setConnection } from './connection.ts'
import { applyEvent, type Topic } from './live-topics.ts'
import { sessionQuery } from './session.ts'

const POLL_AFTER_MS = 10_000
const POLL_EVERY_MS = 15_000
/** After the server has refused the events for good, as with a key just revoked, it is asked again so seldom. */
const ASK_AGAIN_AFTER_MS = 30_000
/** Rows kept of a stream. */
const RING = 500

const wanted = new Map<Topic, number>()
const streams = new Map<Topic, Set<(event: TandemEvent) => void>>()
let queryClient: QueryClient | undefined
let listening: Listening | undefined
/** Nobody listened for a while: what is on screen may be old. */
let isBehind = false
let timesOpened = 0
let askAgainTimer: ReturnType<typeof setTimeout> | undefined
let subscribeQueued = false

/** Connects, and stays so until `stop`. Called once somebody who may read is signed in. */
export function startLive(queries: QueryClient): () => void {
  queryClient = queries
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') connectNow()
  }
  const poll = setInterval(() => {
    const { state, since } = getConnection()
    const down = state !== 'live' && Date.now() - since > POLL_AFTER_MS
    if (down && document.visibilityState === 'visible') void queries.invalidateQueries({ refetchType: 'active' })
  }, POLL_EVERY_MS)
  document.addEventListener('visibilitychange', onVisible)
  addEventListener('online', connectNow)
  connectNow()
  return () => {
    clearInterval(poll)
    document.removeEventListener('visibilitychange', onVisible)
    removeEventListener('online', connectNow)
    stopListening()
    queryClient = undefined
    isBehind = false
    setConnection({ state: 'off' })
  }
}

/** Tries at once instead of at the end of the pause. */
export function connectNow(): void {
  if (queryClient === undefined) return
  if (listening !== undefined) {
    if (getConnection().state !== 'live') listening.reconnect()
    return
  }
  clearTimeout(askAgainTimer)
  if (getConnection().state === 'off') setConnection({ state: 'connecting', retryAt: undefined })
  const started: Listening = client.events.listen(
    {
      types: typesWanted(),
      retries: Number.POSITIVE_INFINITY,
      onState: (state) => started === listening && void onState(state),
      onGap: askForAll,
    },
    receive,
  )
  listening = started
  started.done.catch(() => {
    if (started === listening) onRefused()
  })
}

function stopListening(): void {
  clearTimeout(askAgainTimer)
  const started = listening
  listening = undefined
  started?.stop()
}

async function onState(state: ConnectionState): Promise<void> {
  if (state.status === 'open') {
    timesOpened += 1
    setConnection({ state: 'live', heardAt: Date.now(), retryAt: undefined })
    if (isBehind) askForAll()
    isBehind = false
  }
  if (state.status !== 'waiting') return
  const retryAt = Date.now() + state.retryInMs
  const before = { listening, timesOpened }
  const wasLive = getConnection().state === 'live'
  if (wasLive) setConnection({ heardAt: Date.now() })
  const isThere = await isServerThere()
  // Meanwhile it may be back.
  if (before.listening !== listening || before.timesOpened !== timesOpened) return
  setConnection({ state: isThere ? 'polling' : 'gone', retryAt })
  // It may be the session that is over.
  if (isThere && wasLive) void queryClient?.invalidateQueries(sessionQuery)
  // A hidden page does not try; it comes back when it is looked at.
  if (document.visibilityState === 'hidden') pause()
}

function pause(): void {
  stopListening()
  isBehind = true
}

/** The key was revoked, or the session is over: ask who we are. Whoever is still signed in is tried again after a while. */
function onRefused(): void {
  pause()
  setConnection({ state: 'polling', retryAt: Date.now() + ASK_AGAIN_AFTER_MS })
  void queryClient?.invalidateQueries(sessionQuery)
  askAgainTimer = setTimeout(connectNow, ASK_AGAIN_AFTER_MS)
}

function askForAll(): void {
  void queryClient?.invalidateQueries({ refetchType: 'active' })
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
    const listener = (event: TandemEvent): void => {
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
    listening?.setTypes(typesWanted())
  })
}

function receive(event: TandemEvent): void {
  if (queryClient === undefined) return
  applyEvent(queryClient, event)
  for (const listener of streams.get(event.type as Topic) ?? []) listener(event)
}

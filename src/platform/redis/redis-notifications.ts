// Messages between servers by publish and subscribe, for databases that carry none: a PostgreSQL behind a pooler that hands out its
// connections by the transaction.
import type { Redis } from 'ioredis'
import { TandemError } from '../../errors.ts'
import { MAX_NOTIFICATION_BYTES, type Notifications } from '../storage/notifications.ts'
import type { RedisLink } from './redis.ts'

export interface RedisNotifications extends Notifications {
  close(): Promise<void>
}

export function createRedisNotifications(link: RedisLink): RedisNotifications {
  const listeners = new Map<string, Set<(payload: string) => void>>()
  const gaps = new Set<() => void>()
  let subscriber: Redis | undefined
  let wasReady = false
  const connect = (): Redis => {
    const redis = link.open()
    redis.on('message', (channel: string, payload: string) => {
      for (const listener of listeners.get(channel) ?? []) listener(payload)
    })
    // It subscribes again by itself; what was sent meanwhile is gone.
    redis.on('ready', () => {
      if (wasReady) for (const tell of gaps) tell()
      wasReady = true
    })
    return redis
  }
  return {
    async send(channel, payload) {
      const bytes = Buffer.byteLength(payload)
      if (bytes > MAX_NOTIFICATION_BYTES) {
        throw new TandemError('payload_too_large', `A message between servers has ${bytes} bytes; at most ${MAX_NOTIFICATION_BYTES} go.`)
      }
      const sent = await link.ask('events', (redis) => redis.publish(link.key('events', channel), payload))
      if (sent === undefined) throw new TandemError('unavailable', 'Redis cannot be reached, so other servers are not told.')
    },
    async listen(channel, listener, onGap) {
      const name = link.key('events', channel)
      subscriber ??= connect()
      const known = listeners.get(name)
      const all = known ?? new Set()
      listeners.set(name, all)
      all.add(listener)
      if (onGap !== undefined) gaps.add(onGap)
      // A Redis that is not there is waited for in the background: the server starts without it.
      if (known === undefined) {
        const subscribed = subscriber.subscribe(name).catch(() => {})
        await (link.state().up ? subscribed : undefined)
      }
      return async () => {
        all.delete(listener)
        if (onGap !== undefined) gaps.delete(onGap)
        if (all.size === 0) {
          listeners.delete(name)
          if (subscriber?.status === 'ready') await subscriber.unsubscribe(name).catch(() => {})
        }
      }
    },
    async close() {
      subscriber?.disconnect()
    },
  }
}

// The Redis that tests run on, under a prefix of their own; and a way to it that can be cut or held up.
import { randomUUID } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { connectRedis, type RedisLink, type RedisOptions, type RedisPurpose } from '../redis.ts'

export const REDIS_ABSENT = 'no Redis answers at 127.0.0.1:6379'
const PORT = 6379
const DATABASE = 9

export interface TestRedis extends AsyncDisposable {
  readonly url: string
  readonly prefix: string
  /** Lines of the log of all links. */
  readonly logged: string[]
  readonly failures: RedisPurpose[]
  /** Patient unless said: on a busy machine a Redis that is late is not gone. */
  link(url?: string, options?: Partial<RedisOptions>): Promise<RedisLink>
  /** A way through another port. */
  proxy(): Promise<RedisProxy>
}

export interface RedisProxy {
  readonly url: string
  /** Cuts all connections and refuses further ones. */
  cut(): Promise<void>
  /** Takes everything and gives nothing, until `go`. */
  hold(): void
  go(): void
  /** Lets connections through again. */
  mend(): Promise<void>
}

/** Undefined when no Redis answers. */
export async function testRedis(purpose: string): Promise<TestRedis | undefined> {
  const url = `redis://127.0.0.1:${PORT}/${DATABASE}`
  const admin = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 10_000 })
  admin.on('error', () => {})
  try {
    await admin.connect()
  } catch {
    return undefined
  }
  const prefix = `test:${purpose}:${randomUUID().slice(0, 8)}`
  const closing: (() => unknown)[] = []
  const logged: string[] = []
  const failures: RedisPurpose[] = []
  const note = (_: object, message: string): void => void logged.push(message)
  return {
    ...{ url, prefix, logged, failures },
    async link(at = url, more = {}) {
      const patient = { connectTimeoutMs: 30_000, commandTimeoutMs: 30_000 }
      const said = { log: { info: note, warn: note }, onFailure: (why: RedisPurpose) => void failures.push(why) }
      const link = await connectRedis({ url: at, prefix, ...said, ...patient, ...more })
      closing.push(() => link.close())
      return link
    },
    async proxy() {
      const made = await startProxy()
      closing.push(() => made.cut())
      return made
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close()
      for await (const keys of admin.scanStream({ match: `${prefix}:*` })) if (keys.length > 0) await admin.del(keys)
      admin.disconnect()
    },
  }
}

async function startProxy(): Promise<RedisProxy> {
  const sockets = new Set<Socket>()
  let port = 0
  let held = false
  const server = createServer((near) => {
    const far = connect(PORT, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => void (held || to.write(bytes)))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  const mend = async (): Promise<void> => {
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }
  await mend()
  return {
    url: `redis://127.0.0.1:${port}/${DATABASE}`,
    mend,
    hold: () => {
      held = true
    },
    go: () => {
      held = false
    },
    async cut() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

import { Agent, request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestServer, underWay } from './testing/test-server.ts'

interface Answer {
  readonly status: number
  readonly connection: string | undefined
}

/** One request on a kept connection; resolves to an error code when it was not answered. */
function ask(agent: Agent, url: string): Promise<Answer | string> {
  return new Promise((resolve) => {
    const sent = request(url, { agent }, (response) => {
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode ?? 0, connection: response.headers.connection }))
    })
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    sent.end()
  })
}

describe('close', () => {
  test('answers every accepted request under load, then refuses new connections', async () => {
    for (let round = 0; round < 3; round += 1) {
      const at = await startTestServer()
      const agent = new Agent({ keepAlive: true, maxSockets: 32 })
      let answered = 0
      let closing = 0
      const failures: string[] = []
      const load = async (): Promise<void> => {
        for (;;) {
          const answer = await ask(agent, `${at.url}/v1/slow/${Math.floor(Math.random() * 20)}`)
          if (answer === 'ECONNREFUSED') return
          if (typeof answer === 'string' || answer.status !== 200) {
            failures.push(typeof answer === 'string' ? answer : String(answer.status))
            return
          }
          answered += 1
          if (answer.connection === 'close') closing += 1
        }
      }
      const clients = Array.from({ length: 32 }, load)
      await expect.poll(() => answered).toBeGreaterThan(100)
      const { cutOff } = await at.server.close({ drainMs: 600_000 })
      await Promise.all(clients)
      agent.destroy()
      await at[Symbol.asyncDispose]()
      expect(failures).toEqual([])
      expect(cutOff).toBe(0)
      expect(closing).toBeGreaterThan(0)
    }
  })

  test('serves whoever had connected, however long the turns of a busy machine are', async () => {
    await using at = await startTestServer()
    const agent = new Agent()
    const busy = setInterval(() => {
      for (const until = performance.now() + 20; performance.now() < until; );
    }, 1)
    // None of them is accepted before the event loop turns.
    const asked = Array.from({ length: 30 }, () => ask(agent, `${at.url}/v1/slow/0`))
    const closing = at.server.close({ drainMs: 600_000 })
    const answers = await Promise.all(asked)
    clearInterval(busy)
    expect(answers.map((answer) => (typeof answer === 'string' ? answer : answer.status))).toEqual(Array(30).fill(200))
    expect(await closing).toEqual({ cutOff: 0 })
  })

  test('waits for slow requests up to the limit, and cuts off what is left', async () => {
    await using patient = await startTestServer()
    const slow = patient.fetch('/v1/slow/700')
    await expect.poll(() => underWay.requests, { interval: 5 }).toBe(1)
    // A wait of the whole limit would be one without end.
    expect(await patient.server.close({ drainMs: 600_000 })).toEqual({ cutOff: 0 })
    expect((await slow).status).toBe(200)

    await using hasty = await startTestServer()
    const endless = hasty.fetch('/v1/slow/60000').then(
      () => 'answered',
      () => 'cut off',
    )
    await expect.poll(() => underWay.requests, { interval: 5 }).toBe(1)
    expect(await hasty.server.close({ drainMs: 200 })).toEqual({ cutOff: 1 })
    expect(await endless).toBe('cut off')
  })

  test('ends event streams and sockets at once, and is not ready meanwhile', async () => {
    await using at = await startTestServer()
    const stream = await at.fetch('/v1/events')
    const socket = new WebSocket(`${at.url.replace('http', 'ws')}/v1/events`, { headers: { authorization: `Bearer ${at.adminKey}` } })
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.on('open', resolve))
    const agent = new Agent({ keepAlive: true })
    await ask(agent, `${at.url}/health/ready`)
    const slow = at.fetch('/v1/slow/1500')
    await expect.poll(() => underWay.requests, { interval: 5 }).toBe(1)
    const closing = at.server.close({ drainMs: 600_000 })
    expect(await ask(agent, `${at.url}/health/ready`)).toEqual({ status: 503, connection: 'close' })
    expect(await stream.text()).toBe('')
    expect(await closed).toBe(1001)
    await closing
    expect((await slow).status).toBe(200)
    expect(await at.server.close()).toEqual({ cutOff: 0 })
    agent.destroy()
  })

  test('with nothing open waits for nothing', async () => {
    await using at = await startTestServer()
    await at.fetch('/health/live')
    await at.server.close({ drainMs: 600_000 })
  })
})

describe('listen', () => {
  test('says that the port is taken and what to do', async () => {
    await using first = await startTestServer()
    await expect(startTestServer({ settings: { port: first.port } })).rejects.toMatchObject({
      code: 'invalid_config',
      details: { port: first.port },
      message: expect.stringContaining('TANDEM_PORT'),
    })
  })

  test('says that the address is not of this machine', async () => {
    await expect(startTestServer({ settings: { host: '192.0.2.1' } })).rejects.toMatchObject({ code: 'invalid_config' })
  })
})

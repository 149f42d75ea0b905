import { afterAll, describe, expect, test } from 'vitest'
import { createStreamThread, type StreamThread } from './stream-thread.ts'
import { STREAM_TASKS } from './testing/stream-tasks.ts'

const program = new URL('./testing/stream-tasks.ts', import.meta.url)
const made: StreamThread[] = []

function thread(options: { idleTimeoutMs?: number } = {}): StreamThread {
  const one = createStreamThread({ program, tasks: STREAM_TASKS, ...options })
  made.push(one)
  return one
}

afterAll(() => Promise.all(made.map((one) => one.close())))

async function* chunks(count: number, bytes: number, before?: (chunk: number) => void | Promise<void>): AsyncGenerator<Uint8Array> {
  for (let chunk = 0; chunk < count; chunk++) {
    await before?.(chunk)
    yield new Uint8Array(bytes).fill(chunk)
  }
}

describe('a stream thread', () => {
  test.each([
    ['on the event loop when the stream is short', 3, 100],
    ['on the thread when it is not', 40, 10_000],
  ])('gives back what the task gives out, in order: %s', async (_, count, bytes) => {
    const taken: number[] = []
    const result = await thread().run(
      'echo',
      { plus: 1 },
      { input: chunks(count, bytes), onOutput: async (chunk) => void taken.push(chunk[0]!) },
    )
    expect(result).toEqual({ bytes: 1 + count * bytes })
    expect(taken).toEqual(Array.from({ length: count }, (_, index) => index))
  })

  test('asks for no more than the task reads, and waits until an output is taken', async () => {
    let sent = 0
    let taken = 0
    let ahead = 0
    await thread().run(
      'echo',
      { plus: 0 },
      {
        input: chunks(50, 10_000, () => void sent++),
        async onOutput() {
          await new Promise((resolve) => setTimeout(resolve, 1))
          taken++
          ahead = Math.max(ahead, sent - taken)
        },
      },
    )
    expect(ahead).toBeLessThan(3)
  })

  test('serves others while one stream waits for its sender', async () => {
    const streams = thread()
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = streams.run('echo', { plus: 0 }, { input: chunks(20, 10_000, async (chunk) => void (chunk === 10 && (await held))) })
    expect(await streams.run('echo', { plus: 0 }, { input: chunks(20, 10_000) })).toEqual({ bytes: 200_000 })
    release()
    expect(await slow).toEqual({ bytes: 200_000 })
  })

  test('rejects with the error of the task, of the input and of who takes the output', async () => {
    const streams = thread()
    const run = (task: string, input: AsyncIterable<Uint8Array>, onOutput?: () => Promise<void>) =>
      streams.run(task, { plus: 0 }, { input, ...(onOutput ? { onOutput } : {}) })
    await expect(run('refuse', chunks(9, 10_000))).rejects.toMatchObject({ code: 'invalid_input', errors: [{ path: '/0' }] })
    const broken = chunks(9, 10_000, (chunk) => {
      if (chunk === 5) throw new Error('the line went dead')
    })
    await expect(run('echo', broken)).rejects.toThrow('the line went dead')
    await expect(run('echo', chunks(9, 10_000), () => Promise.reject(new Error('no room')))).rejects.toThrow('no room')
  })

  test('ends the input when the task fails or the caller cancels', async () => {
    const streams = thread()
    let ended = 0
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(10_000)
      } finally {
        ended++
      }
    }
    await expect(streams.run('refuse', {}, { input: endless() })).rejects.toMatchObject({ code: 'invalid_input' })
    const controller = new AbortController()
    const running = streams.run(
      'echo',
      { plus: 0 },
      { input: endless(), onOutput: async () => controller.abort(new Error('enough')), signal: controller.signal },
    )
    await expect(running).rejects.toThrow('enough')
    await expect.poll(() => ended).toBe(2)
  })

  test('that dies rejects what it ran, and a new one takes its place', async () => {
    const streams = thread()
    await expect(streams.run('die', {}, { input: chunks(9, 10_000) })).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('exit status 3'),
    })
    expect(await streams.run('echo', { plus: 0 }, { input: chunks(9, 10_000) })).toEqual({ bytes: 90_000 })
  })

  test('that was idle starts again', async () => {
    const streams = thread({ idleTimeoutMs: 1 })
    for (let time = 0; time < 3; time++) {
      expect(await streams.run('echo', { plus: 0 }, { input: chunks(2, 10_000) })).toEqual({ bytes: 20_000 })
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })

  test('that is closed takes nothing more', async () => {
    const streams = thread()
    const never = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10_000)
      await new Promise(() => {})
    }
    const open = streams.run('echo', { plus: 0 }, { input: never() })
    open.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 50))
    await streams.close()
    await expect(open).rejects.toMatchObject({ code: 'unavailable' })
    await expect(streams.run('echo', {}, { input: chunks(1, 1) })).rejects.toMatchObject({ code: 'unavailable' })
  })
})

// What can go wrong with a worker that serves. The workers are real processes: testing/misbehaving_worker.py.
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { failureReason } from './failure.ts'
import { CANARY_TIMING } from './python-options.ts'
import { limitMemory, NO_MEMORY_LIMIT } from './testing/memory-limit.ts'
import { embedCall, groupOf, isAlive, NO_PYTHON, PYTHON, type RuntimeBench, runtimeWith } from './testing/runtime-bench.ts'

const workerOf = (bench: RuntimeBench, at = 0) => bench.runtime.view().workers[at]!
const reasonOf = (call: Promise<unknown>) => call.then(() => 'answered', failureReason)

afterEach(() => vi.restoreAllMocks())

describe.skipIf(PYTHON === undefined)(`answers of a worker that are none (${NO_PYTHON})`, () => {
  let bench: RuntimeBench
  beforeAll(async () => {
    bench = runtimeWith({}, { timing: { intervalMs: 60_000, timeoutMs: 5_000, missesAllowed: 5, goodNeeded: 1, recoveryMs: 10 } })
    await bench.ready()
    return () => bench[Symbol.asyncDispose]()
  })

  test.each([
    ['fault:truncated', 'exited', /ended after \d+ of 5000 bytes/],
    ['fault:half_close', 'exited', /ended the connection/],
    ['fault:json', 'bad_answer', /not JSON/],
    ['fault:not_http', 'bad_answer', /not HTTP/],
    ['fault:nan', 'bad_answer', /is NaN/],
    ['fault:json_nan', 'bad_answer', /not JSON/],
    ['fault:dimension', 'bad_answer', /shape \[1, 5\]/],
    ['fault:length', 'bad_answer', /Inference-Header-Content-Length/],
    ['fault:id', 'bad_answer', /another request/],
    ['fault:model', 'bad_answer', /for the model "another"/],
    ['fault:announced', 'bad_answer', /104857600 bytes/],
    ['fault:endless', 'bad_answer', /67108864 are the most/],
    ['fault:redirect', 'bad_answer', /307/],
    ['fault:error', 'bad_answer', /500/],
    ['fault:busy', 'overloaded', /queue is full/],
    ['fault:absent', 'model_missing', /not installed/],
    ['fault:drip', 'timeout', /within 400 ms/],
  ])('%s is found out, and the worker serves on', async (text, reason, words) => {
    const error = await bench.embed(text, { timeoutMs: text === 'fault:drip' ? 400 : 20_000 }).catch((thrown: unknown) => thrown)
    expect(failureReason(error)).toBe(reason)
    expect((error as Error).message).toMatch(words)
    expect(await bench.embed('well')).toEqual([4, 119, 1, 0])
    expect(workerOf(bench).state).toBe('ready')
  })

  test('another version of the model than asked is refused, and the one asked is taken', async () => {
    expect((await bench.runtime.infer({ ...embedCall('text'), version: '1' })).modelVersion).toBe('1')
    const error = await bench.runtime.infer({ ...embedCall('fault:version'), version: '1' }).catch((thrown: unknown) => thrown)
    expect((error as Error).message).toContain('version "2"')
  })

  test('what the worker refuses as wrong is the caller’s error, not a failure of the worker', async () => {
    await expect(bench.embed('fault:refuse')).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('too long') })
    expect(await reasonOf(bench.runtime.infer({ ...embedCall('text'), model: 'a/b/../c' }))).toBe('model_missing')
  })

  test('an answer in lines comes as it is made, and ends when nobody reads on', async () => {
    const signal = AbortSignal.timeout(10_000)
    const lines: unknown[] = []
    for await (const line of bench.runtime.stream('/tandem/v1/train', '{}', { contentType: 'application/json', signal })) lines.push(line)
    expect(lines).toHaveLength(4)
    expect(lines.at(-1)).toEqual({ type: 'result', rows: 3 })
    for await (const _ of bench.runtime.stream('/tandem/v1/train', '{}', { contentType: 'application/json', signal })) break
    expect(workerOf(bench).inFlight).toBe(0)
  })

  test('a call that is called off gives its place back', async () => {
    const stop = new AbortController()
    const call = bench.embed('fault:sleep:2000', { signal: stop.signal })
    await bench.until('the call', () => workerOf(bench).inFlight === 1)
    stop.abort(new Error('changed my mind'))
    await expect(call).rejects.toThrow('changed my mind')
    expect(workerOf(bench).inFlight).toBe(0)
  })
})

describe.skipIf(PYTHON === undefined)(`a worker that ends (${NO_PYTHON})`, () => {
  test.each([
    ['SIGKILL while idle', 'kill', 'SIGKILL'],
    ['status 0 unasked', 'fault:exit:0', 'ended with status 0'],
    ['SIGABRT in a request', 'fault:abort', 'SIGABRT'],
    ['SIGSEGV in a request', 'fault:segv', 'SIGSEGV'],
    ['SIGKILL in a request', 'fault:die', 'SIGKILL'],
  ])('by %s: the call fails as exited, and a new one comes after good canaries', async (_, text, words) => {
    // Ending can take long on a busy machine; this is about ends, not about silence.
    await using bench = runtimeWith({}, { timing: { ...CANARY_TIMING, goodNeeded: 2, recoveryMs: 15 } })
    await bench.ready()
    const before = bench.pid()
    if (text === 'kill') process.kill(before, 'SIGKILL')
    else expect(await reasonOf(bench.embed(text))).toBe('exited')
    await bench.until('the end', () => bench.restarts.length === 1)
    expect(bench.restarts[0]).toEqual({ worker: 'python-1', reason: 'exited' })
    expect(bench.changes.find(({ state }) => state === 'down')?.reason).toContain(words)
    await bench.until('a new worker', () => workerOf(bench).state === 'ready')
    expect(bench.pid()).not.toBe(before)
    expect(await bench.embed('back')).toEqual([4, 98, 1, 0])
  })

  test(`by the kernel, because it took more memory than there is (${NO_MEMORY_LIMIT})`, async ({ skip }) => {
    using limit = limitMemory(128 * 2 ** 20)
    if (limit === undefined) return skip(NO_MEMORY_LIMIT)
    await using bench = runtimeWith({}, { timing: { ...CANARY_TIMING, intervalMs: 60_000, timeoutMs: 30_000 } })
    await bench.ready()
    const before = bench.pid()
    limit.add(before)
    expect(await reasonOf(bench.embed('fault:memory', { timeoutMs: 20_000 }))).toBe('exited')
    await bench.until('the end', () => bench.restarts.length === 1)
    expect(bench.changes.find(({ state }) => state === 'down')?.reason).toContain('SIGKILL')
    await bench.until('a new worker', () => workerOf(bench).state === 'ready' && bench.pid() !== before, 20_000)
    expect(await bench.embed('back')).toEqual([4, 98, 1, 0])
  })

  test('not, although it may take no more memory: that call fails, the others are answered', async () => {
    await using bench = runtimeWith({ memory_bytes: 700 * 2 ** 20 })
    await bench.ready()
    expect(await reasonOf(bench.embed('fault:memory'))).toBe('exited')
    expect(await bench.embed('on')).toEqual([2, 111, 1, 0])
    expect(bench.restarts).toEqual([])
    expect(bench.runtime.log(100).map(({ message }) => message)).toContainEqual(expect.stringContaining('MemoryError'))
  })

  test('while another serves: the call is answered by that one', async () => {
    await using bench = runtimeWith({}, { workers: 2 })
    await bench.ready()
    expect(await bench.embed(`fault:die_once:${join(bench.folder, 'died')}`)).toHaveLength(4)
    await bench.until('the end', () => bench.restarts.length === 1)
    expect(await Promise.all(Array.from({ length: 20 }, () => bench.embed('on')))).toHaveLength(20)
  })

  test('takes with it what it has started', async () => {
    await using bench = runtimeWith({ grandchild: true })
    await bench.ready()
    const pid = bench.pid()
    expect(groupOf(pid).length).toBe(2)
    process.kill(pid, 'SIGKILL')
    await bench.until('the end of all', () => groupOf(pid).length === 0)
  })
})

describe.skipIf(PYTHON === undefined)(`a worker that hangs (${NO_PYTHON})`, () => {
  test('by SIGSTOP is found out by its canaries, gets no more requests, and is replaced', async () => {
    await using bench = runtimeWith(
      {},
      { timing: { ...CANARY_TIMING, intervalMs: 100, timeoutMs: 1_000, missesAllowed: 2, goodNeeded: 2 } },
    )
    await bench.ready()
    const before = bench.pid()
    process.kill(before, 'SIGSTOP')
    // Who can go elsewhere is not kept waiting for the whole time limit.
    expect(await reasonOf(bench.embed('text', { timeoutMs: 60_000 }))).toBe('hung')
    expect(await reasonOf(bench.embed('text'))).toBe('hung')
    await bench.until('a new worker', () => workerOf(bench).state === 'ready' && bench.pid() !== before)
    expect(bench.restarts).toEqual([{ worker: 'python-1', reason: 'hung' }])
    expect(isAlive(before)).toBe(false)
  })

  test('for a while gets requests again only after several good canaries', async () => {
    const timing = { intervalMs: 50, timeoutMs: 1_000, missesAllowed: 1_000, goodNeeded: 3, recoveryMs: 10 }
    await using bench = runtimeWith({}, { timing })
    await bench.ready()
    bench.hang(true)
    await bench.until('the miss', () => workerOf(bench).state === 'degraded')
    expect(await reasonOf(bench.embed('text'))).toBe('hung')
    bench.hang(false)
    await bench.until('recovery', () => workerOf(bench).state === 'ready')
    expect(bench.changes.map(({ state }) => state)).toEqual(['starting', 'ready', 'degraded', 'ready'])
    expect(bench.restarts).toEqual([])
  })

  test('under load is not what a busy worker is: while it answers others, a late canary is no miss', async () => {
    const timing = { intervalMs: 30, timeoutMs: 1_000, missesAllowed: 1, goodNeeded: 1, recoveryMs: 10 }
    await using bench = runtimeWith({}, { timing })
    await bench.ready()
    bench.hang(true)
    const endsAt = performance.now() + 1_200
    while (performance.now() < endsAt) await bench.embed('fault:sleep:10')
    expect(bench.restarts).toEqual([])
    expect(workerOf(bench).state).toBe('ready')
  })

  test('in one request only is replaced without a gap, and the others are answered meanwhile', async () => {
    await using bench = runtimeWith({}, { timing: { intervalMs: 20, timeoutMs: 5_000, missesAllowed: 2, goodNeeded: 1, recoveryMs: 10 } })
    await bench.ready()
    const before = bench.pid()
    expect(await reasonOf(bench.embed('fault:sleep:600000', { timeoutMs: 150 }))).toBe('timeout')
    while (bench.pid() === before) expect(await bench.embed('on')).toEqual([2, 111, 1, 0])
    expect(bench.changes.map(({ state }) => state)).not.toContain('down')
  })
})

describe.skipIf(PYTHON === undefined)(`workers under load (${NO_PYTHON})`, () => {
  test('a hundred callers who wait for a start are let in a few at a time, each once', async () => {
    // Without canaries, which are let in beside them.
    await using bench = runtimeWith({ ready_after_ms: 200 }, { waiting: 200, timing: { ...CANARY_TIMING, intervalMs: 600_000 } })
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => bench.embed(`caller ${at}`, { wait: true, timeoutMs: 60_000 })),
    )
    expect(answers).toHaveLength(100)
    const status = await statusOf(bench)
    expect(status.calls).toBe(100)
    expect(status.most_open).toBeLessThanOrEqual(4)
  })

  test('the queue is bounded: who comes later is told at once', async () => {
    await using bench = runtimeWith({}, { waiting: 3, inFlightPerWorker: 1 })
    await bench.ready()
    const reasons = await Promise.all(Array.from({ length: 10 }, () => reasonOf(bench.embed('fault:sleep:50'))))
    expect(reasons.filter((reason) => reason === 'answered')).toHaveLength(4)
    expect(reasons.filter((reason) => reason === 'overloaded')).toHaveLength(6)
  })

  test('who waits in the queue gives up after his own time', async () => {
    await using bench = runtimeWith({}, { inFlightPerWorker: 1 })
    await bench.ready()
    const long = bench.embed('fault:sleep:400')
    expect(await reasonOf(bench.embed('text', { timeoutMs: 50 }))).toBe('timeout')
    expect(await long).toHaveLength(4)
    expect(bench.runtime.view().queue).toMatchObject({ waiting: 0, inFlight: 0 })
  })

  test('the least busy worker is asked', async () => {
    await using bench = runtimeWith({}, { workers: 2, graceMs: 100 })
    await bench.ready()
    const enough = new AbortController()
    const long = bench.embed('fault:sleep:60000', { signal: enough.signal })
    await bench.until('the long one', () => bench.runtime.view().queue.inFlight === 1)
    const busy = workerOf(bench, 0).inFlight === 1 ? 0 : 1
    for (let call = 0; call < 5; call++) await bench.embed('short')
    expect(workerOf(bench, 1 - busy).served).toBe(5)
    enough.abort(new Error('long enough'))
    await expect(long).rejects.toThrow('long enough')
  })
})

describe.skipIf(PYTHON === undefined)(`a worker that is replaced (${NO_PYTHON})`, () => {
  test('on restart hands over without a call failing', async () => {
    await using bench = runtimeWith()
    await bench.ready()
    const before = bench.pid()
    let restarted = false
    const restart = bench.runtime.restart().then(() => {
      restarted = true
    })
    while (!restarted) expect(await bench.embed('on')).toEqual([2, 111, 1, 0])
    await restart
    expect(bench.pid()).not.toBe(before)
    expect(isAlive(before)).toBe(false)
    expect(workerOf(bench).failed).toBe(0)
  })

  test('by a bad one serves on, and the restart says why', async () => {
    await using bench = runtimeWith()
    await bench.ready()
    const before = bench.pid()
    bench.script({ bad_canary: true })
    await expect(bench.runtime.restart()).rejects.toThrow('the model is damaged')
    expect(bench.pid()).toBe(before)
    expect(await bench.embed('on')).toEqual([2, 111, 1, 0])
  })

  test('above the memory ceiling is recycled', async () => {
    await using bench = runtimeWith(
      { rss_bytes: 2_000_000_000 },
      { maxMemoryBytes: 1_000_000_000, timing: { intervalMs: 20, timeoutMs: 5_000, missesAllowed: 3, goodNeeded: 1, recoveryMs: 10 } },
    )
    await bench.ready()
    const before = bench.pid()
    bench.script({})
    await bench.until('another worker', () => bench.pid() !== before && bench.pid() !== null)
    expect(bench.changes.at(-1)).toMatchObject({ state: 'ready', reason: expect.stringContaining('above the ceiling of 1000000000') })
  })

  test('finishes what it was given before it stops, and takes nothing new', async () => {
    await using bench = runtimeWith({ slow_stop_ms: 3_000 }, { graceMs: 30_000 })
    await bench.ready()
    const call = bench.embed('fault:sleep:500')
    await bench.until('the call', () => workerOf(bench).inFlight === 1)
    const stopping = bench.runtime.stop()
    expect(await reasonOf(bench.embed('late'))).toBe('stopped')
    expect(await call).toHaveLength(4)
    await stopping
    expect(bench.runtime.state).toBe('stopped')
  })

  test('counts time by a clock that nobody sets: a jump of the wall clock changes nothing', async () => {
    await using bench = runtimeWith()
    await bench.ready()
    const real = Date.now
    for (const days of [400, -400]) {
      vi.spyOn(Date, 'now').mockImplementation(() => real() + days * 86_400_000)
      expect(await bench.embed('on', { timeoutMs: 5_000 })).toEqual([2, 111, 1, 0])
      await new Promise((resolve) => setTimeout(resolve, 120))
    }
    expect(bench.restarts).toEqual([])
    expect(workerOf(bench).uptimeSeconds).toBeLessThan(60)
  })
})

async function statusOf(bench: RuntimeBench): Promise<{ calls: number; most_open: number }> {
  const { createInferenceClient } = await import('./inference-client.ts')
  const { readFileSync } = await import('node:fs')
  const { token, socket } = JSON.parse(readFileSync(join(bench.folder, 'run', 'python-1.json'), 'utf8')) as {
    token: string
    socket: string
  }
  const client = createInferenceClient({ url: 'http://worker', socketPath: socket, token })
  const status = await client.json('GET', '/tandem/v1/status', { timeoutMs: 60_000 })
  client.close()
  return status as unknown as { calls: number; most_open: number }
}

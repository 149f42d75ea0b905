import { afterEach, describe, expect, test } from 'vitest'
import { TandemError } from '../../../errors.ts'
import { createEvents, type ServerEvents } from '../../../platform/events/create-events.ts'
import { createPathStats } from '../../../platform/python/path-stats.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { openDatabase } from '../../../platform/storage/open-database.ts'
import { decideStep } from './decide-step.ts'
import { createRecentTexts } from './recent-texts.ts'
import { createRollouts, type Rollouts } from './rollouts.ts'
import type { Rollout } from './schema.ts'
import { createRolloutStore } from './store-sql.ts'

const MODEL = 'all-MiniLM-L6-v2'
const QUICK = { model: MODEL, holdSeconds: 10, minTexts: 20 }

interface Server extends Rollouts {
  readonly told: string[]
  /** Traffic that the workers answered, or not. */
  serve(calls: number, ok?: boolean): void
}

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]()
})

/** Texts as their letters' counts: the workers give the same, or with `turned` others. */
function lettersOf(text: string, turned: boolean): Float32Array {
  const counts = new Float32Array(27)
  for (const letter of text.toLowerCase()) counts[Math.max(0, letter.charCodeAt(0) - 96) % 27]!++
  return turned ? counts.map((value, at) => (at % 2 === 0 ? -value : value)) : counts
}

async function world() {
  const database: Database = await openDatabase({ dataDir: ':memory:' })
  const events: ServerEvents = await createEvents({ database })
  const state = { now: 1_000_000, turned: false, nodeMs: 2, workerMs: 2, timedMs: 0, fails: false }
  open.push({
    async [Symbol.asyncDispose]() {
      await events.close()
      await database.close()
    },
  })
  const server = async (): Promise<Server> => {
    const paths = createPathStats()
    const told: string[] = []
    events.on('rollout.changed', ({ status, share }) => told.push(`${status} ${share}`))
    const rollouts = createRollouts({
      ...{
        store: createRolloutStore(database),
        recent: createRecentTexts(),
        events,
        clock: () => state.now,
        stopwatch: () => state.timedMs,
      },
      log: { info: () => {}, warn: () => {} },
      workerPaths: () => paths.list(),
      checkEveryMs: 3_600_000,
      embeddings: {
        async encodeBy(model, runtime, texts) {
          if (model !== MODEL) throw new TandemError('conflict', `The model "${model}" is computed by node alone, not by ${runtime}.`)
          if (runtime === 'python' && state.fails) throw new TandemError('unavailable', 'The worker does not answer.')
          state.timedMs += runtime === 'python' ? state.workerMs : state.nodeMs
          return texts.map((text) => lettersOf(text, runtime === 'python' && state.turned))
        },
      },
    })
    await rollouts.start()
    open.unshift({ [Symbol.asyncDispose]: () => rollouts.close() })
    const serve = (calls: number, ok = true): void => {
      for (let call = 0; call < calls; call++) paths.observe('embed', MODEL, { items: 1, ms: 1, ok })
    }
    return Object.assign(rollouts, { told, serve })
  }
  /** A step's time passes, with traffic and checks. */
  const step = async (rollouts: Server): Promise<Rollout> => {
    rollouts.serve(25)
    for (let check = 0; check < 3; check++) await rollouts.check()
    state.now += 11_000
    await rollouts.check()
    return rollouts.get(MODEL)
  }
  return { server, state, step }
}

describe('a rollout', () => {
  test('goes by its steps to all of the traffic, and stays there until it is taken back', async () => {
    const { server, step } = await world()
    const rollouts = await server()
    expect(rollouts.share(MODEL)).toBeUndefined()
    expect(await rollouts.begin(QUICK)).toMatchObject({ status: 'running', share: 0.1, step: 0 })
    expect(rollouts.share(MODEL)).toBe(0.1)
    expect((await step(rollouts)).share).toBe(0.5)
    expect((await step(rollouts)).share).toBe(1)
    const complete = await step(rollouts)
    expect(complete).toMatchObject({ status: 'complete', share: 1 })
    expect(complete.history.map(({ share }) => share)).toEqual([0.1, 0.5, 1, 1])
    expect(await rollouts.abort(MODEL)).toMatchObject({ status: 'aborted', share: 0 })
    expect(rollouts.share(MODEL)).toBeUndefined()
    expect(rollouts.told).toEqual(['running 0.1', 'running 0.5', 'running 1', 'complete 1', 'aborted 0'])
    await expect(rollouts.abort(MODEL)).rejects.toThrow(/aborted already/)
  })

  test('waits for time, for texts and for checks', async () => {
    const { server, state } = await world()
    const rollouts = await server()
    await rollouts.begin(QUICK)
    for (let check = 0; check < 4; check++) await rollouts.check()
    state.now += 11_000
    await rollouts.check()
    expect(rollouts.get(MODEL)).toMatchObject({ share: 0.1, measured: { texts: 0, checks: 5, cosine: expect.closeTo(1, 6) } })
    rollouts.serve(20)
    await rollouts.check()
    expect(rollouts.get(MODEL).share).toBe(0.5)
  })

  test.each([
    ['other vectors', { turned: true }, /cosine .* at least 0\.95/],
    ['late answers', { workerMs: 8 }, /took 4.00 times as long as Node; at most 2/],
  ])('sends all back to Node for %s', async (_, fault, reason) => {
    const { server, state, step } = await world()
    const rollouts = await server()
    await rollouts.begin(QUICK)
    Object.assign(state, fault)
    const back = await step(rollouts)
    expect(back).toMatchObject({ status: 'stepped-back', share: 0, reason: expect.stringMatching(reason), finishedAt: expect.any(String) })
    expect(rollouts.share(MODEL)).toBe(0)
    expect((await step(rollouts)).status).toBe('stepped-back')
  })

  test('does not judge times below a millisecond', async () => {
    const { server, state, step } = await world()
    const rollouts = await server()
    await rollouts.begin(QUICK)
    Object.assign(state, { nodeMs: 0.01, workerMs: 0.9 })
    expect(await step(rollouts)).toMatchObject({ status: 'running', share: 0.5, reason: 'All gates held for 25 texts.' })
  })

  test('sends all back to Node for calls that fail', async () => {
    const { server } = await world()
    const rollouts = await server()
    await rollouts.begin(QUICK)
    rollouts.serve(30)
    rollouts.serve(2, false)
    await rollouts.check()
    expect(rollouts.get(MODEL)).toMatchObject({ status: 'stepped-back', reason: '2 of 32 calls to the workers failed; at most 1 % may.' })
  })

  test('refuses a model of one runtime, workers that do not answer, steps that shrink, and a second one', async () => {
    const { server, state } = await world()
    const rollouts = await server()
    await expect(rollouts.begin({ ...QUICK, model: 'hash-384' })).rejects.toMatchObject({ code: 'conflict' })
    state.fails = true
    await expect(rollouts.begin(QUICK)).rejects.toMatchObject({ code: 'unavailable' })
    state.fails = false
    await expect(rollouts.begin({ ...QUICK, steps: [0.5, 0.2] })).rejects.toMatchObject({ code: 'invalid_input' })
    await rollouts.begin(QUICK)
    await expect(rollouts.begin(QUICK)).rejects.toThrow(/runs already, at 10 %/)
    expect(() => rollouts.get('other')).toThrow(/Known: all-MiniLM-L6-v2/)
  })

  test('goes on after a restart, and is one rollout for two servers that both look at it', async () => {
    const { server, step } = await world()
    const first = await server()
    await first.begin(QUICK)
    await step(first)
    const second = await server()
    expect(second.share(MODEL)).toBe(0.5)
    await step(first)
    // The event reaches it without a wait of known length.
    await expect.poll(() => second.share(MODEL)).toBe(1)
    second.serve(30, false)
    await second.check()
    await expect.poll(() => first.share(MODEL)).toBe(0)
  })
})

describe('decideStep', () => {
  test('takes a single failure of few calls for no verdict', () => {
    const measured = { texts: 5, calls: 2, errors: 1, checks: 0, cosine: null, latencyRatio: null }
    const rollout = {
      ...{ steps: [1], step: 0, minTexts: 1, holdSeconds: 0 },
      measured,
      gates: { minCosine: 0.9, maxErrorRate: 0, maxLatencyRatio: 1 },
    }
    expect(decideStep(rollout as unknown as Rollout, 0)).toEqual({ kind: 'wait' })
  })
})

// Search while somebody types: the core with searches that end when the test says, and a property over random hands.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../../errors.ts'
import type { SearchAnswer, SearchInput } from '../schema.ts'
import { createLiveSearch, type LiveQuestion } from './live-search.ts'
import { createSearchSlots } from './search-slots.ts'

const answerTo = ({ query = '', mode = 'hybrid' }: SearchInput): SearchAnswer => ({
  ...{ hits: [{ id: query, score: 1, document: { id: query } }], mode, model: null, cached: false, tookMs: 1 },
})

interface Bench {
  readonly live: ReturnType<typeof createLiveSearch>
  /** Searches that run. */
  readonly running: { readonly input: SearchInput; finish(): void; fail(error: unknown): void }[]
  readonly told: string[]
  most: number
  ask(query: string, more?: Partial<LiveQuestion> & { readonly input?: SearchInput }): void
}

function bench({ firstAfterMs = 60_000, slots = createSearchSlots(4) } = {}): Bench {
  const running: Bench['running'] = []
  const told: string[] = []
  const made: Bench = {
    ...{ running, told, most: 0 },
    live: createLiveSearch({
      ...{ slots, firstAfterMs },
      search: (input, { signal }) =>
        new Promise((resolve, reject) => {
          const leave = (): void => void running.splice(running.indexOf(search), 1)
          const search = {
            input,
            finish() {
              leave()
              resolve(answerTo(input))
            },
            fail(error: unknown) {
              leave()
              reject(error as Error)
            },
          }
          running.push(search)
          made.most = Math.max(made.most, running.length)
          signal.addEventListener('abort', () => running.includes(search) && search.fail(signal.reason))
        }),
    }),
    ask(query, more = {}) {
      made.live.ask({
        input: { query },
        tell: ({ hits, mode }, stage) => void told.push(`${stage} ${mode} ${hits[0]!.id}`),
        fail: (error) => void told.push(`error ${(error as TandemError).code} ${query}`),
        leave: () => void told.push(`left ${query}`),
        ...more,
      })
    },
  }
  return made
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

describe('a live search', () => {
  test('gives up what was asked before, and answers the last question', async () => {
    const { ask, running, told } = bench()
    for (const query of ['r', 'ru', 'run']) {
      ask(query)
      await turn()
    }
    expect(running.map(({ input }) => input.query)).toEqual(['run'])
    running[0]!.finish()
    await expect.poll(() => told).toEqual(['left r', 'left ru', 'final hybrid run'])
  })

  test('shows what the words found while meaning is slow, and then the whole answer', async () => {
    const { ask, running, told } = bench({ firstAfterMs: 0 })
    ask('shoes')
    await expect.poll(() => running.length).toBe(2)
    running[1]!.finish()
    await expect.poll(() => told).toEqual(['first keyword shoes'])
    running[0]!.finish()
    await expect.poll(() => told).toEqual(['first keyword shoes', 'final hybrid shoes'])
  })

  test('shows no words after the whole answer, nor where no quicker half is', async () => {
    const { ask, running, told } = bench({ firstAfterMs: 0 })
    ask('shoes')
    await expect.poll(() => running.length).toBe(2)
    running[0]!.finish()
    running[0]!.finish()
    await expect.poll(() => told).toEqual(['final hybrid shoes'])
    for (const input of [{ query: 'x', mode: 'semantic' as const }, { like: 'x' }, { query: ' ' }, { vector: [1] }]) {
      ask('none', { input })
      await turn()
      await turn()
      expect(running).toHaveLength(1)
    }
  })

  test('tells why a search failed, and goes on', async () => {
    const { ask, running, told } = bench()
    ask('a')
    await expect.poll(() => running.length).toBe(1)
    running[0]!.fail(new TandemError('unavailable', 'No model.'))
    await expect.poll(() => told).toEqual(['error unavailable a'])
    ask('b')
    await expect.poll(() => running.length).toBe(1)
    running[0]!.finish()
    await expect.poll(() => told.at(-1)).toBe('final hybrid b')
  })

  test('searches for nobody who does not read: the next search waits until the answer is gone', async () => {
    const { ask, running, told } = bench()
    const reading = Promise.withResolvers<void>()
    ask('a', { tell: () => reading.promise })
    await expect.poll(() => running.length).toBe(1)
    running[0]!.finish()
    await turn()
    for (const query of ['b', 'c', 'd']) ask(query)
    await turn()
    expect(running).toHaveLength(0)
    reading.resolve()
    await expect.poll(() => running.map(({ input }) => input.query)).toEqual(['d'])
    running[0]!.finish()
    await expect.poll(() => told).toEqual(['left b', 'left c', 'final hybrid d'])
  })

  test('holds for every hand: one search at a time, nothing told of what was canceled, the last one answered', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('ask' as const) }),
      fc.constantFrom({ kind: 'finish' as const }, { kind: 'cancel' as const }, { kind: 'wait' as const }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const made = bench()
        let asked = 0
        let last = -1
        for (const { kind } of steps) {
          if (kind === 'ask') {
            last = asked++
            made.ask(`q${last}`)
          } else if (kind === 'cancel') {
            made.live.cancel()
            last = -1
          } else if (kind === 'finish') made.running[0]?.finish()
          else await turn()
        }
        for (let idle = 0; idle < 3; idle += 1) {
          await turn()
          made.running[0]?.finish()
        }
        await turn()
        expect(made.most).toBeLessThanOrEqual(1)
        const finals = made.told.filter((line) => line.startsWith('final')).map((line) => line.split(' ').at(-1)!)
        const left = new Set(made.told.filter((line) => line.startsWith('left')).map((line) => line.split(' ')[1]!))
        expect(finals.filter((query) => left.has(query))).toEqual([])
        expect(finals.length + left.size).toBe(asked)
        if (last >= 0) expect(finals.at(-1)).toBe(`q${last}`)
      }),
      { numRuns: 40, seed: 7 },
    )
  })
})

describe('slots', () => {
  test('are given first come, first served, and once', async () => {
    const slots = createSearchSlots(1)
    const order: number[] = []
    const give = await slots.take()
    const others = [1, 2].map(async (each) => {
      const back = await slots.take()
      order.push(each)
      back()
    })
    give()
    give()
    await Promise.all(others)
    expect(order).toEqual([1, 2])
    const again = await slots.take()
    let taken = false
    void slots.take().then(() => {
      taken = true
    })
    await turn()
    expect(taken).toBe(false)
    again()
  })
})

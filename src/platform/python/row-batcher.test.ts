import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createRowBatcher } from './row-batcher.ts'

/** Doubles numbers, one request after the other as they are let go. */
function upstream(mostRows: number) {
  const asked: { readonly rows: readonly number[]; answer(): void; fail(error: Error): void }[] = []
  const batcher = createRowBatcher<number, number>({
    mostRows,
    ask: (rows) =>
      new Promise((resolve, reject) => {
        asked.push({ rows, answer: () => resolve(rows.map((row) => row * 2)), fail: reject })
      }),
  })
  return { asked, batcher }
}

describe('createRowBatcher', () => {
  test('sends two requests at once, and what comes meanwhile in one more, each caller getting its own', async () => {
    const { asked, batcher } = upstream(100)
    const first = batcher.run([1], 1000)
    await pause(5)
    const second = batcher.run([2, 3], 1000)
    await pause(5)
    const later = Array.from({ length: 30 }, (_, at) => batcher.run([at, at + 0.5], 1000))
    await pause(5)
    expect(asked.map(({ rows }) => rows.length)).toEqual([1, 2])
    expect(batcher.waiting).toBe(60)
    asked[0]!.answer()
    expect(await first).toEqual([2])
    await pause(5)
    expect(asked[2]!.rows).toHaveLength(60)
    asked[2]!.answer()
    expect(await Promise.all(later)).toEqual(later.map((_, at) => [at * 2, at * 2 + 1]))
    asked[1]!.answer()
    expect(await second).toEqual([4, 6])
    expect(batcher.isIdle).toBe(true)
  })

  test('cuts a call of many rows into requests, and puts its answers together', async () => {
    const { asked, batcher } = upstream(4)
    const many = batcher.run([1, 2, 3, 4, 5, 6, 7, 8, 9], 1000)
    // The second comes back before the first.
    for (const at of [1, 2, 0]) {
      await expect.poll(() => asked.length).toBeGreaterThan(at)
      asked[at]!.answer()
    }
    expect(await many).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18])
    expect(asked.map(({ rows }) => rows.length)).toEqual([4, 4, 1])
  })

  test('gives up a call at its deadline, and does not send what nobody waits for', async () => {
    const { asked, batcher } = upstream(10)
    const busy = [batcher.run([1], 1000)]
    await pause(5)
    busy.push(batcher.run([2], 1000))
    await pause(5)
    const late = batcher.run([3, 4], 20)
    const patient = batcher.run([5], 1000)
    await expect(late).rejects.toMatchObject({ code: 'unavailable', details: { reason: 'timeout' } })
    asked[0]!.answer()
    asked[1]!.answer()
    await Promise.all(busy)
    await expect.poll(() => asked.length).toBe(3)
    expect(asked[2]!.rows).toEqual([5])
    asked[2]!.answer()
    expect(await patient).toEqual([10])
    expect(batcher.waiting).toBe(0)
  })

  test('tells every call of a request that failed, and serves those after it', async () => {
    const { asked, batcher } = upstream(10)
    const both = [batcher.run([1], 1000), batcher.run([2], 1000)]
    await expect.poll(() => asked.length).toBe(1)
    asked[0]!.fail(new Error('broken'))
    for (const call of both) await expect(call).rejects.toThrow('broken')
    const next = batcher.run([3], 1000)
    await expect.poll(() => asked.length).toBe(2)
    asked[1]!.answer()
    expect(await next).toEqual([6])
  })
})

import { describe, expect, test } from 'vitest'
import { createMemoryCache } from './memory-cache.ts'

describe('createMemoryCache', () => {
  test('gives back what was stored until its time is over', async () => {
    let now = 0
    const cache = createMemoryCache({ limitBytes: 1000, now: () => now })
    await cache.set('a', '1', 100)
    now = 99
    expect(await cache.get('a')).toBe('1')
    now = 100
    expect(await cache.get('a')).toBeUndefined()
    expect(cache.counts()).toEqual({ hits: 1, misses: 1, evictions: 0, entries: 0, bytes: 0 })
  })

  test('stays within its limit and lets go what was not used for longest', async () => {
    const cache = createMemoryCache({ limitBytes: 60, now: () => 0 })
    for (const key of ['a', 'b', 'c']) await cache.set(key, 'x'.repeat(9), 1)
    await cache.get('a')
    await cache.set('d', 'x'.repeat(9), 1)
    expect(await cache.get('b')).toBeUndefined()
    expect(await cache.get('a')).toBe('x'.repeat(9))
    expect(cache.counts()).toMatchObject({ evictions: 1, bytes: 60 })
  })

  test('does not take what is larger than the whole cache, and forgets the old value', async () => {
    const cache = createMemoryCache({ limitBytes: 60, now: () => 0 })
    await cache.set('a', '1', 1)
    await cache.set('a', 'x'.repeat(1000), 1)
    expect(await cache.get('a')).toBeUndefined()
    expect(cache.counts().bytes).toBe(0)
  })
})

import { describe, expect, test } from 'vitest'
import { spanOf } from './use-rows-in-view.ts'

const window = (scrolled: number, height = 900) => ({ scrolled, height })

describe('spanOf', () => {
  test('begins with the first row while the top is in view', () => {
    expect(spanOf(window(0), 36, 200)).toEqual({ first: 0, end: 32 })
  })
  test('holds every row that the window shows, and twelve on both sides', () => {
    for (let scrolled = 0; scrolled < 5000; scrolled += 37) {
      const { first, end } = spanOf(window(scrolled), 36, 200)
      const shownFirst = Math.max(0, (scrolled - 200) / 36)
      const shownEnd = (scrolled + 900 - 200) / 36
      expect(first).toBeLessThanOrEqual(Math.max(0, shownFirst - 12))
      expect(end).toBeGreaterThanOrEqual(shownEnd + 12)
      expect(end - first).toBeLessThanOrEqual(900 / 36 + 24 + 9)
    }
  })
  test('changes in steps, so that slow scrolling draws anew only at every fourth row', () => {
    const spans = new Set<number>()
    for (let scrolled = 2000; scrolled < 2000 + 36 * 40; scrolled++) spans.add(spanOf(window(scrolled), 36, 200).first)
    expect(spans.size).toBeLessThanOrEqual(11)
  })
  test('shows nothing but the rows kept ready of a table below the window', () => {
    expect(spanOf(window(0), 36, 4000)).toEqual({ first: 0, end: 12 })
  })
})

// The colours are measured, not trusted: WCAG 2.2 contrast of every pair that meets on a page, in both themes.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')

function tokensOf(selector: string): ReadonlyMap<string, string> {
  const start = css.indexOf(`${selector} {`)
  const block = css.slice(start, css.indexOf('}', start))
  return new Map([...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]))
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light! + 0.05) / (dark! + 0.05)
}

const GROUNDS = ['canvas', 'surface', 'sunken']
const TEXT_PAIRS = [
  ...['text', 'muted'].flatMap((text) => [...GROUNDS, 'accent-soft', 'good-soft', 'warn-soft', 'bad-soft'].map((ground) => [text, ground])),
  ...['faint', 'accent', 'accent-hover'].flatMap((text) => GROUNDS.map((ground) => [text, ground])),
  ...['good', 'warn', 'bad'].flatMap((text) => [...GROUNDS, `${text}-soft`].map((ground) => [text, ground])),
  ['accent', 'accent-soft'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-bad', 'bad'],
  ['on-bad', 'bad-hover'],
]
// Text on the ramp of a matrix: one colour for its steps 1 to 4, the other for 5 to 7.
const ON_RAMP = Array.from({ length: 7 }, (_, index) => [index < 4 ? 'on-seq-low' : 'on-seq-high', `seq-${index + 1}`])
const SERIES = Array.from({ length: 8 }, (_, index) => `series-${index + 1}`)
const RAMPS = ['seq', 'div'].flatMap((ramp) => Array.from({ length: 7 }, (_, index) => `${ramp}-${index + 1}`))

describe.each([
  ['light', ':root'],
  ['dark', '[data-theme="dark"]'],
])('the %s theme', (_, selector) => {
  const tokens = tokensOf(selector)
  const value = (name: string): string => {
    const found = tokens.get(name)
    if (found === undefined) throw new Error(`${selector} has no --${name}`)
    return found
  }

  test('names the same tokens as the other theme', () => {
    expect([...tokens.keys()]).toEqual([...tokensOf(':root').keys()])
  })

  test.each([...TEXT_PAIRS, ...ON_RAMP])('shows %s on %s at 4.5:1 or more', (text, ground) => {
    expect(contrast(value(text!), value(ground!))).toBeGreaterThanOrEqual(4.5)
  })

  test.each([...GROUNDS.slice(0, 2).map((ground) => ['line-strong', ground]), ...SERIES.map((series) => [series, 'surface'])])(
    'shows %s on %s at 3:1 or more, as WCAG asks of controls and charts',
    (mark, ground) => {
      expect(contrast(value(mark!), value(ground!))).toBeGreaterThanOrEqual(3)
    },
  )

  test.each(RAMPS)('has black or white text that reads on %s', (step) => {
    expect(Math.max(contrast('#14171c', value(step)), contrast('#ffffff', value(step)))).toBeGreaterThanOrEqual(4.5)
  })
})

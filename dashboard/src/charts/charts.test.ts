// The arithmetic of the charts: what is drawn where, and what is read there.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { niceDomain, timeTicks, valueTickStep, valueTicks } from './axis.ts'
import { bestFirst } from './candidates.tsx'
import { indexAfterKey, nearestStop, type Plot } from './chart-frame.tsx'
import { binaryRates, rampStep, worstPairs } from './confusion.ts'
import { shownContributions } from './contributions.tsx'
import { histogramBars } from './histogram.tsx'
import { topImportances } from './importances.tsx'
import { pixelColumns } from './pixel-columns.ts'
import { cutInMiddle, fitText, labelsThatFit, nearestIndex, spread, textWidth } from './place-labels.ts'
import { segments } from './segments.ts'
import { sparkPath } from './sparkline.tsx'
import { barPaths } from './stacked-over-time.tsx'
import { atThreshold, nearestPoint, thresholdAfterKey } from './threshold.ts'
import { tooltipPlace } from './tooltip.tsx'
import { COUNT, DURATION, NUMBER, POINTS, SHARE, SIGNED } from './unit.ts'
import { wilsonInterval } from './wilson-interval.ts'

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')
const HOUR = 3_600_000
const noon = Date.UTC(2026, 10, 14, 12)

describe('segments', () => {
  const values = (runs: { value: number }[][]): number[][] => runs.map((run) => run.map(({ value }) => value))

  test('end where a value is missing or not finite', () => {
    const points = [1, 2, null, 3, Number.NaN, 4, 5].map((value, at) => ({ at, value }))
    expect(values(segments(points))).toEqual([[1, 2], [3], [4, 5]])
  })

  test('end where a bin is not there at all', () => {
    const points = [0, 1, 2, 4, 5].map((hour) => ({ at: hour * HOUR, value: hour }))
    expect(values(segments(points, HOUR))).toEqual([
      [0, 1, 2],
      [4, 5],
    ])
  })

  test('of nothing are none', () => {
    expect(segments([])).toEqual([])
    expect(segments([{ at: 0, value: null }])).toEqual([])
  })
})

describe('a line with more points than pixels', () => {
  const points = Array.from({ length: 10_000 }, (_, at) => ({ at, value: at === 4321 ? 99 : Math.sin(at / 300) }))
  const x = (at: number): number => at / 100

  test('keeps first, lowest, highest and last of every column, and so every spike', () => {
    const kept = pixelColumns(points, x, 100)
    expect(kept.length).toBeLessThanOrEqual(400)
    for (let column = 0; column < 100; column++) {
      const all = points.slice(column * 100, column * 100 + 100)
      const here = kept.filter(({ at }) => Math.floor(x(at)) === column).map(({ value }) => value)
      expect(here[0]).toBe(all[0]!.value)
      expect(here.at(-1)).toBe(all.at(-1)!.value)
      expect([Math.min(...here), Math.max(...here)]).toEqual([
        Math.min(...all.map(({ value }) => value)),
        Math.max(...all.map(({ value }) => value)),
      ])
    }
    expect(kept.map(({ at }) => at)).toEqual([...new Set(kept.map(({ at }) => at))].sort((a, b) => a - b))
  })

  test('keeps all while they are few', () => {
    expect(pixelColumns(points.slice(0, 300), x, 100)).toHaveLength(300)
  })
})

describe('a domain', () => {
  test('is round and holds every value', () => {
    expect(niceDomain([0.713, 0.882, null])).toEqual([0.7, 0.9])
    expect(niceDomain([3, 97])).toEqual([0, 100])
  })

  test('of bars starts at 0, also below it', () => {
    expect(niceDomain([40, 42], { fromZero: true })).toEqual([0, 50])
    expect(niceDomain([-3, -1], { fromZero: true })[1]).toBe(0)
  })

  test('stays within what the quantity can be', () => {
    expect(niceDomain([0.94, 0.999], { limits: [0, 1] })[1]).toBe(1)
    expect(niceDomain([1], { limits: [0, 1] })).toEqual([0.9, 1])
  })

  test('gives a single value room, and no value a scale', () => {
    expect(niceDomain([5])).toEqual([4.4, 5.6])
    expect(niceDomain([0])).toEqual([-1, 1])
    expect(niceDomain([0], { fromZero: true })).toEqual([0, 1])
    expect(niceDomain([null, undefined, Number.NaN])).toEqual([0, 1])
  })
})

describe('ticks', () => {
  test('of values are round and as many as there is room for', () => {
    expect(valueTicks([0, 1], 200)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(valueTicks([0, 1], 60)).toEqual([0, 0.5, 1])
    expect(valueTickStep([0, 1], 60)).toBe(0.5)
  })

  test('of time show the date at midnight and the clock between', () => {
    const ticks = timeTicks(noon, noon + 24 * HOUR, 400)
    expect(ticks.map(({ label }) => label)).toEqual(['12:00', '18:00', '15 Nov', '06:00', '12:00'])
  })

  test('of a long time show days, then months with their year', () => {
    expect(timeTicks(noon, noon + 30 * 24 * HOUR, 400).map(({ label }) => label)).toContain('15 Nov')
    expect(timeTicks(noon, noon + 400 * 24 * HOUR, 500).map(({ label }) => label)).toContain('Jan 2027')
  })

  test('of a single time is that time', () => {
    expect(timeTicks(noon, noon, 300)).toEqual([{ at: noon, label: '12:00' }])
  })

  test('have the decimals that tell them apart', () => {
    expect(plain(SHARE.tick(0.8, 0.05))).toBe('80 %')
    expect(plain(SHARE.tick(0.825, 0.005))).toBe('82.5 %')
    expect(POINTS.tick(0.02, 0.02)).toBe('+2')
    expect(POINTS.tick(-0.02, 0.02)).toBe('\u22122')
    expect(SIGNED.tick(-0.0000001, 0.5)).toBe('0.0')
    expect(NUMBER.tick(0.3, 0.1)).toBe('0.3')
    expect(plain(COUNT.tick(20_000, 5000))).toBe('20 k')
    expect(DURATION.tick(0, 1)).toBe('0')
  })
})

describe('the Wilson interval', () => {
  // Reference: SciPy 1.17.1, fixtures/make.py. Tolerance 1e-12: both are closed forms in double precision.
  const { rows } = JSON.parse(readFileSync(new URL('fixtures/wilson.json', import.meta.url), 'utf8')) as {
    rows: { hits: number; total: number; low: number; high: number }[]
  }
  test.each(rows)('equals SciPy for $hits of $total', ({ hits, total, low, high }) => {
    const interval = wilsonInterval(hits, total)!
    expect(interval.value).toBe(hits / total)
    expect(interval.low).toBeCloseTo(low, 12)
    expect(interval.high).toBeCloseTo(high, 12)
  })

  test('of nothing is not known', () => {
    expect(wilsonInterval(0, 0)).toBeUndefined()
  })
})

describe('a confusion matrix', () => {
  const counts = [
    [399, 81],
    [123, 601],
  ]

  test('gives the rates of the second class', () => {
    const { accuracy, precision, recall, falsePositiveRate } = binaryRates(counts)
    expect(accuracy?.value).toBeCloseTo(1000 / 1204, 12)
    expect(precision?.value).toBeCloseTo(601 / 682, 12)
    expect(recall?.value).toBeCloseTo(601 / 724, 12)
    expect(falsePositiveRate?.value).toBeCloseTo(81 / 480, 12)
  })

  test('has no precision where nothing was called positive', () => {
    expect(
      binaryRates([
        [5, 0],
        [3, 0],
      ]).precision,
    ).toBeUndefined()
  })

  test('has a step of the ramp for every share', () => {
    expect([0, 0.1428, 0.143, 0.5, 0.99, 1].map(rampStep)).toEqual([1, 1, 2, 4, 7, 7])
  })

  test('lists its worst mistakes', () => {
    const three = [
      [10, 0, 4],
      [1, 10, 0],
      [4, 0, 4],
    ]
    expect(worstPairs(['a', 'b', 'c'], three, 2)).toEqual([
      { truth: 'c', said: 'a', count: 4, share: 0.5 },
      { truth: 'a', said: 'c', count: 4, share: 4 / 14 },
    ])
  })
})

describe('a threshold', () => {
  const entries = [0.1, 0.5, 0.9].map((threshold) => ({ threshold }))

  test('is looked up at its nearest entry', () => {
    expect(atThreshold(entries, 0.31)).toEqual({ threshold: 0.5 })
    expect(atThreshold([...entries].reverse(), 1)).toEqual({ threshold: 0.9 })
    expect(atThreshold([], 0.5)).toBeUndefined()
  })

  test('is dragged to the nearest point of the curve', () => {
    expect(nearestPoint([1, 4, 9], (x) => (x - 6) ** 2)).toBe(4)
    expect(nearestPoint([], () => 0)).toBeUndefined()
  })

  test('moves by keys in hundredths and stays within 0 and 1', () => {
    expect(thresholdAfterKey('ArrowRight', 0.29)).toBe(0.3)
    expect(thresholdAfterKey('PageDown', 0.05)).toBe(0)
    expect(thresholdAfterKey('End', 0.2)).toBe(1)
    expect(thresholdAfterKey('a', 0.2)).toBeUndefined()
  })
})

describe('labels', () => {
  test('are moved apart, in their order and inside of the plot', () => {
    expect(spread([10, 12, 50], 13, 0, 60)).toEqual([10, 23, 50])
    expect(spread([50, 55, 58], 13, 0, 60)).toEqual([34, 47, 60])
    expect(spread([], 13, 0, 60)).toEqual([])
  })

  test('that would collide give way to the newer one', () => {
    const label = (x: number) => ({ x, text: '14 Nov 09:30' })
    expect(labelsThatFit([label(10), label(40), label(200)], 320)).toEqual([false, true, true])
    expect(labelsThatFit([label(300)], 320)).toEqual([false])
  })

  test('are cut to their width', () => {
    expect(fitText('Niche alignment', 200)).toBe('Niche alignment')
    const cut = fitText('Niche alignment', 60)
    expect(cut).toMatch(/^Niche.*…$/)
    expect(textWidth(cut)).toBeLessThanOrEqual(60)
  })

  test('lose their middle where they differ at their ends', () => {
    expect(cutInMiddle('Meter Q1 2022', 200)).toBe('Meter Q1 2022')
    const cuts = ['2021', '2022'].map((year) => cutInMiddle(`Meter reading of the first quarter of ${year}`, 120))
    expect(cuts[0]).toMatch(/^Meter.*….*2021$/)
    expect(cuts[1]).not.toBe(cuts[0])
    for (const cut of cuts) expect(textWidth(cut)).toBeLessThanOrEqual(120)
  })

  test('find the nearest of an ascending list', () => {
    expect([-5, 14, 16, 99].map((value) => nearestIndex([0, 10, 20], value))).toEqual([0, 1, 2, 2])
    expect(nearestIndex([], 1)).toBeUndefined()
  })
})

describe('reading a chart', () => {
  test('finds the nearest stop along the axis it has', () => {
    expect(nearestStop([{ x: 0 }, { x: 10 }, { x: 20 }], 13, 500)).toBe(1)
    expect(nearestStop([{ y: 0 }, { y: 10 }], 500, 9)).toBe(1)
    expect(
      nearestStop(
        [
          { x: 0, y: 0 },
          { x: 10, y: 10 },
          { x: 10, y: 90 },
        ],
        11,
        80,
      ),
    ).toBe(2)
    expect(nearestStop([], 1, 1)).toBeUndefined()
  })

  test('goes by keys from either end, and stays', () => {
    expect(indexAfterKey('ArrowRight', undefined, 30)).toBe(0)
    expect(indexAfterKey('ArrowLeft', undefined, 30)).toBe(29)
    expect(indexAfterKey('ArrowRight', 29, 30)).toBe(29)
    expect(indexAfterKey('PageDown', 3, 30)).toBe(6)
    expect(indexAfterKey('End', 3, 30)).toBe(29)
    expect(indexAfterKey('x', 3, 30)).toBeUndefined()
    expect(indexAfterKey('Home', undefined, 0)).toBeUndefined()
  })

  test('keeps the tooltip on the chart at any place and width', () => {
    for (const width of [180, 326, 800]) {
      const plot: Plot = { width, height: 240, left: 40, right: width, top: 8, bottom: 216 }
      for (let x = 0; x <= width; x += 7) {
        const { left } = tooltipPlace({ x }, plot, 170, 60)
        expect(left).toBeGreaterThanOrEqual(0)
        expect(left + 170).toBeLessThanOrEqual(width)
      }
    }
  })
})

describe('a histogram', () => {
  test('puts two series beside each other in each bin, exactly as counted', () => {
    expect(
      histogramBars([
        [3, 0],
        [1, 2],
      ]),
    ).toEqual([
      { bin: 0, series: 0, lane: 0, lanes: 2, from: 0, to: 3 },
      { bin: 0, series: 1, lane: 1, lanes: 2, from: 0, to: 1 },
      { bin: 1, series: 1, lane: 1, lanes: 2, from: 0, to: 2 },
    ])
  })

  test('puts more than two on top of each other', () => {
    expect(histogramBars([[1], [2], [3]]).map(({ from, to, lanes }) => [from, to, lanes])).toEqual([
      [0, 1, 1],
      [1, 3, 1],
      [3, 6, 1],
    ])
  })
})

describe('bars over time', () => {
  test('stand exactly on their bin and on each other; nothing is drawn for 0', () => {
    const points = [
      { at: 0, values: [2, 1] },
      { at: 10, values: [0, null] },
    ]
    const [below, above] = barPaths(
      points,
      2,
      10,
      (at) => at * 2,
      (value) => 100 - value * 10,
    )
    expect(below).toBe('M0 100h19V80h-19z')
    expect(above).toBe('M0 80h19V70h-19z')
  })
})

describe('a sparkline', () => {
  test('leaves gaps and ends at the last known value', () => {
    const { path, end } = sparkPath([0, 10, null, 5, null], 46, 26, true)
    expect(path).toBe('M2 23L12 3M32 13z')
    expect(end).toEqual({ x: 32, y: 13 })
  })

  test('of equal values runs through the middle, of zeros along the bottom', () => {
    expect(sparkPath([7, 7], 46, 26, false).path).toBe('M2 13L42 13')
    expect(sparkPath([0, 0], 46, 26, true).path).toBe('M2 23L42 23')
  })

  test('of nothing known is empty', () => {
    expect(sparkPath([null, null], 46, 26, false)).toEqual({ path: '', end: undefined })
  })
})

describe('lists of features', () => {
  const ten = Array.from({ length: 10 }, (_, index) => ({ feature: `f${index}`, value: 10 - index }))

  test('sum up what is not shown, and never a single one', () => {
    expect(topImportances(ten, 8).at(-1)).toEqual({ feature: '2 more', value: 3, rest: true })
    expect(topImportances(ten, 9)).toHaveLength(10)
  })

  test('of contributions still add up to the result', () => {
    const contributions = ten.map(({ feature, value }, index) => ({
      feature,
      value: '1',
      contribution: index % 2 ? value / 100 : -value / 100,
    }))
    const sum = (rows: { contribution: number }[]): number => rows.reduce((total, { contribution }) => total + contribution, 0)
    const shown = shownContributions(contributions, 3)
    expect(shown.map(({ feature }) => feature)).toEqual(['f0', 'f1', 'f2', '7 more'])
    expect(sum(shown)).toBeCloseTo(sum(contributions), 12)
  })
})

describe('candidates', () => {
  test('come best first, the chosen one before its equals', () => {
    const candidates = [
      { algorithm: 'a', mean: 0.8 },
      { algorithm: 'b', mean: 0.9 },
      { algorithm: 'c', mean: 0.9, chosen: true },
    ]
    expect(bestFirst(candidates, true).map(({ algorithm }) => algorithm)).toEqual(['c', 'b', 'a'])
    expect(bestFirst(candidates, false).map(({ algorithm }) => algorithm)).toEqual(['a', 'c', 'b'])
  })
})

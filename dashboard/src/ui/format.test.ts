// What people read: each form of a number and of a time, with the cases in which a careless form would mislead.
import { describe, expect, test } from 'vitest'
import { formatBytes, formatCount, formatDuration, formatNumber, formatPoints, formatRate, formatShare, formatSigned } from './format.ts'
import { formatAge, formatAgo, formatTime, formatVersion } from './format-time.ts'

const plain = (text: string | undefined): string | undefined => text?.replaceAll('\u00a0', ' ')

describe('a number', () => {
  test.each([
    [0, '0'],
    [0.021345, '0.0213'],
    [0.1, '0.1'],
    [3.8249, '3.82'],
    [83.62, '83.6'],
    [999.4, '999'],
    [1204.4, '1,204'],
    [-9999, '\u22129,999'],
    [41_234, '41.2 k'],
    [999_600, '1 M'],
    [3_600_000, '3.6 M'],
    [null, '\u2013'],
    [Number.NaN, '\u2013'],
  ])('%s reads %s', (value, text) => expect(plain(formatNumber(value))).toBe(text))

  test('keeps a count whole', () =>
    expect([999, 1000, 9999, 12_345].map((count) => plain(formatCount(count)))).toEqual(['999', '1,000', '9,999', '12.3 k']))

  test('has a sign where it is a difference', () => {
    expect(plain(formatSigned(0.5))).toBe('+0.5')
    expect(plain(formatPoints(-0.0114))).toBe('\u22121.1 pt')
    expect(plain(formatPoints(-0.0001))).toBe('0.0 pt')
  })
})

describe('a share', () => {
  test.each([
    [0.836, '83.6 %'],
    [0, '0 %'],
    [1, '100 %'],
    [0.9999, '> 99.9 %'],
    [0.0001, '< 0.1 %'],
  ])('%s reads %s', (value, text) => expect(plain(formatShare(value))).toBe(text))
})

test('a rate is told in the unit in which it is one or more', () => {
  expect([3600, 60, 5, 1].map((count) => plain(formatRate(count, 3600)))).toEqual(['1/s', '1/min', '5/h', '1/h'])
  expect([plain(formatRate(0, 60)), plain(formatRate(1, 2 * 86_400)), formatRate(null, 60)]).toEqual(['0/d', '0.5/d', '\u2013'])
})

describe('a duration and a size', () => {
  test.each([
    [0.4213, '0.42 ms'],
    [3.84, '3.8 ms'],
    [42.4, '42 ms'],
    [4210, '4.2 s'],
    [59_400, '59 s'],
    [125_000, '2 min 05 s'],
    [11_220_000, '3 h 07 min'],
    [352_800_000, '4 d 02 h'],
  ])('%s ms reads %s', (ms, text) => expect(plain(formatDuration(ms))).toBe(text))

  test.each([
    [812, '812 B'],
    [41_200, '41.2 kB'],
    [3_600_000, '3.6 MB'],
  ])('%s bytes read %s', (bytes, text) => expect(plain(formatBytes(bytes))).toBe(text))
})

describe('a time', () => {
  const year = new Date().getUTCFullYear()

  test('is absolute, in UTC, with the year only when it is another one', () => {
    expect(formatTime(`${year}-11-14T09:30:59Z`)).toBe('14 Nov 09:30')
    expect(formatTime(`${year}-11-14T23:30:00-02:00`, { seconds: true })).toBe('15 Nov 01:30:00')
    expect(formatTime('2019-01-02T03:04:05Z')).toBe('2 Jan 2019 03:04')
  })

  test('is told relative to now only within a day', () => {
    const now = Date.parse('2026-01-02T00:00:00Z')
    expect(plain(formatAgo(now - 1_000, now))).toBe('a moment ago')
    expect(plain(formatAgo(now - 185_000, now))).toBe('3 min ago')
    expect(plain(formatAgo(now + 7_400_000, now))).toBe('in 2 h')
    expect(formatAgo(now - 86_400_000, now)).toBeUndefined()
    expect(plain(formatAge(now - 7 * 86_400_000, now))).toBe('7 d')
  })

  test('names a version', () => {
    expect(formatVersion(`${year}1114_093000`)).toBe('14 Nov 09:30')
    expect(formatVersion(`${year}1114_093000_2`)).toBe('14 Nov 09:30 #2')
    expect(formatVersion('challenger')).toBe('challenger')
  })
})

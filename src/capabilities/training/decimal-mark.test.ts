import { describe, expect, test } from 'vitest'
import { decimalOf, watchMarks, withPoint } from './decimal-mark.ts'

const columnOf = (...cells: string[]): string[][] => cells.map((cell) => [cell])

describe('decimalOf', () => {
  test.each([
    ['a comma before two decimals', columnOf('price', '1,50', '20,00', '3,75'), ','],
    ['thousands parted by points', columnOf('price', '1.234,50', '20,00', '12.003.000,75'), ','],
    ['missing cells beside', columnOf('price', '', '1,5', 'NA', '2,5'), ','],
    ['points', columnOf('price', '1.50', '20.00', '3.75'), '.'],
    ['English thousands', columnOf('price', '1,234', '20,000', '3,750'), '.'],
    ['words with commas', columnOf('note', 'a, b', 'c, d', '1,5'), '.'],
    ['whole numbers', columnOf('count', '1', '2', '3'), '.'],
    ['nothing', [], '.'],
  ])('%s', (_, records, decimal) => expect(decimalOf(records)).toBe(decimal))

  test('a column written with points settles it', () => {
    expect(
      decimalOf([
        ['a', 'b'],
        ['1,5', '1.25'],
        ['2,5', '3.75'],
      ]),
    ).toBe('.')
  })
})

describe('columns that are known to hold numbers', () => {
  const records = [
    ['1', 'XL 1,5', '1.234'],
    ['2', '36,5', '2'],
    ['3', '37,5', '0,75'],
  ]
  test('tell it alone, by one number', () => {
    expect(decimalOf(records, [0])).toBe('.')
    expect(decimalOf(records, [0, 2])).toBe(',')
    expect(decimalOf(records)).toBe(',')
  })

  test.each([
    ['a point after commas', ',', ['1,5', '2,25', '3.5'], 4],
    ['a comma after points', '.', ['1.5', '2.25', '1.234,5'], 4],
    ['what may be thousands or decimals', '.', ['7', '1,234'], 3],
    ['a point before the first comma', ',', ['1.5', '1,5'], 2],
  ] as const)('are watched: %s', (_, decimal, cells, line) => {
    const read = (numbers: boolean): void => {
      const watch = watchMarks(decimal, ['price'], [numbers])
      for (const [at, cell] of cells.entries()) watch({ cells: [cell], line: at + 2 })
    }
    expect(() => read(true)).toThrow(expect.objectContaining({ code: 'invalid_input', details: { line, column: 'price' } }))
    expect(() => read(false)).not.toThrow()
  })

  test('are not in the way of what is written one way', () => {
    const watch = watchMarks(',', ['price', 'version'], undefined)
    for (const cells of [
      ['1.234,5', '1.5'],
      ['12', '2.0'],
      ['1.234', 'NA'],
      ['', ''],
    ])
      watch({ cells, line: 2 })
    expect(() => watch({ cells: ['12.5', '1.5'], line: 9 })).toThrow(/line 9: "price" is "12.5"/)
  })
})

describe('withPoint', () => {
  test.each([
    ['1,5', '1.5'],
    ['-1.234,5', '-1234.5'],
    ['1.234', '1234'],
    ['12\u202f345,25', '12345.25'],
    ['7', '7'],
    ['1.5', '1.5'],
    ['2026.01.02', '2026.01.02'],
    ['a,b', 'a,b'],
    ['1,5,2', '1,5,2'],
  ])('%s', (cell, read) => expect(withPoint(cell)).toBe(read))
})

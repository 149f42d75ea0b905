import { describe, expect, test } from 'vitest'
import { decimalOf, withPoint } from './decimal-mark.ts'

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

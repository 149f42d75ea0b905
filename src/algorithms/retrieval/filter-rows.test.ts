import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFieldColumn, type FieldInput, type FieldKind } from './field-columns.ts'
import { countRows, countValues, eachRow, filterRows, type RowFilter } from './filter-rows.ts'

const KINDS: readonly (readonly [string, FieldKind])[] = [
  ['industry', 'string'],
  ['tags', 'string'],
  ['budget', 'number'],
  ['active', 'boolean'],
  ['started', 'date'],
]
type Document = Readonly<Record<string, FieldInput>>

function table(documents: readonly Document[]) {
  const columns = new Map(KINDS.map(([name, kind]) => [name, createFieldColumn(name, kind)]))
  documents.forEach((document, row) => {
    for (const [name, column] of columns) column.set(row, document[name])
  })
  const rowsOf = (filter: RowFilter): number[] => {
    const rows: number[] = []
    eachRow(filterRows(filter, columns, documents.length), (row) => rows.push(row))
    return rows
  }
  return { columns, rowsOf }
}

const DOCUMENTS: readonly Document[] = [
  { industry: 'retail', budget: 1000, active: true, started: '2026-01-05', tags: ['sale', 'spring'] },
  { industry: 'travel', budget: 250, active: false, started: '2026-03-01T12:00:00Z', tags: ['summer'] },
  { industry: 'retail', budget: 40, active: true, tags: [] },
  { budget: null, tags: ['spring'] },
]

describe('filterRows', () => {
  const { columns, rowsOf } = table(DOCUMENTS)
  test.each<[RowFilter, number[]]>([
    [{}, [0, 1, 2, 3]],
    [{ industry: 'retail' }, [0, 2]],
    [{ industry: 'unknown' }, []],
    [{ industry: { ne: 'retail' } }, [1, 3]],
    [{ industry: { in: ['travel', 'food'] } }, [1]],
    [{ industry: { notIn: ['travel'] } }, [0, 2, 3]],
    [{ budget: { gte: 40, lt: 1000 } }, [1, 2]],
    [{ budget: { gt: 40, lte: 1000 } }, [0, 1]],
    [{ budget: { exists: false } }, [3]],
    [{ active: true, budget: { gt: 100 } }, [0]],
    [{ tags: 'spring' }, [0, 3]],
    [{ tags: { in: ['summer', 'sale'] } }, [0, 1]],
    [{ tags: { exists: true } }, [0, 1, 3]],
    [{ started: { gte: '2026-02-01' } }, [1]],
    [{ or: [{ industry: 'travel' }, { tags: 'sale' }] }, [0, 1]],
    [{ not: { or: [{ industry: 'travel' }, { tags: 'sale' }] } }, [2, 3]],
    [{ and: [{ industry: 'retail' }, { active: true }], budget: { lt: 100 } }, [2]],
  ])('%j', (filter, expected) => {
    expect(rowsOf(filter)).toEqual(expected)
  })

  test.each<[RowFilter, RegExp]>([
    [{ colour: 'red' }, /'colour' is no field.*industry, tags, budget/],
    [{ budget: 'many' }, /'budget' compares as a number.*"many"/],
    [{ active: 1 }, /'active' compares as a boolean/],
    [{ started: 'soon' }, /'started' compares as a date/],
    [{ industry: { gte: 'a' } }, /'industry' is a string; 'gte'/],
    [{ budget: { between: 3 } as never }, /comparison 'between'/],
    [{ budget: {} }, /no comparison/],
    [{ industry: { in: 'retail' } as never }, /list of values/],
    [{ or: [] }, /at least one/],
  ])('refuses %j by name', (filter, message) => {
    expect(() => rowsOf(filter)).toThrow(message)
  })

  test('refuses filters nested without end', () => {
    const deep = Array.from({ length: 40 }).reduce<RowFilter>((inner) => ({ not: inner }), { industry: 'retail' })
    expect(() => rowsOf(deep)).toThrow(/nested more than 16/)
  })

  test('counts the values of rows in a set, most frequent first', () => {
    const bits = filterRows({}, columns, 4)
    expect(countRows(bits)).toBe(4)
    expect(countValues(columns.get('industry')!, bits, 10)).toEqual([
      { value: 'retail', count: 2 },
      { value: 'travel', count: 1 },
    ])
    expect(countValues(columns.get('tags')!, bits, 2)).toEqual([
      { value: 'spring', count: 2 },
      { value: 'sale', count: 1 },
    ])
    expect(countValues(columns.get('active')!, bits, 9)).toContainEqual({ value: true, count: 2 })
  })

  test('agrees with a plain look at each document, at any number of rows', () => {
    const document = fc.record({
      industry: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
      budget: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(document, { maxLength: 100 }), fc.integer({ min: 0, max: 5 }), (documents, limit) => {
        const filter = { or: [{ industry: 'a' }, { not: { budget: { lte: limit } } }] }
        const expected = documents.flatMap(({ industry, budget }, row) =>
          industry === 'a' || !(budget !== undefined && budget <= limit) ? [row] : [],
        )
        expect(table(documents).rowsOf(filter)).toEqual(expected)
      }),
      { seed: 7 },
    )
  })
})

import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CsvReader, type Delimiter } from './csv-reader.ts'
import { detectDelimiter, hasHeader } from './dialect.ts'
import { holdOut } from './hold-out.ts'
import { inspect as inspectSurvey } from './inspection.ts'
import { addToHistogram, createNumberHistogram, histogramOf } from './number-histogram.ts'
import { type RowBatch, readRows } from './row-batches.ts'
import { streamOf } from './row-source.ts'
import { createTableSurvey } from './table-survey.ts'

const limits = { maxRows: 1000, uploadLimitBytes: 1e6 }

function readAll(text: string, cuts: readonly number[], delimiter: Delimiter = ','): string[][] {
  const reader = new CsvReader(delimiter)
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b)
  const pieces = [0, ...places].map((start, index) => text.slice(start, places[index] ?? text.length))
  return [...pieces.flatMap((piece) => reader.read(piece, false)), ...reader.read('', true)].map(({ cells }) => cells)
}

async function batches(source: Parameters<typeof streamOf>[0]): Promise<RowBatch[]> {
  const all: RowBatch[] = []
  for await (const batch of readRows({ ...streamOf(source), names: 'strict' }, limits)) all.push(batch)
  return all
}

describe('CsvReader', () => {
  test('says of a row that is too long that it is, and of a quote that is not closed that it is not', () => {
    const long = 'x'.repeat(1024 * 1024)
    expect(() => new CsvReader(',').read(`a,b\n1,${long}`, false)).toThrow(/line 2 is longer than 1048576 characters/)
    expect(() => new CsvReader(',').read(`a,b\n1,"${long}`, false)).toThrow(/line 2 begins a record that does not end. A quote/)
  })

  // Oracle: csv-parse 7.0.3 with trim, which this reader replaces for its speed.
  const cell = fc.oneof(
    fc.constantFrom('', 'a', '1.5', 'x y', 'NA'),
    fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', '\r'), maxLength: 6 }),
  )
  test('reads what csv-parse reads, wherever the text is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(), { maxLength: 5 }),
        (rows, end, cuts) => {
          const quoted = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
          const text = rows.map((row) => row.map(quoted).join(',')).join(end) + end
          const expected = parse(text, { relax_column_count: true, record_delimiter: end }) as string[][]
          expect(readAll(text, cuts)).toEqual(expected)
        },
      ),
      { numRuns: 500, seed: 7 },
    )
  })

  test('knows the line of a record after line breaks in quotes', () => {
    const reader = new CsvReader(',')
    const records = reader.read('a,b\n"x\ny",1\n\nz,2', true)
    expect(records.map(({ line, cells }) => [line, cells[0]])).toEqual([
      [1, 'a'],
      [2, 'x\ny'],
      [5, 'z'],
    ])
  })

  test.each([
    ['a,b\n"open,1\n', /line 2/],
    ['a,b\n"x"y,1\n', /line 2 has text after a closing quote/],
  ])('refuses %j', (text, message) => {
    expect(() => readAll(text, [])).toThrow(message)
  })

  test('finds the delimiter', () => {
    const texts = ['a,b;c,d', 'a;b;c', 'a\tb', 'one', '"x;y;z",b', 'a|b|c\n1|2|3\n', 'a;b\n1,5;2,5\n', 'a,b\n"x;y;z",1\n']
    expect(texts.map((text) => detectDelimiter(text, true))).toEqual([',', ';', '\t', ',', ',', '|', ';', ','])
  })
})

describe('hasHeader', () => {
  test.each([
    ['names over numbers', ['a,b', '1,2', '3,4'], true],
    ['names over texts', ['city,plan', 'Rome,pro', 'Oslo,free'], true],
    ['numbers over numbers', ['5.1,3.5', '4.9,3'], false],
    ['texts and a number over the like', ['A11,6', 'A12,48', 'A14,12'], false],
    ['years', ['country,2019,2020,2021', 'Italy,1.5,2,3', 'Spain,2,3,4'], true],
    ['column numbers of a data frame', ['0,1,2', '5.1,2,1', '7,3,0'], true],
    ['names over numbers with gaps', ['a,b', 'NA,2', '3,'], true],
    ['one row alone', ['1,2'], true],
  ])('%s', (_, lines, expected) => {
    expect(hasHeader(lines.map((line) => line.split(',')))).toBe(expected)
  })
})

describe('a histogram of numbers', () => {
  test('counts every number exactly in at most the bins that are wanted, whatever the order and the range', () => {
    const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, min: -1e90, max: 1e90 }), fc.constantFrom(0, -0, 1e-200, 0.1, 0.1, 1e6))
    fc.assert(
      // The share that a number is of a bin must not vanish.
      fc.property(
        fc.array(
          number.filter((value) => value === 0 || Math.abs(value) >= 1e-200),
          { minLength: 1, maxLength: 300 },
        ),
        (numbers) => {
          const histogram = createNumberHistogram()
          for (const value of numbers) addToHistogram(histogram, value)
          const { edges, counts } = histogramOf(histogram, 20)
          expect(edges).toHaveLength(counts.length + 1)
          expect(counts.length).toBeLessThanOrEqual(20)
          if (counts.length === 1) {
            expect(counts).toEqual([numbers.length])
            return
          }
          const expected = counts.map((_, bin) => numbers.filter((value) => value >= edges[bin]! && value < edges[bin + 1]!).length)
          expect(counts).toEqual(expected)
          expect(counts[0]! * counts.at(-1)!).toBeGreaterThan(0)
        },
      ),
      { numRuns: 1000, seed: 7 },
    )
  })

  test('has readable edges', () => {
    const histogram = createNumberHistogram()
    for (let age = 17; age <= 90; age++) addToHistogram(histogram, age)
    const { edges, counts } = histogramOf(histogram, 20)
    expect(edges[1]! - edges[0]!).toBe(4)
    expect([edges[0], edges.at(-1), counts.at(1)]).toEqual([16, 92, 4])
  })
})

describe('readRows', () => {
  test('drops a byte order mark and reads semicolons', async () => {
    const [batch] = await batches({ csv: new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode('a;b\n1;"x;y"\n')]) })
    expect(batch).toMatchObject({ columns: ['a', 'b'], records: [{ cells: ['1', 'x;y'], line: 2 }] })
  })

  test.each([
    [{ csv: 'a,a\n1,2\n' }, /names column "a" twice, as column 1 and 2/],
    [{ csv: 'a,,c\n1,2,3\n' }, /no name for column 2 of 3/],
    [{ csv: '__proto__,a\n1,2\n' }, /cannot be a name/],
    [{ csv: '' }, /is empty/],
    [{ csv: new Uint8Array([0x61, 0x0a, 0xff]) }, /UTF-8/],
    [{ ndjson: '{"a":1}\n{"a":\n' }, /line 2 is no JSON/],
  ])('refuses a stream it cannot read (%#)', async (source, message) => {
    await expect(batches(source)).rejects.toThrow(message)
  })

  test('lets the event loop run while it reads', async () => {
    let turns = 0
    let reading = true
    const turn = (): void => {
      turns++
      if (reading) setImmediate(turn)
    }
    setImmediate(turn)
    const csv = `a,b,c\n${'1.25,some text,3\n'.repeat(200_000)}`
    let largest = 0
    for await (const batch of readRows({ ...streamOf({ csv }), names: 'strict' }, { maxRows: 1e6, uploadLimitBytes: 1e9 })) {
      if (batch.kind === 'cells') largest = Math.max(largest, batch.records.length)
    }
    reading = false
    expect(turns).toBeGreaterThan(2)
    // Pieces of 4 KiB: what is done between two looks at the clock takes about 1 ms.
    expect(largest).toBeLessThan(250)
  })
})

describe('inspect', () => {
  const inspect = (names: string[], rows: string[][], target?: string) => {
    const survey = createTableSurvey({ ragged: 'reject' })
    survey.add({ kind: 'cells', columns: names, records: rows.map((cells, index) => ({ cells, line: index + 2 })) })
    return inspectSurvey(survey.finish(), target === undefined ? {} : { target })
  }
  test('tells numbers, ids, booleans, categories, dates, texts, constants and empty columns apart', () => {
    const names = ['n', 'row', 'flag', 'city', 'day', 'note', 'same', 'none', 'code', 'gap']
    const rows = Array.from({ length: 60 }, (_, i) => [
      String(i * 1.5),
      String(i + 1),
      i % 2 ? 'True' : 'False',
      ['Rome', 'Oslo', 'Lima'][i % 3]!,
      `2024-01-${String((i % 28) + 1).padStart(2, '0')}`,
      `A sentence that is long enough to be free text, number ${i}.`,
      'x',
      '',
      `u-${i}`,
      i % 4 ? String(i % 5) : 'NA',
    ])
    const { columns } = inspect(names, rows)
    expect(columns.map(({ kind }) => kind)).toEqual([
      'number',
      'id',
      'boolean',
      'category',
      'date',
      'text',
      'constant',
      'empty',
      'id',
      'integer',
    ])
    expect(columns.at(-1)).toMatchObject({ missing: 15, minimum: 0, maximum: 4 })
    expect(columns[3]).toMatchObject({ categories: ['Lima', 'Oslo', 'Rome'] })
  })

  test('takes few numbers for labels, many for a number, and refuses too many texts', () => {
    const rows = Array.from({ length: 200 }, (_, i) => [String(i % 7), String(i % 3), String(i * 2.5), `name ${i}`])
    const names = ['x', 'label', 'amount', 'name']
    expect(inspect(names, rows, 'label').definition).toMatchObject({ task: 'classification', classes: ['0', '1', '2'] })
    expect(inspect(names, rows, 'amount').definition).toMatchObject({ task: 'regression' })
    expect(() => inspect(names, rows, 'name')).toThrow(/200 different texts/)
    expect(() => inspect(names, rows, 'lable')).toThrow(/Did you mean "label"/)
  })

  test.each([
    ['fractions, however few differ', 400, (i: number) => ['3.1', '3.2', '3.3'][i % 3]!, 'regression'],
    ['whole numbers beside one fraction', 400, (i: number) => (i === 7 ? '2.5' : String(i % 4)), 'regression'],
    ['ratings 1 to 5 of 50 rows', 50, (i: number) => String((i % 5) + 1), 'classification'],
    ['ratings 1 to 5 of 49 rows', 49, (i: number) => String((i % 5) + 1), 'regression'],
    ['20 whole numbers of 200 rows', 200, (i: number) => String(i % 20), 'classification'],
    ['21 whole numbers of 2,100 rows', 2100, (i: number) => String(i % 21), 'regression'],
    ['0 and 1 of 12 rows', 12, (i: number) => String(i % 2), 'classification'],
    ['0 and 1 with gaps', 40, (i: number) => (i % 4 === 3 ? 'NA' : String(i % 2)), 'classification'],
    ['fractions with gaps', 40, (i: number) => (i % 4 === 3 ? 'NA' : `${i % 2}.5`), 'regression'],
  ] as const)('a target of %s', (_, count, value, task) => {
    const rows = Array.from({ length: count }, (_, i) => [String(Math.sin(i)), value(i)])
    const { definition } = inspect(['x', 'y'], rows, 'y')
    expect(definition).toMatchObject({ task })
    if (task === 'regression') expect(definition).not.toHaveProperty('classes')
  })

  test.each([
    ['infinite ones', (i: number) => ['inf', '1e400', '-Infinity'][i % 3]!],
    ['words', () => 'unknown'],
    ['thousands parted by commas', () => '1,234'],
  ])('numbers with a few cells of %s are no id: they are left out and told', (_, other) => {
    const rows = Array.from({ length: 120 }, (_, i) => [i % 30 === 7 ? other(i) : String(Math.sin(i)), String(i % 4), i % 2 ? 'yes' : 'no'])
    const { columns, warnings, definition } = inspect(['wave', 'step', 'y'], rows, 'y')
    expect(columns[0]).toMatchObject({ kind: 'text', note: 'Left out. Holds 116 numbers beside 4 texts.' })
    expect(warnings).toContainEqual(expect.objectContaining({ column: 'wave', code: 'mixed' }))
    expect(definition).not.toHaveProperty('features.properties.wave')
  })

  test('NaN and null are no classes, NA and None are, and both are told', () => {
    const rows = Array.from({ length: 60 }, (_, i) => [String(Math.sin(i)), ['yes', 'no', 'NaN', 'NULL', 'None'][i % 5]!])
    const { definition, warnings } = inspect(['x', 'y'], rows, 'y')
    expect(definition).toMatchObject({ classes: ['None', 'no', 'yes'] })
    const told = warnings.filter(({ code }) => code === 'missing_label')
    expect(told.map(({ message }) => message.slice(0, 35))).toEqual([
      '12 rows have "NaN" for "y", which i',
      '12 rows have "NULL" for "y", which ',
      '12 rows have "None" for "y", which ',
    ])
  })

  test('refuses a target of nothing but NaN', () => {
    const rows = Array.from({ length: 60 }, (_, i) => [String(Math.sin(i)), i % 2 ? 'NaN' : 'null'])
    expect(() => inspect(['x', 'y'], rows, 'y')).toThrow(expect.objectContaining({ code: 'target_missing' }))
  })

  test('classes that differ only by case or blanks are told', () => {
    const rows = Array.from({ length: 60 }, (_, i) => [String(Math.sin(i)), ['yes', 'no', 'Yes ', 'no '][i % 4]!])
    const { warnings } = inspect(['x', 'y'], rows, 'y')
    const alike = warnings.filter(({ code }) => code === 'alike_labels')
    expect(alike.map(({ message }) => message.split(' are')[0])).toEqual(['"yes" and "Yes "', '"no" and "no "'])
  })

  test('refuses a target of one number and gaps', () => {
    const rows = Array.from({ length: 30 }, (_, i) => [String(Math.sin(i)), i % 3 ? '1' : 'NA'])
    expect(() => inspect(['x', 'y'], rows, 'y')).toThrow(expect.objectContaining({ code: 'too_few_classes' }))
  })
})

describe('holdOut', () => {
  const draw = (hashes: number[], y: number[], classes: number) =>
    holdOut({ hashes: Uint32Array.from(hashes), y: Float64Array.from(y), classes })
  test('holds a row out whatever stands beside it', () => {
    const hashes = Array.from({ length: 2000 }, (_, i) => (i * 2654435761) >>> 0)
    const y = hashes.map((_, i) => i % 2)
    const all = draw(hashes, y, 2)
    const held = new Set([...all.heldOut].map((row) => hashes[row]))
    const some = hashes.filter((_, i) => i % 3 !== 0)
    const part = draw(
      some,
      some.map((_, i) => i % 2),
      2,
    )
    expect([...part.heldOut].map((row) => some[row])).toEqual(some.filter((hash) => held.has(hash)))
    expect(all.heldOut.length / hashes.length).toBeCloseTo(0.2, 1)
    expect(all.train.length + all.heldOut.length).toBe(2000)
  })

  test('spreads equal rows over both parts and keeps every class in both', () => {
    const equal = draw(
      Array(500).fill(7),
      Array(500)
        .fill(0)
        .map((_, i) => i % 2),
      2,
    )
    expect(equal.heldOut.length).toBeGreaterThan(60)
    expect(equal.heldOut.length).toBeLessThan(140)
    for (let seed = 0; seed < 50; seed++) {
      const y = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2]
      const { train, heldOut } = draw(
        y.map((_, i) => Math.imul(i + 1, 2654435761 + seed * 77_777) >>> 0),
        y,
        3,
      )
      for (const group of [0, 1]) {
        expect([...heldOut].some((row) => y[row] === group)).toBe(true)
        expect([...train].some((row) => y[row] === group)).toBe(true)
      }
    }
  })
})

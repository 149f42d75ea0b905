import { describe, expect, test } from 'vitest'
import { definitionOf, inferFields, parseSample, templateOf } from './infer-fields.ts'
import { linkHits } from './linked-hits.ts'
import { castCell, readRecords, typedCells } from './read-records.ts'

describe('what is read from sample documents', () => {
  test('a field is a number, a yes or no, a date, a list or a text by all its values; empty ones say nothing', () => {
    const documents = parseSample(
      [
        '{"id":"a","price":1.5,"sold":true,"on":"2026-01-31","at":"2026-01-31T10:00:00Z","tags":["x"],"name":"Red shoes","odd":{}}',
        '{"id":"b","price":null,"sold":false,"on":"2026-02-01","at":"2026-01-31T10:00:00+01:00","tags":[],"name":1941}',
      ].join('\n'),
    )
    expect(Object.fromEntries(inferFields(documents).map(({ name, type }) => [name, type]))).toEqual({
      ...{ price: 'number', sold: 'boolean', on: 'date', at: 'date-time', tags: 'strings', name: 'string', odd: 'other' },
    })
  })

  test('words are searched, groups are filtered by; something is always searched', () => {
    const [name, industry] = inferFields([
      { name: 'Spring sale', industry: 'retail' },
      { name: 'Summer sale', industry: 'retail' },
      { name: 'Winter sale', industry: 'travel' },
    ])
    expect(name).toMatchObject({ searched: true, filter: false })
    expect(industry).toMatchObject({ searched: false, filter: true })
    expect(inferFields([{ code: 'x', n: 1 }])[0]).toMatchObject({ name: 'code', searched: true })
  })

  test('the definition lets every field but the id be absent or null', () => {
    const fields = inferFields([{ name: 'Spring sale of shoes', budget: 3, note: null }])
    expect(templateOf(fields)).toBe('{{name}}')
    expect(definitionOf(fields, templateOf(fields))).toEqual({
      schema: {
        type: 'object',
        properties: { id: { type: 'string' }, name: { type: ['string', 'null'] }, budget: { type: ['number', 'null'] }, note: {} },
        required: ['id'],
      },
      text: '{{name}}',
      filterable: ['budget'],
    })
  })

  test('what is not JSON, or no object, is said', () => {
    expect(() => parseSample('{ "a": ')).toThrow(/not JSON/)
    expect(() => parseSample('[{"a":1},2]')).toThrow(/Document 2 is not an object/)
    expect(parseSample(' \n')).toEqual([])
  })
})

describe('what is read from files', () => {
  const read = async (text: string): Promise<unknown[]> => {
    const records: unknown[] = []
    for await (const piece of readRecords(new Blob([text]))) records.push(...piece.records)
    return records
  }

  test('CSV with quotes, line breaks and delimiters inside them, whichever delimiter the head has', async () => {
    expect(await read('id;text\r\n1;"a; ""b""\nc"\r\n2;\r\n')).toEqual([{ id: '1', text: 'a; "b"\nc' }, { id: '2' }])
    expect(await read('')).toEqual([])
  })

  test('a document a line, also where the file is read in many pieces, and a wrong line by its number', async () => {
    const rows = Array.from({ length: 30_000 }, (_, row) => ({ id: String(row), name: `Ä film ${row}` }))
    expect(await read(rows.map((row) => JSON.stringify(row)).join('\n'))).toEqual(rows)
    await expect(read('{"a":1}\n{"a":\n')).rejects.toThrow(/Line 2/)
    expect(await read('[{"a":1},{"a":2}]')).toEqual([{ a: 1 }, { a: 2 }])
  })

  test('large CSV comes back whole', async () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => ({ id: String(row), note: `first, "line"\nof ${row}` }))
    const text = rows.map(({ id, note }) => `${id},"${note.replaceAll('"', '""')}"`).join('\n')
    expect(await read(`id,note\n${text}`)).toEqual(rows)
  })

  test('cells become what all of their column are, or what the schema says', () => {
    expect(
      typedCells([
        { a: '1', b: 'true', c: '1' },
        { a: '2.5', b: 'FALSE', c: 'x' },
      ]),
    ).toEqual([
      { a: 1, b: true, c: '1' },
      { a: 2.5, b: false, c: 'x' },
    ])
    expect(castCell('high', 'number')).toBe('high')
    expect(castCell(1941, 'string')).toBe('1941')
  })
})

test('documents in more than one column get a colour, eight at most, the highest first', () => {
  const ids = Array.from({ length: 10 }, (_, index) => ({ id: `d${index}` }))
  const links = linkHits(
    new Map([
      ['keyword', ids],
      ['semantic', [...ids].reverse()],
      ['hybrid', [{ id: 'alone' }]],
    ]),
  )
  expect(links.get('alone')?.colour).toBeUndefined()
  expect([...links.values()].filter(({ colour }) => colour !== undefined)).toHaveLength(8)
  expect([...links.get('d0')!.places]).toEqual([
    ['keyword', 1],
    ['semantic', 10],
  ])
})

import { describe, expect, test } from 'vitest'
import { type ReadContents, ShownDocumentMemory } from './shown-documents.ts'

const table = new Map<number, string>()
const reads: number[][] = []
const readTable: ReadContents = async (rows) => {
  reads.push([...rows])
  return rows.flatMap((row) => (table.has(row) ? [{ row, content: table.get(row)! }] : []))
}

function opened(limitBytes?: number) {
  table.clear()
  for (let row = 0; row < 10; row++) table.set(row, `{"row":${row}}`)
  reads.length = 0
  const memory = new ShownDocumentMemory(limitBytes === undefined ? {} : { limitBytes })
  return { memory, shown: memory.open(readTable) }
}

describe('ShownDocumentMemory', () => {
  test('reads a document once, and leaves out those that are not there', async () => {
    const { shown } = opened()
    expect([...(await shown.read([1, 2, 99]))]).toEqual([
      [1, '{"row":1}'],
      [2, '{"row":2}'],
    ])
    expect([...(await shown.read([2, 3])).keys()]).toEqual([2, 3])
    expect(reads).toEqual([[1, 2, 99], [3]])
  })

  test('reads a changed document again, also one whose change came while it was being read', async () => {
    const { memory } = opened()
    const { promise: goes, resolve: go } = Promise.withResolvers<void>()
    const shown = memory.open(async (rows) => {
      const found = await readTable(rows)
      await goes
      return found
    })
    const old = shown.read([1])
    table.set(1, 'new')
    shown.forget([1])
    go()
    expect((await old).get(1)).toBe('{"row":1}')
    expect((await shown.read([1])).get(1)).toBe('new')
    table.delete(1)
    shown.forget([1])
    expect((await shown.read([1])).has(1)).toBe(false)
  })

  test('keeps collections apart, and one that is opened again finds nothing of before', async () => {
    const { memory, shown } = opened()
    const other = memory.open(async (rows) => rows.map((row) => ({ row, content: 'other' })))
    expect((await shown.read([1])).get(1)).toBe('{"row":1}')
    expect((await other.read([1])).get(1)).toBe('other')
    table.set(1, 'new')
    expect((await memory.open(readTable).read([1])).get(1)).toBe('new')
    shown.forgetAll()
    expect((await shown.read([1])).get(1)).toBe('new')
  })

  test('stays within its limit and lets go what was not shown for longest', async () => {
    const { memory, shown } = opened(380)
    await shown.read([1, 2, 3])
    expect(memory.bytes).toBeLessThanOrEqual(380)
    await shown.read([1])
    await shown.read([4])
    reads.length = 0
    await shown.read([1, 2])
    expect(reads).toEqual([[2]])
    table.set(5, 'x'.repeat(1000))
    await shown.read([5])
    expect(memory.bytes).toBeLessThanOrEqual(380)
    expect((await shown.read([5])).get(5)).toHaveLength(1000)
  })
})

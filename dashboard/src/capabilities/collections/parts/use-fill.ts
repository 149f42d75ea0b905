// Writes the documents of a file, some hundred at a time, and tells how far it is.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Collection } from '../../../../../src/capabilities/search/schema.ts'
import type { AnyDocument } from '../../../../../src/collections.ts'
import { client } from '../../../client.ts'
import { propertiesOf } from './describe-document.ts'
import type { SampleDocument } from './infer-fields.ts'
import { castCell, readRecords } from './read-records.ts'

export interface Refusal {
  /** From 1. */
  readonly row: number
  readonly error: string
}

export interface FillState {
  readonly state: 'idle' | 'running' | 'done' | 'stopped' | 'failed'
  readonly name: string
  readonly size: number
  readonly read: number
  readonly upserted: number
  readonly unchanged: number
  readonly failedCount: number
  readonly refusals: readonly Refusal[]
  readonly tookMs: number
  readonly error?: unknown
}

export interface Fill extends FillState {
  /** `idFrom`: the field that becomes the id where there is none; empty for the row. */
  readonly start: (file: File, idFrom: string) => void
  readonly stop: () => void
  readonly reset: () => void
}

const BATCH = 500
const MOST_REFUSALS = 20
const IDLE: FillState = {
  ...{ state: 'idle', name: '', size: 0, read: 0, upserted: 0, unchanged: 0, failedCount: 0, refusals: [], tookMs: 0 },
}

export function useFill(collection: string, definition: Collection['definition']): Fill {
  const [fill, setFill] = useState(IDLE)
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])
  const start = useCallback(
    (file: File, idFrom: string): void => {
      const controller = new AbortController()
      running.current = controller
      const from = performance.now()
      const update = (part: Partial<FillState>): void => setFill((old) => ({ ...old, ...part, tookMs: performance.now() - from }))
      setFill({ ...IDLE, state: 'running', name: file.name, size: file.size })
      write(file, { collection, definition, idFrom, signal: controller.signal, update }).then(
        () => update({ state: 'done', read: file.size }),
        (error: unknown) => update(controller.signal.aborted ? { state: 'stopped' } : { state: 'failed', error }),
      )
    },
    [collection, definition],
  )
  return { ...fill, start, stop: () => running.current?.abort(), reset: () => setFill(IDLE) }
}

interface WriteOptions {
  readonly collection: string
  readonly definition: Collection['definition']
  readonly idFrom: string
  readonly signal: AbortSignal
  readonly update: (part: Partial<FillState>) => void
}

async function write(file: File, { collection, definition, idFrom, signal, update }: WriteOptions): Promise<void> {
  const types = new Map(propertiesOf(definition).map(([name, schema]) => [name, [schema.type].flat().map(String)]))
  const sums = { upserted: 0, unchanged: 0, failedCount: 0, refusals: [] as readonly Refusal[] }
  let row = 0
  for await (const { records, read } of readRecords(file, signal)) {
    for (let from = 0; from < records.length; from += BATCH) {
      signal.throwIfAborted()
      const part = records.slice(from, from + BATCH)
      const first = row + 1
      const documents = part.map((record) => documentOf(record, { types, idFrom, row: ++row }))
      const answer = await client.collection(collection).upsert(documents, { signal })
      sums.upserted += answer.upserted
      sums.unchanged += answer.unchanged
      sums.failedCount += answer.failedCount
      const refusals = answer.failed.map(({ index, error }) => ({ row: first + index, error }))
      sums.refusals = [...sums.refusals, ...refusals].slice(0, MOST_REFUSALS)
      update({ ...sums, read })
    }
  }
}

interface DocumentOptions {
  readonly types: ReadonlyMap<string, readonly string[]>
  readonly idFrom: string
  readonly row: number
}

function documentOf(record: SampleDocument, { types, idFrom, row }: DocumentOptions): AnyDocument {
  const fields = Object.entries(record).map(([name, value]) => {
    const type = types.get(name)?.find((known) => known !== 'null') ?? 'string'
    return [name, castCell(value, type)] as const
  })
  const id = record.id ?? (idFrom === '' ? row : record[idFrom]) ?? row
  return { ...Object.fromEntries(fields), id: String(id) }
}

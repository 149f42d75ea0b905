// One sync of a collection: rows in the order of their ids, written a batch at a time, and after each batch a note of where it is.
// Killed anywhere, the next run goes on there; what was written twice is unchanged, so it costs no vector. Bounded memory: a batch of
// rows, and 16 bytes an id where deletions are looked for.
import { setTimeout as sleep } from 'node:timers/promises'
import { TandemError } from '../../../errors.ts'
import type { JobContext } from '../../../platform/jobs/jobs.ts'
import { openRowSource } from '../../../platform/sources/open-row-source.ts'
import type { RowSource } from '../../../platform/sources/row-source.ts'
import type { CollectionSource } from '../../../sources.ts'
import type { LiveCollection } from '../collection.ts'
import type { SearchStore } from '../store.ts'
import { sourceKey } from './collection-source.ts'
import { createDocumentReader, type DocumentReader, type RowFailure, textOfId } from './document-of-row.ts'
import { IdSet } from './id-set.ts'
import type { SyncReport } from './schema.ts'
import type { OpenSync, SyncState, SyncStore } from './sync-store.ts'

export interface SyncParts {
  readonly collection: LiveCollection
  readonly source: CollectionSource
  readonly store: Pick<SearchStore, 'idsAfter' | 'unembedded' | 'count'>
  readonly syncs: SyncStore
  readonly clock: () => number
  /** Whether there is anybody to make vectors, who are waited for. */
  readonly embeds: boolean
}

const MOST_FAILURES_SHOWN = 100
const IDS_PER_PAGE = 1_000
const VECTORS_EVERY_MS = 200
/** Without a new vector for so long, those that are left are left to the background. */
const VECTORS_PATIENCE_MS = 20_000
/** Of the job's progress: reading, deleting, vectors. */
const READING = 0.8
const DELETING = 0.85

/** @throws what the source says; `conflict` where a full sync would delete everything because the source is empty. */
export async function runSync(parts: SyncParts, { full }: { readonly full: boolean }, context: JobContext): Promise<SyncReport> {
  const { collection, source, syncs, clock } = parts
  const { schema } = collection.checked.definition
  const rows = await openRowSource(source)
  const key = sourceKey(source, schema)
  const stored = await syncs.find(collection.uid)
  const state: SyncState = stored?.key === key ? stored : { key, ...(stored?.last && { last: stored.last }) }
  // A cut-off full sync is also what an incremental one would do.
  const goesOn = state.open !== undefined && (state.open.report.full || !full)
  const open = goesOn ? state.open! : await begin(rows, full ? undefined : state.newest, { full, now: clock() }, context)
  const save = (next: OpenSync): Promise<void> => syncs.save(collection.uid, { ...state, open: next }, clock())
  const reader = createDocumentReader(schema, source.id ?? 'id')
  const read = await readAll(parts, rows, reader, open, save, context)
  const tidy = read.report.full ? await deleteGone(parts, rows, read, save, context) : read
  const withoutVector = parts.embeds ? await waitForVectors(parts, context) : 0
  const report: SyncReport = { ...tidy.report, withoutVector, finishedAt: new Date(clock()).toISOString() }
  await syncs.save(collection.uid, { key, newest: tidy.newest ?? state.newest, last: report }, clock())
  return report
}

async function begin(
  rows: RowSource,
  since: string | undefined,
  { full, now }: { readonly full: boolean; readonly now: number },
  { signal, progress }: JobContext,
): Promise<OpenSync> {
  progress(0, 'Asking the source what there is', 'reading')
  const extent = await rows.extent({ since, signal })
  return {
    since,
    newest: extent.newest ?? since,
    expected: extent.rows,
    report: {
      ...{ full, read: 0, upserted: 0, unchanged: 0, deleted: 0, failedCount: 0, failed: [], ignoredColumns: [], withoutVector: 0 },
      startedAt: new Date(now).toISOString(),
      finishedAt: null,
    },
  }
}

async function readAll(
  { collection }: SyncParts,
  rows: RowSource,
  reader: DocumentReader,
  open: OpenSync,
  save: (next: OpenSync) => Promise<void>,
  { signal, progress }: JobContext,
): Promise<OpenSync> {
  if (open.deleting === true) return open
  let now = open
  await save(now)
  for await (const batch of rows.read({ since: open.since, after: open.after, signal })) {
    signal.throwIfAborted()
    const { documents, failures } = reader.read(batch)
    const answer = await collection.upsert([documents])
    const refused = answer.failed.map(({ index, error }) => ({ id: String(documents[index]?.id ?? ''), error }))
    const { report } = now
    now = {
      ...now,
      after: batch.position,
      report: {
        ...report,
        read: report.read + batch.rows.length,
        upserted: report.upserted + answer.upserted,
        unchanged: report.unchanged + answer.unchanged,
        failedCount: report.failedCount + failures.length + answer.failedCount,
        failed: [...report.failed, ...failures, ...refused].slice(0, MOST_FAILURES_SHOWN) satisfies RowFailure[],
        ignoredColumns: reader.ignored(batch.columns),
      },
    }
    await save(now)
    const share = batch.fraction ?? (now.expected === undefined || now.expected === 0 ? 0 : now.report.read / now.expected)
    progress(READING * Math.min(1, share), readSoFar(now), 'reading')
  }
  return now
}

function readSoFar({ expected, report }: OpenSync): string {
  const of = expected === undefined ? '' : ` of ${Math.max(expected, report.read).toLocaleString('en')}`
  return `${report.read.toLocaleString('en')}${of} rows read, ${report.upserted.toLocaleString('en')} new or changed`
}

/** In two passes of their own, so that one that is cut off simply begins again. */
async function deleteGone(
  { collection, store }: SyncParts,
  rows: RowSource,
  open: OpenSync,
  save: (next: OpenSync) => Promise<void>,
  { signal, progress }: JobContext,
): Promise<OpenSync> {
  let now: OpenSync = { ...open, deleting: true }
  await save(now)
  progress(READING, 'Looking for documents that the source no longer has', 'deleting')
  const there = new IdSet()
  for await (const ids of rows.ids(signal)) {
    for (const value of ids) {
      const id = textOfId(value)
      if (id !== null) there.add(id)
    }
  }
  const documents = await store.count(collection.uid)
  if (there.size === 0 && documents > 0) {
    throw new TandemError(
      'invalid_config',
      `The source of "${collection.name}" is empty, and the collection has ${documents} document(s). Nothing was deleted: if that is meant, delete the collection.`,
    )
  }
  for (let after = ''; ; ) {
    signal.throwIfAborted()
    const page = await store.idsAfter(collection.uid, after, IDS_PER_PAGE)
    const gone = page.filter((id) => !there.has(id))
    if (gone.length > 0) {
      const deleted = await collection.delete(gone)
      now = { ...now, report: { ...now.report, deleted: now.report.deleted + deleted.length } }
      await save(now)
    }
    if (page.length < IDS_PER_PAGE) return now
    after = page.at(-1)!
  }
}

/** Returns how many are still without one. */
async function waitForVectors({ collection, store }: SyncParts, { signal, progress }: JobContext): Promise<number> {
  let known = -1
  let waited = 0
  // Counted once: it takes a pass over an index, and the share is only for show.
  const documents = await store.count(collection.uid)
  while (waited < VECTORS_PATIENCE_MS) {
    if ((await store.unembedded(collection.uid, 1)).length === 0) return 0
    const { embedded } = collection
    waited = embedded === known ? waited + VECTORS_EVERY_MS : 0
    known = embedded
    const share = documents === 0 ? 1 : Math.min(1, embedded / documents)
    const message = `${embedded.toLocaleString('en')} of ${documents.toLocaleString('en')} documents have their vector`
    progress(DELETING + (1 - DELETING) * share, message, 'embedding')
    await sleep(VECTORS_EVERY_MS, undefined, { signal })
  }
  return Math.max(1, (await store.count(collection.uid)) - collection.embedded)
}

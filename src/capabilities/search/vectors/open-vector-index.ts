// Opens our index of vectors: in memory, in a folder of its own, or in a database that is open already.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { VectorEngine } from '../../../algorithms/vector/kernels.ts'
import { createVectorMemory, type VectorMemory, type VectorMetric } from '../../../algorithms/vector/vector-memory.ts'
import { VectorRows } from '../../../algorithms/vector/vector-rows.ts'
import { TandemError } from '../../../errors.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { openDatabase } from '../../../platform/storage/open-database.ts'
import { removeSnapshot } from '../../../platform/storage/snapshot-file.ts'
import type { SnapshotTimes } from '../../../platform/storage/snapshot-keeper.ts'
import { ExactVectorIndex } from './exact-vector-index.ts'
import { ScanThreads } from './scan-threads.ts'
import { SegmentLog } from './segment-log.ts'
import { type LoadedSnapshot, loadVectorSnapshot } from './vector-snapshot.ts'
import type { StoredIndex, VectorStore } from './vector-store.ts'
import { createVectorStore } from './vector-store-sql.ts'

export interface OpenVectorIndexOptions {
  readonly dimensions: number
  /** Default `cosine`. */
  readonly metric?: VectorMetric
  /** Name in the database. Default `default`. */
  readonly name?: string
  /** Keeps it in `tandem.db` in this folder, which one process holds. */
  readonly dataDir?: string
  /** Keeps it in this open database. Without it and `dataDir` the index is in memory only. */
  readonly database?: Database
  /**
   * Folder on a local disk for a copy of the memory, as large as that, with which a million rows are opened in a fraction of a second;
   * what is missing or damaged is read from the database. Default: `indexes` in `dataDir`; with `database`, none.
   */
  readonly snapshotDir?: string
  /** When that copy is written anew. */
  readonly snapshots?: SnapshotTimes
  /** Keeps float32 rows on disk too, 4 bytes a number, by which searches with `exact: true` order their results. Default false. */
  readonly float32?: boolean
  /** Threads to share with other indexes; a number makes own ones, as many at most. Default: one a core. */
  readonly threads?: ScanThreads | number
  /** Rows from which searches go by codes first. Default 50,000. */
  readonly codesFromRows?: number
  /** Share of the true neighbours that codes have to let through. Default 0.99. */
  readonly targetRecall?: number
  /** Scans of fewer bytes stay on the event loop, where they take less than 0.3 ms. Default 4 MB. */
  readonly loopBytes?: number
  readonly engine?: VectorEngine
  /** Told of errors in the background, which lose nothing. */
  readonly onError?: (error: unknown) => void
}

/**
 * An index of vectors that answers by comparing with all of them: 100,000 of 384 dimensions in about a millisecond, a million in about ten.
 *
 * Memory: dimensions + 16 bytes a row, and an eighth of the dimensions more with codes. Opening reads all of it: a million rows from a
 * copy of the memory in about 0.4 s, from the database alone in about 1 s and as much again for the codes.
 *
 * @throws `invalid_input` for dimensions outside 1..4096; `conflict` when the index of this name has other dimensions or another metric;
 *   `storage_damaged` when what was stored does not fit its checksums; `memory_limit` beyond 4 GB.
 * @example
 * const index = await openVectorIndex({ dimensions: 384, dataDir: './data' })
 * await index.upsert({ keys: [1, 2], vectors: [first, second] })
 * const hits = await index.search({ vector: question, k: 5 })
 */
export async function openVectorIndex(options: OpenVectorIndexOptions): Promise<ExactVectorIndex> {
  const { dimensions, metric = 'cosine', name = 'default', float32 = false, engine = 'auto' } = options
  const { codesFromRows = 50_000, targetRecall = 0.99, loopBytes = 4 * 2 ** 20, onError = () => {}, threads } = options
  const makeMemory = (): VectorMemory => createVectorMemory({ dimensions, metric }, engine)
  const own = options.database === undefined && options.dataDir !== undefined ? await openDatabase({ dataDir: options.dataDir }) : undefined
  const database = options.database ?? own
  try {
    const store = database && createVectorStore(database)
    const stored = store && (await findOrCreate(store, name, { dimensions, metric, float32 }))
    const path = stored && snapshotPath(options, name)
    const snapshot = stored && path !== undefined ? await loadOrRemove(path, makeMemory, stored, await store.firstSegment(name)) : undefined
    const rows = snapshot?.rows ?? new VectorRows(makeMemory())
    const log = store && new SegmentLog({ store, name, rows, onError })
    await log?.load(snapshot?.position)
    const scanThreads = threads instanceof ScanThreads ? threads : new ScanThreads({ ...(threads === undefined ? {} : { size: threads }) })
    const closeWith = async (): Promise<void> => {
      if (scanThreads !== threads) await scanThreads.close()
      await own?.close()
    }
    return new ExactVectorIndex({
      ...{ name, rows, threads: scanThreads, log, store, codesFromRows, targetRecall, loopBytes, onError, closeWith },
      ...{ float32: stored?.float32 ?? false, codes: stored?.codes, encoded: snapshot?.encoded ?? false },
      snapshot: path === undefined ? undefined : { path, token: stored!.token, times: options.snapshots ?? {} },
    })
  } catch (error) {
    await own?.close()
    throw error
  }
}

/**
 * Removes an index and all that is stored of it; does nothing when there is none. It must not be open.
 *
 * @param snapshotDir  the folder that it was opened with.
 */
export async function dropVectorIndex(database: Database, name: string, snapshotDir?: string): Promise<void> {
  await createVectorStore(database).drop(name)
  const path = snapshotPath({ ...(snapshotDir === undefined ? {} : { snapshotDir }) }, name)
  if (path !== undefined) await removeSnapshot(path)
}

function snapshotPath({ snapshotDir, dataDir }: Pick<OpenVectorIndexOptions, 'snapshotDir' | 'dataDir'>, name: string): string | undefined {
  const folder = snapshotDir ?? (dataDir === undefined || dataDir === ':memory:' ? undefined : join(dataDir, 'indexes'))
  // A name may hold what no file may be called.
  return folder && join(folder, `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.vectors`)
}

/** One that does not fit never will: the log only goes on. */
async function loadOrRemove(
  path: string,
  makeMemory: () => VectorMemory,
  stored: StoredIndex,
  first: number | undefined,
): Promise<LoadedSnapshot | undefined> {
  const loaded = await loadVectorSnapshot(path, makeMemory, stored, first)
  if (loaded === undefined) await removeSnapshot(path)
  return loaded
}

async function findOrCreate(
  store: VectorStore,
  name: string,
  wanted: Pick<StoredIndex, 'dimensions' | 'metric' | 'float32'>,
): Promise<StoredIndex> {
  const found = await store.find(name)
  if (found === undefined) {
    await store.create(name, wanted)
    const created = await store.find(name)
    if (created) return created
    throw new TandemError('conflict', `The vector index "${name}" was dropped while it was opened. Open it again.`)
  }
  for (const field of ['dimensions', 'metric', 'float32'] as const) {
    if (found[field] === wanted[field]) continue
    throw new TandemError(
      'conflict',
      `The vector index "${name}" was made with ${field} ${found[field]}, but is opened with ${wanted[field]}. Open it as it is, or drop it and embed again.`,
      { details: { index: name, field, stored: found[field], wanted: wanted[field] } },
    )
  }
  return found
}

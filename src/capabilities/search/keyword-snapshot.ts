// The words and columns of a collection as a file, so that a large one need not be read and split into words again at each start. The
// documents in the database are the truth: what changed after the snapshot is read from there.
import type { IndexImage } from '../../algorithms/retrieval/index-image.ts'
import { type AddPart, openSnapshot, removeSnapshot, type Snapshot, writeSnapshot } from '../../platform/storage/snapshot-file.ts'
import type { OpenShelf, ShelfSnapshot } from './keyword-messages.ts'
import { KeywordShelf } from './keyword-shelf.ts'

/** To be raised when words are read differently or an index keeps them differently. */
const FORMAT = 2

interface KeptImage {
  readonly numbers: readonly number[]
  readonly parts: number
}

interface SnapshotMeta {
  readonly format: number
  readonly key: string
  /** Of the last change that is in it. */
  readonly sequence: number
  readonly images: readonly KeptImage[]
}

/** Writes a shelf, which must not change until the promise resolves. */
export async function saveShelf({ path, key }: ShelfSnapshot, shelf: KeywordShelf, sequence: number): Promise<void> {
  const { words, columns, live } = shelf.images()
  const images = [words.table, words.terms, words.postings, live, ...columns]
  await writeSnapshot(path, async (add: AddPart) => {
    for (const { parts } of images) for (const part of parts) await add(part)
    const kept = images.map(({ numbers, parts }) => ({ numbers, parts: parts.length }))
    return { format: FORMAT, key, sequence, images: kept } satisfies SnapshotMeta
  })
}

/** The shelf as it was written; undefined, and the file is removed, when it is damaged or of something else. */
export async function loadShelf(
  { path, key }: ShelfSnapshot,
  options: Pick<OpenShelf, 'language' | 'fields'>,
): Promise<{ readonly shelf: KeywordShelf; readonly sequence: number } | undefined> {
  const snapshot = await openSnapshot(path)
  if (snapshot === undefined) return undefined
  const meta = snapshot.meta as SnapshotMeta
  const fits = meta.format === FORMAT && meta.key === key
  const images = fits ? await readImages(snapshot, meta.images) : undefined
  await snapshot.close()
  const [table, terms, postings, live, ...columns] = images ?? []
  if (
    table === undefined ||
    terms === undefined ||
    postings === undefined ||
    live === undefined ||
    columns.length !== options.fields.length
  ) {
    await removeSnapshot(path)
    return undefined
  }
  return { shelf: new KeywordShelf(options, { words: { table, terms, postings }, live, columns }), sequence: meta.sequence }
}

async function readImages(snapshot: Snapshot, kept: readonly KeptImage[]): Promise<IndexImage[] | undefined> {
  const images: IndexImage[] = []
  let next = 0
  for (const { numbers, parts } of kept) {
    const read: Uint8Array[] = []
    for (let part = 0; part < parts; part++) {
      const bytes = await snapshot.read(next++)
      if (bytes === undefined) return undefined
      read.push(bytes)
    }
    images.push({ numbers, parts: read })
  }
  return images
}

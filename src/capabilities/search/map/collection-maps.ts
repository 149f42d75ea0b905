// Maps of collections: a sample of the documents, the vectors of their texts, and a plane through them. Kept until a document changes.
import { TandemError } from '../../../errors.ts'
import { createThreadPool } from '../../../platform/threads/create-thread-pool.ts'
import type { Embeddings } from '../../embeddings/index.ts'
import type { LiveCollection } from '../collection.ts'
import type { StoredDocument } from '../schema.ts'
import type { SearchStore } from '../store.ts'
import type { Projection, ProjectTask } from './project-task.ts'
import type { CollectionMap } from './schema.ts'

export interface CollectionMapsParts {
  readonly store: Pick<SearchStore, 'page' | 'count' | 'vectors'>
  readonly embeddings: Pick<Embeddings, 'embedBatch'> | undefined
}

export interface MapOptions {
  readonly color?: string | undefined
  readonly limit: number
  readonly signal?: AbortSignal | undefined
}

export interface CollectionMaps {
  /** @throws `invalid_input` for a property that no document can be told by; `conflict` below 3 documents with text, or without vectors. */
  map(collection: LiveCollection, options: MapOptions): Promise<CollectionMap>
  close(): Promise<void>
}

const PAGE = 1_000
const FEWEST = 3
const LABEL_CHARACTERS = 120
const MOST_GROUPS = 20
/** Of 5,000 points each 1 MB. */
const MOST_KEPT = 8

const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')
const PROGRAM = new URL(`./worker${ending}`, import.meta.url)

type Value = CollectionMap['points'][number]['value']

interface Shown {
  readonly id: string
  readonly text: string
  readonly document: StoredDocument
}

export function createCollectionMaps({ store, embeddings }: CollectionMapsParts): CollectionMaps {
  const pool = createThreadPool({ size: 1, program: PROGRAM })
  const kept = new Map<string, CollectionMap>()

  const draw = async (collection: LiveCollection, model: string, options: MapOptions): Promise<CollectionMap> => {
    const { signal } = options
    const documents = await store.count(collection.uid)
    const shown = await sampleOf(collection, store, documents, options)
    if (shown.length < FEWEST) {
      throw new TandemError('conflict', `A map needs ${FEWEST} documents with a text; "${collection.name}" has ${shown.length}.`)
    }
    const answer = await embeddings!.embedBatch(
      shown.map(({ text }) => text),
      { model, ...(signal === undefined ? {} : { signal }) },
    )
    const { fingerprint, dimensions } = answer
    const values = new Float32Array(shown.length * dimensions)
    for (const [row, vector] of answer.vectors.entries()) values.set(vector, row * dimensions)
    const task: ProjectTask = { values, rows: shown.length, columns: dimensions }
    const { points, explained } = await pool.run<Projection>('search.project', task, {
      transfer: [values.buffer],
      ...(signal === undefined ? {} : { signal }),
    })
    const color = options.color ?? tellingProperty(collection, shown)
    const placed = shown.map(({ id, text, document }, row) => {
      const label = text.length > LABEL_CHARACTERS ? `${text.slice(0, LABEL_CHARACTERS)}…` : text
      const value = color === null ? null : valueIn(document, color)
      return { id, x: points[2 * row]!, y: points[2 * row + 1]!, label, value }
    })
    return { model, fingerprint, documents, explained, color, points: placed }
  }

  return {
    async map(collection, options) {
      const { color, limit } = options
      checkColor(collection, color)
      const { serving } = await store.vectors(collection.uid)
      if (serving === undefined || embeddings === undefined) {
        throw new TandemError('conflict', `"${collection.name}" has no vectors yet: they are made after documents with a text are written.`)
      }
      const key = JSON.stringify([collection.uid, collection.sequence, serving.fingerprint, color ?? null, limit])
      const known = kept.get(key)
      if (known !== undefined) return known
      const made = await draw(collection, serving.model, options)
      kept.set(key, made)
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!)
      return made
    },
    close: () => pool.close(),
  }
}

function checkColor({ name, checked }: LiveCollection, color: string | undefined): void {
  const usable = checked.fields.map((field) => field.name)
  if (color === undefined || usable.includes(color)) return
  const message = `"${color}" is no filterable property of "${name}". ${usable.length === 0 ? 'It has none.' : `Possible: ${usable.join(', ')}.`}`
  throw new TandemError('invalid_input', message, { errors: [{ path: '/color', message }] })
}

/** Of more documents than the limit every so many-th, by their ids: the same ones each time. */
async function sampleOf(
  { uid, checked }: LiveCollection,
  store: CollectionMapsParts['store'],
  documents: number,
  { limit, signal }: MapOptions,
): Promise<Shown[]> {
  const stride = Math.max(1, Math.ceil(documents / limit))
  const shown: Shown[] = []
  let [after, place] = ['', 0]
  while (shown.length < limit) {
    signal?.throwIfAborted()
    const page = await store.page(uid, after, PAGE)
    for (const document of page) {
      if (place++ % stride !== 0 || shown.length === limit) continue
      const text = checked.textOf(document).trim()
      if (text !== '') shown.push({ id: String(document.id), text, document })
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    after = String(last.id)
  }
  return shown
}

function valueIn(document: StoredDocument, property: string): Value {
  const given: unknown = document[property]
  const value: unknown = Array.isArray(given) ? given[0] : given
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

/** The property that parts the documents into the fewest groups, of 2 to 20: names and ids tell nothing in colours. */
function tellingProperty({ checked }: LiveCollection, shown: readonly Shown[]): string | null {
  const counted = checked.fields
    .filter(({ kind }) => kind === 'string' || kind === 'boolean')
    .map(({ name }) => ({ name, groups: new Set(shown.map(({ document }) => valueIn(document, name))).size }))
  const usable = counted.filter(({ groups }) => groups >= 2 && groups <= MOST_GROUPS)
  return usable.sort((a, b) => a.groups - b.groups)[0]?.name ?? null
}

// What fine-tuning learns from in a collection: the texts of its documents, with the value of one property each.
import { TandemError } from '../../errors.ts'
import type { LiveCollection } from './collection.ts'
import type { SearchStore, StoredCollection } from './store.ts'

export interface LabelledText {
  readonly text: string
  readonly label: string
}

const PAGE = 1_000
const LONGEST_TEXT = 20_000
const LONGEST_LABEL = 200

/** @throws `invalid_input` naming the properties whose values can be told apart. */
export function checkLabelField({ name, checked }: Pick<LiveCollection, 'name' | 'checked'>, field: string): void {
  const usable = checked.fields.filter(({ kind }) => kind === 'string' || kind === 'boolean').map((each) => each.name)
  if (usable.includes(field)) return
  const message = `"${field}" is no property of "${name}" whose values say which documents belong together. ${usable.length === 0 ? 'It has none: make a string or boolean property filterable.' : `Possible: ${usable.join(', ')}.`}`
  throw new TandemError('invalid_input', message, { errors: [{ path: '/field', message }] })
}

/**
 * Documents that have one value of the field; of more than `most` every so many-th, by their ids. The text is made without the field, so that
 * what is learned does not hang on the value being written in it.
 */
export async function readLabelledTexts(
  { uid, checked }: Pick<LiveCollection, 'uid' | 'checked'>,
  store: Pick<SearchStore, 'page' | 'count'>,
  { field, most, signal }: { readonly field: string; readonly most: number; readonly signal: AbortSignal },
): Promise<LabelledText[]> {
  const stride = Math.max(1, Math.ceil((await store.count(uid)) / most))
  // A text that is made in code may not bear that a property is missing.
  const isTemplate = checked.definition.text !== ''
  const found: LabelledText[] = []
  let [after, place] = ['', 0]
  for (;;) {
    signal.throwIfAborted()
    const page = await store.page(uid, after, PAGE)
    for (const document of page) {
      if (place++ % stride !== 0) continue
      const { [field]: given, ...rest } = document
      const values: readonly unknown[] = Array.isArray(given) ? given : [given]
      const [value] = values
      if (values.length !== 1 || value === undefined || value === null || value === '') continue
      const text = checked.textOf(isTemplate ? rest : document).trim()
      if (text !== '') found.push({ text: text.slice(0, LONGEST_TEXT), label: String(value).slice(0, LONGEST_LABEL) })
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return found
    after = String(last.id)
  }
}

/** Collections whose vectors come from a model, or are being made by it. */
export async function collectionsServedBy(store: Pick<SearchStore, 'list' | 'vectors'>, model: string): Promise<string[]> {
  const names: string[] = []
  for (const { name, uid } of (await store.list()) as StoredCollection[]) {
    const { serving, building } = await store.vectors(uid)
    if (serving?.model === model || building?.model === model) names.push(name)
  }
  return names
}

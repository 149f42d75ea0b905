import { useQuery } from '@tanstack/react-query'
import type { Model } from '../../../../../src/capabilities/models/schema.ts'
import { client } from '../../../client.ts'

/** The model of this name; null: there is none; undefined while that is not known. */
export function useModelNamed(name: string | undefined): Model | null | undefined {
  return useQuery({
    queryKey: ['models', 'named', name],
    queryFn: ({ signal }) => findModel(name!, signal),
    enabled: name !== undefined && isModelName(name),
  }).data
}

/** Looked for in the list: asking for one that is not there would stand as an error in the browser's console. */
async function findModel(name: string, signal: AbortSignal): Promise<Model | null> {
  let cursor: string | undefined
  do {
    const page = await client.listModels({ limit: 200, signal, ...(cursor === undefined ? {} : { cursor }) })
    const found = page.items.find((model) => model.name === name)
    if (found !== undefined) return found
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return null
}

/** The model that is trained again; undefined for a new one. */
export function useKnownModel(name: string | undefined): Model | undefined {
  return useModelNamed(name) ?? undefined
}

export function isModelName(name: string): boolean {
  return /^[a-z][a-zA-Z0-9_-]{0,63}$/.test(name)
}

/** A name that the server takes, from that of a file. */
export function modelNameOf(file: string): string {
  const stem = file
    .replace(/\.[^.]*$/, '')
    .replaceAll(/[^a-zA-Z0-9_-]+/g, '-')
    .replace(/^[^a-zA-Z]+/, '')
    .replace(/-+$/, '')
    .slice(0, 64)
  return stem === '' ? 'model' : stem.charAt(0).toLowerCase() + stem.slice(1)
}

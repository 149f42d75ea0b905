// Live searches of the playground: one connection for each column, so that what is typed cancels only the search of its own kind.
import { useEffect } from 'react'
import type { AnyDocument, LiveSearch } from '../../../../../src/collections.ts'
import { client } from '../../../client.ts'
import type { Mode } from '../search.ts'

const open = new Map<string, LiveSearch<AnyDocument>>()

export function liveSearch(collection: string, mode: Mode): LiveSearch<AnyDocument> {
  const key = `${mode} ${collection}`
  const known = open.get(key)
  if (known !== undefined) return known
  const made = client.collection(collection).live()
  open.set(key, made)
  return made
}

/** Ends the connections of a collection when its page is left. */
export function useLiveSearches(collection: string): void {
  useEffect(
    () => () => {
      for (const [key, live] of open) {
        if (!key.endsWith(` ${collection}`)) continue
        live.close()
        open.delete(key)
      }
    },
    [collection],
  )
}

// Surveys of tables by how they were read, so that choosing a target does not read the table again. Bounded; the least
// recently used goes first, and each is forgotten some time after it was last asked for.
import type { Reading } from './dialect.ts'

export interface SurveyCache {
  get(table: string, reading: Reading, make: () => Promise<Uint8Array>): Promise<Uint8Array>
  forget(table: string): void
  clear(): void
}

const MAX_BYTES = 32 * 1024 * 1024
const KEPT_MS = 15 * 60_000

export function createSurveyCache(): SurveyCache {
  const surveys = new Map<string, { readonly bytes: Uint8Array; readonly timer: NodeJS.Timeout }>()
  let size = 0
  const drop = (key: string): void => {
    const entry = surveys.get(key)
    if (entry === undefined) return
    clearTimeout(entry.timer)
    surveys.delete(key)
    size -= entry.bytes.byteLength
  }
  const keep = (key: string, bytes: Uint8Array): void => {
    drop(key)
    surveys.set(key, { bytes, timer: setTimeout(() => drop(key), KEPT_MS).unref() })
    size += bytes.byteLength
    for (const oldest of surveys.keys()) {
      if (size <= MAX_BYTES || oldest === key) break
      drop(oldest)
    }
  }
  return {
    async get(table, reading, make) {
      const key = `${table} ${JSON.stringify(Object.entries(reading).sort())}`
      const known = surveys.get(key)
      const bytes = known?.bytes ?? (await make())
      keep(key, bytes)
      return bytes
    },
    forget(table) {
      for (const key of [...surveys.keys()]) if (key.startsWith(`${table} `)) drop(key)
    },
    clear() {
      for (const key of [...surveys.keys()]) drop(key)
    },
  }
}

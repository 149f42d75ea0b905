// Documents that searches have shown lately, as they are stored: most searches show some that others have shown, and reading them from
// the database again would cost more than finding them. One memory for all collections of a server; what was not shown for longest goes.

/** Of one collection. */
export interface ShownDocuments {
  /** Contents by row; rows without a document are left out. Rejects with the error of the read. */
  read(rows: readonly number[]): Promise<ReadonlyMap<number, string>>
  /** To be called when changes of these rows can be read, before anybody is told of them. */
  forget(rows: Iterable<number>): void
  forgetAll(): void
}

export type ReadContents = (rows: readonly number[]) => Promise<readonly { readonly row: number; readonly content: string }[]>

const DEFAULT_LIMIT_BYTES = 32 * 2 ** 20
/** What an entry takes beside its text, about. */
const ENTRY_BYTES = 100

export class ShownDocumentMemory {
  readonly #limitBytes: number
  /** A map keeps the order of insertion: what is shown is put in again, so that the first one is the oldest. */
  readonly #contents = new Map<string, string>()
  #bytes = 0
  #collections = 0

  constructor({ limitBytes = DEFAULT_LIMIT_BYTES }: { readonly limitBytes?: number } = {}) {
    this.#limitBytes = limitBytes
  }

  /** Kept, two bytes a character. */
  get bytes(): number {
    return this.#bytes
  }

  open(readContents: ReadContents): ShownDocuments {
    // Whoever opens a collection anew may have missed changes, so nothing of before is found.
    let prefix = `${++this.#collections}:`
    let changes = 0
    return {
      read: async (rows) => {
        const found = new Map<number, string>()
        const missing: number[] = []
        for (const row of rows) {
          const content = this.#take(prefix + row)
          if (content === undefined) missing.push(row)
          else found.set(row, content)
        }
        if (missing.length === 0) return found
        const before = changes
        for (const { row, content } of await readContents(missing)) {
          found.set(row, content)
          // One that was changed meanwhile may have been read before.
          if (before === changes) this.#put(prefix + row, content)
        }
        return found
      },
      forget: (rows) => {
        changes++
        for (const row of rows) this.#drop(prefix + row)
      },
      forgetAll: () => {
        changes++
        prefix = `${++this.#collections}:`
      },
    }
  }

  #take(key: string): string | undefined {
    const content = this.#contents.get(key)
    if (content === undefined) return undefined
    this.#contents.delete(key)
    this.#contents.set(key, content)
    return content
  }

  #put(key: string, content: string): void {
    this.#drop(key)
    const bytes = bytesOf(key, content)
    if (bytes > this.#limitBytes) return
    this.#contents.set(key, content)
    this.#bytes += bytes
    for (const oldest of this.#contents.keys()) {
      if (this.#bytes <= this.#limitBytes) break
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    const content = this.#contents.get(key)
    if (content === undefined) return
    this.#contents.delete(key)
    this.#bytes -= bytesOf(key, content)
  }
}

const bytesOf = (key: string, content: string): number => 2 * (key.length + content.length) + ENTRY_BYTES

// Decides when the snapshot of an index is written anew: when nothing has been written for a while, when it has doubled, and before it is
// closed, each only if enough has changed that taking in the rest would be felt.

export interface SnapshotTimes {
  /** Time without writes after which it is written. Default 10,000. */
  readonly quietMs?: number
  /** Fewer changed rows than this are not worth a new one. Default 20,000. */
  readonly leastRows?: number
}

export interface SnapshotKeeperOptions extends SnapshotTimes {
  /** Rows that the index has. */
  readonly count: () => number
  /** Rows that were changed, or read after the snapshot, since the index was opened. */
  readonly changes: () => number
  /** Writes it; false: not now. */
  readonly save: () => Promise<boolean>
  /** Told what went wrong; nothing is lost by it. */
  readonly onError: (error: unknown) => void
}

const LEAST_ROWS = 20_000
/** Of the rows. */
const LEAST_SHARE = 0.05
/** It is written while rows still come once there are so many times the least, and it has doubled. */
const BUSY_TIMES = 10

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions
  /** Of the changes, those that are in the snapshot; what was read at the opening is not. */
  #saved = 0
  #saving: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options
    this.changed()
  }

  /** After writes. */
  changed(): void {
    const { quietMs = 10_000, leastRows = LEAST_ROWS, count } = this.#options
    if (this.#closed || !this.#isDue()) return
    if (this.#missing() >= Math.max(BUSY_TIMES * leastRows, count())) this.#save()
    else if (this.#timer !== undefined) this.#timer.refresh()
    else {
      this.#timer = setTimeout(() => {
        this.#timer = undefined
        if (!this.#closed) this.#save()
      }, quietMs)
      this.#timer.unref()
    }
  }

  /** Writes it if it is due. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#saving
    if (this.#isDue()) this.#save()
    await this.#saving
  }

  #isDue(): boolean {
    const { count, leastRows = LEAST_ROWS } = this.#options
    return this.#missing() >= Math.max(leastRows, LEAST_SHARE * count())
  }

  #missing(): number {
    return this.#options.changes() - this.#saved
  }

  #save(): void {
    const { changes, save, onError } = this.#options
    if (this.#saving !== undefined) return
    const upTo = changes()
    this.#saving = save()
      .then((isSaved) => {
        if (isSaved) this.#saved = upTo
      })
      .catch((error: unknown) => {
        // It is tried again when as much has changed once more.
        this.#saved = upTo
        onError(error)
      })
      .finally(() => {
        this.#saving = undefined
      })
  }
}

// Where a read outside a transaction runs. The writing thread answers short ones between two writes, so that an idle
// server has one thread; the reading thread (8 MB) starts with the first read that would wait or make others wait, and
// ends when none came for a minute. Reads never run on the writer while a transaction is open there.
import { statSync } from 'node:fs'
import type { Outcome, Statement, StatementResult } from './sqlite-protocol.ts'
import type { SqliteThread } from './sqlite-thread.ts'
import type { SqliteWriter } from './sqlite-writer.ts'
import { sqliteError } from './storage-errors.ts'

/** A read that waited this long for the writer moves to the reader, which takes as long to start. */
const PATIENCE_MS = 50
/** A statement that takes longer holds up writes for too long. */
const SHORT_MS = 10
/** Up to this size of the file a scan takes 50 ms at most; beyond it a statement is tried on the reader first. */
const SMALL_FILE_BYTES = 32 * 1024 * 1024
/** While a server starts nobody waits for its writes, and what it reads then it reads again later. */
const LEARN_MS = 5000
const MEASURE_AGAIN_MS = 10_000
const MAX_KNOWN_STATEMENTS = 500
const IDLE_MS = 60_000

export interface SqliteReadsParts {
  readonly writer: SqliteWriter
  /** Makes a reading thread that opens with its first statement; undefined where the writer reads all (in memory, old SQLite). */
  readonly createReader: (() => SqliteThread) | undefined
  readonly location: string
  /** Default 60 s. */
  readonly idleMs?: number
  /** Default 50 ms. */
  readonly patienceMs?: number
  /** Default 10 ms. */
  readonly shortMs?: number
}

export class SqliteReads {
  readonly #parts: SqliteReadsParts
  #reader: SqliteThread | undefined
  #ending: Promise<void> = Promise.resolve()
  #idle: NodeJS.Timeout | undefined
  #underWay = 0
  #closed = false
  /** Time in milliseconds by SQL text. */
  readonly #known = new Map<string, number>()
  readonly #openedAt = performance.now()
  #small = true
  #measuredAt = Number.NEGATIVE_INFINITY

  constructor(parts: SqliteReadsParts) {
    this.#parts = parts
  }

  /** Whether the reading thread runs. */
  get isOpen(): boolean {
    return this.#reader !== undefined
  }

  /** `written` by Kysely's builder, in contrast to raw SQL, which may take any time. */
  async run(statement: Statement, written: boolean): Promise<StatementResult> {
    const { writer, createReader } = this.#parts
    if (createReader === undefined) return writer.execute(statement, 'read')
    if (!written || !this.#isShort(statement.sql)) return this.#onReader(statement, createReader)
    // Running already, it takes the short ones too, but they do not keep it.
    if (this.#reader !== undefined) return this.#send(this.#reader, statement)
    const result = await writer.executeSoon(statement, this.#parts.patienceMs ?? PATIENCE_MS)
    if (result === undefined) return this.#onReader(statement, createReader)
    this.#remember(statement.sql, result)
    return result
  }

  /** Waits for what runs, then ends the reading thread. */
  async close(): Promise<void> {
    this.#closed = true
    this.#rest()
    await this.#ending
  }

  async #onReader(statement: Statement, createReader: () => SqliteThread): Promise<StatementResult> {
    // The writer is closed by then, or will be next, and says so.
    if (this.#closed) return this.#parts.writer.execute(statement, 'read')
    this.#reader ??= createReader()
    clearTimeout(this.#idle)
    this.#underWay++
    try {
      return await this.#send(this.#reader, statement)
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#restLater()
    }
  }

  async #send(reader: SqliteThread, statement: Statement): Promise<StatementResult> {
    const [outcome] = (await reader.send({ kind: 'reads', statements: [statement] })) as [Outcome]
    if ('failure' in outcome) throw sqliteError({ ...outcome.failure, sql: statement.sql }, this.#parts.location)
    this.#remember(statement.sql, outcome.result)
    return outcome.result
  }

  #restLater(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#rest(), this.#parts.idleMs ?? IDLE_MS)
    this.#idle.unref()
  }

  #rest(): void {
    clearTimeout(this.#idle)
    const reader = this.#reader
    this.#reader = undefined
    // It answers what it was sent before it ends; whoever reads meanwhile gets another one.
    if (reader !== undefined) this.#ending = Promise.all([this.#ending, reader.close()]).then(() => {})
  }

  #isShort(sql: string): boolean {
    const known = this.#known.get(sql)
    return known === undefined ? this.#mayTry() : known <= (this.#parts.shortMs ?? SHORT_MS)
  }

  #mayTry(): boolean {
    const now = performance.now()
    if (now - this.#openedAt < LEARN_MS) return true
    if (now - this.#measuredAt > MEASURE_AGAIN_MS) {
      this.#measuredAt = now
      this.#small = [this.#parts.location, `${this.#parts.location}-wal`].every(
        (path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= SMALL_FILE_BYTES,
      )
    }
    return this.#small
  }

  /** A longer time counts at once, a shorter one by half: a busy machine makes any statement slow now and then. */
  #remember(sql: string, { tookMs }: StatementResult): void {
    const known = this.#known.get(sql)
    if (known === undefined && this.#known.size >= MAX_KNOWN_STATEMENTS) this.#known.delete(this.#known.keys().next().value as string)
    this.#known.set(sql, known === undefined || tookMs > known ? tookMs : (known + tookMs) / 2)
  }
}

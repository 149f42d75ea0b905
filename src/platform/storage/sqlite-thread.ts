// The main thread's side of a SQLite thread: starts it, sends commands, answers promises, and starts it again when it died.
import { Worker } from 'node:worker_threads'
import { TandemError } from '../../errors.ts'
import type { Outcome, SqliteCommand, SqliteReady, SqliteReply, SqliteThreadData, Statement } from './sqlite-protocol.ts'
import { type SqliteFailure, sqliteError } from './storage-errors.ts'

interface Waiting {
  readonly resolve: (outcomes: readonly Outcome[]) => void
  readonly reject: (error: unknown) => void
}

const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')

/** One connection in one thread. Commands run in the order they are sent. */
export class SqliteThread {
  readonly #data: SqliteThreadData
  #worker: Worker | undefined
  #opening: Promise<SqliteReady> | undefined
  #waiting = new Map<number, Waiting>()
  #nextId = 1
  #closed = false

  constructor(data: SqliteThreadData) {
    this.#data = data
  }

  /** Starts the thread unless it runs. Resolves when the connection is open; rejects with why it cannot be opened. */
  async open(): Promise<SqliteReady> {
    this.#opening ??= this.#start()
    return this.#opening
  }

  async send(command: SqliteCommand): Promise<readonly Outcome[]> {
    if (this.#closed) throw new TandemError('unavailable', 'The database is closed: this server is shutting down.')
    if (this.#worker === undefined) await this.open()
    return this.#post(command)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#opening === undefined) return
    await this.#opening.catch(() => {})
    const worker = this.#worker
    if (worker === undefined) return
    // Never terminate(): a connection that is busy may hang. It closes itself and lets the thread end.
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    await this.#post({ kind: 'close' }).catch(() => {})
    worker.ref()
    await exited
  }

  #start(): Promise<SqliteReady> {
    const worker = new Worker(new URL(`./sqlite-worker${EXTENSION}`, import.meta.url), {
      workerData: this.#data,
      name: this.#data.readOnly ? 'sqlite-reader' : 'sqlite-writer',
      // A small young generation keeps the idle thread near 12 MB; the old one is a ceiling for large results, not a reservation.
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 512, stackSizeMb: 2 },
      // None of the flags the program was started with (loaders, inspectors) concern this thread.
      execArgv: [],
    })
    return new Promise<SqliteReady>((resolve, reject) => {
      worker.on('message', (message: SqliteReady | SqliteReply | { failure: SqliteFailure }) => {
        if ('id' in message) return this.#settle(message)
        if ('failure' in message) return reject(sqliteError(message.failure, this.#data.path))
        this.#worker = worker
        worker.unref()
        resolve(message)
      })
      worker.on('error', (error) => this.#lose(worker, error))
      worker.on('exit', () => {
        this.#lose(worker, undefined)
        reject(new TandemError('unavailable', `The thread of the database ${this.#data.path} ended before it was ready.`))
      })
    })
  }

  #post(command: SqliteCommand): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker
      if (worker === undefined) return reject(lost(this.#data.path, undefined))
      const id = this.#nextId++
      // The thread keeps the process alive only while someone waits for it.
      if (this.#waiting.size === 0) worker.ref()
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ ...command, id }, 'statements' in command ? parameterBuffers(command.statements) : [])
    })
  }

  #settle(reply: SqliteReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (this.#waiting.size === 0) this.#worker?.unref()
    waiting?.resolve(reply.outcomes)
  }

  #lose(worker: Worker, error: unknown): void {
    if (this.#worker !== undefined && this.#worker !== worker) return
    this.#worker = undefined
    this.#opening = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(lost(this.#data.path, error))
  }
}

function lost(path: string, cause: unknown): TandemError {
  const reason = cause instanceof Error ? ` (${cause.message})` : ''
  return new TandemError(
    'unavailable',
    `The thread of the database ${path} ended${reason}; statements under way were undone. Try again: it starts anew.`,
    {
      cause,
    },
  )
}

function parameterBuffers(statements: readonly Statement[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = []
  for (const { parameters, packed } of statements) {
    if (packed !== undefined) buffers.push(packed.buffer)
    for (const value of parameters) if (value instanceof Uint8Array) buffers.push(value.buffer)
  }
  return buffers
}

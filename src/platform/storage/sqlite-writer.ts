// Gives the one writing connection to one party at a time, in the order of arrival: a transaction, or a group of
// independent statements that arrived while the connection was busy and share one commit.
import { TandemError } from '../../errors.ts'
import type { Outcome, SqliteCommand, Statement, StatementResult } from './sqlite-protocol.ts'
import type { SqliteThread } from './sqlite-thread.ts'
import { sqliteError } from './storage-errors.ts'

const MAX_GROUP = 256
/** Past this age of a transaction those that wait for it give up: most likely it waits for one of them. */
const STUCK_AFTER_MS = 30_000

/** With which others a statement may share a turn: writes share a commit; DDL, pragmas and raw SQL run alone. */
export type Sharing = 'read' | 'write' | 'alone'

type Turn =
  | {
      readonly kind: 'statement'
      readonly statement: Statement
      readonly sharing: Sharing
      /** `undefined` when it was withdrawn. */
      readonly resolve: (result: StatementResult | undefined) => void
      readonly reject: (error: unknown) => void
    }
  | { readonly kind: 'transaction'; readonly resolve: () => void; readonly reject: (error: unknown) => void }

export class SqliteWriter {
  readonly #thread: SqliteThread
  readonly #location: string
  #turns: Turn[] = []
  #busy = false
  #scheduled = false
  #stuck: NodeJS.Timeout | undefined

  constructor(thread: SqliteThread, location: string) {
    this.#thread = thread
    this.#location = location
  }

  /** Runs one statement outside a transaction; durable when the promise resolves. */
  execute(statement: Statement, sharing: Sharing): Promise<StatementResult> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'statement', statement, sharing, resolve: resolve as (result: StatementResult | undefined) => void, reject })
    })
  }

  /** Runs a read, or resolves with `undefined` when its turn has not come within that time. */
  executeSoon(statement: Statement, patienceMs: number): Promise<StatementResult | undefined> {
    return new Promise((resolve, reject) => {
      const turn: Turn = { kind: 'statement', statement, sharing: 'read', resolve, reject }
      const free = !this.#busy && this.#turns.length === 0
      this.#enqueue(turn)
      if (free) return
      // After the messages that are there already: a late event loop must not look like a busy writer.
      setTimeout(() => setImmediate(() => this.#withdraw(turn)), patienceMs)
    })
  }

  /** Waits for the turn and begins. Must be followed by `commit` or `rollback`. */
  begin(): Promise<void> {
    return new Promise((resolve, reject) => this.#enqueue({ kind: 'transaction', resolve, reject }))
  }

  async within(statement: Statement): Promise<StatementResult> {
    return this.#one({ kind: 'within', statements: [statement] })
  }

  /** When it fails the transaction is still open and must be rolled back. */
  async commit(): Promise<void> {
    await this.#one({ kind: 'commit' })
    this.#endTurn()
  }

  async rollback(): Promise<void> {
    try {
      await this.#one({ kind: 'rollback' })
    } finally {
      this.#endTurn()
    }
  }

  /** Resolves when every turn that waits now is over. */
  async settled(): Promise<void> {
    if (!this.#busy && this.#turns.length === 0) return
    await this.begin().then(() => this.rollback())
  }

  #enqueue(turn: Turn): void {
    this.#turns.push(turn)
    if (this.#busy || this.#scheduled) return
    this.#scheduled = true
    // One microtask later, so that statements issued together share a commit.
    queueMicrotask(() => {
      this.#scheduled = false
      this.#next()
    })
  }

  #next(): void {
    const first = this.#turns[0]
    if (this.#busy || first === undefined) return
    this.#busy = true
    if (first.kind === 'transaction') {
      this.#turns.shift()
      void this.#beginTurn(first)
      return
    }
    void this.#runGroup(this.#takeGroup(first))
  }

  /** The first statement and those of its kind up to the next transaction or lone statement; reads and writes may pass each other. */
  #takeGroup(first: Turn & { kind: 'statement' }): (Turn & { kind: 'statement' })[] {
    const group: (Turn & { kind: 'statement' })[] = []
    const left: Turn[] = []
    let next = 0
    for (; next < this.#turns.length && group.length < MAX_GROUP; next++) {
      const turn = this.#turns[next] as Turn
      if (turn !== first && (turn.kind === 'transaction' || turn.sharing === 'alone' || first.sharing === 'alone')) break
      if (turn.kind === 'statement' && turn.sharing === first.sharing) group.push(turn)
      else left.push(turn)
    }
    this.#turns.splice(0, next, ...left)
    return group
  }

  #withdraw(turn: Turn & { kind: 'statement' }): void {
    const place = this.#turns.indexOf(turn)
    if (place < 0) return
    this.#turns.splice(place, 1)
    turn.resolve(undefined)
  }

  async #beginTurn(turn: Turn & { kind: 'transaction' }): Promise<void> {
    try {
      await this.#one({ kind: 'begin' })
    } catch (error) {
      this.#endTurn()
      turn.reject(error)
      return
    }
    this.#stuck = setTimeout(() => this.#refuseWaiting(), STUCK_AFTER_MS)
    turn.resolve()
  }

  async #runGroup(turns: (Turn & { kind: 'statement' })[]): Promise<void> {
    try {
      const kind = turns[0]?.sharing === 'read' ? 'reads' : 'group'
      const outcomes = await this.#thread.send({ kind, statements: turns.map((turn) => turn.statement) })
      turns.forEach((turn, index) => {
        const outcome = outcomes[index] as Outcome
        if ('result' in outcome) turn.resolve(outcome.result)
        else turn.reject(sqliteError({ ...outcome.failure, sql: turn.statement.sql }, this.#location))
      })
    } catch (error) {
      for (const turn of turns) turn.reject(error)
    }
    this.#endTurn()
  }

  async #one(command: SqliteCommand): Promise<StatementResult> {
    const [outcome] = (await this.#thread.send(command)) as [Outcome]
    if ('result' in outcome) return outcome.result
    throw sqliteError(outcome.failure, this.#location)
  }

  #endTurn(): void {
    clearTimeout(this.#stuck)
    this.#busy = false
    this.#next()
  }

  #refuseWaiting(): void {
    const waiting = this.#turns.splice(0)
    const message = `A transaction on ${this.#location} has been open for ${STUCK_AFTER_MS / 1000} s, so ${waiting.length} statements could not start. Inside \`database.transaction(tx => ...)\` use \`tx\` for every statement, and do not wait for the network.`
    for (const turn of waiting) turn.reject(new TandemError('storage_locked', message))
  }
}

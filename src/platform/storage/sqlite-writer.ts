// Gives the one writing connection to one party at a time, in the order of arrival: a transaction, or a group of
// independent statements that arrived while the connection was busy and share one commit.
import { TandemError } from '../../errors.ts'
import type { Outcome, SqliteCommand, Statement, StatementResult } from './sqlite-protocol.ts'
import type { SqliteThread } from './sqlite-thread.ts'
import { sqliteError } from './storage-errors.ts'

const MAX_GROUP = 256
/** Past this age of a transaction those that wait for it give up: most likely it waits for one of them. */
const STUCK_AFTER_MS = 30_000

type Turn =
  | {
      readonly kind: 'statement'
      readonly statement: Statement
      /** May share a commit with others; DDL, pragmas and raw SQL run alone. */
      readonly groupable: boolean
      readonly resolve: (result: StatementResult) => void
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
  execute(statement: Statement, groupable: boolean): Promise<StatementResult> {
    return new Promise((resolve, reject) => this.#enqueue({ kind: 'statement', statement, groupable, resolve, reject }))
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
    let size = 1
    if (first.groupable) {
      while (size < MAX_GROUP && size < this.#turns.length && isGroupable(this.#turns[size])) size++
    }
    void this.#runGroup(this.#turns.splice(0, size) as (Turn & { kind: 'statement' })[])
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
      const outcomes = await this.#thread.send({ kind: 'group', statements: turns.map((turn) => turn.statement) })
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

function isGroupable(turn: Turn | undefined): boolean {
  return turn !== undefined && turn.kind === 'statement' && turn.groupable
}

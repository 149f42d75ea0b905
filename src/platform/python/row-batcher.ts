// Micro-batching of rows for a model on a worker: while two requests are under way, what arrives is gathered and goes next, together. The
// window is as long as a request takes: an idle model is asked at once, a busy one is given more at a time. Each row keeps its deadline.
import { TandemError } from '../../errors.ts'
import { workerFailure } from './failure.ts'

export interface RowBatcherOptions<Row, Answer> {
  /** Answers in the order of the rows. */
  readonly ask: (rows: readonly Row[], timeoutMs: number) => Promise<readonly Answer[]>
  /** Rows of one request at most. */
  readonly mostRows: number
}

export interface RowBatcher<Row, Answer> {
  /** @throws `unavailable` (timeout) when the deadline passes first; whatever the worker says */
  run(rows: readonly Row[], timeoutMs: number): Promise<readonly Answer[]>
  readonly waiting: number
  readonly isIdle: boolean
}

interface Call<Row, Answer> {
  readonly rows: readonly Row[]
  readonly until: number
  readonly answers: Answer[]
  taken: number
  /** Rows that came back; parts of a call may do so in any order. */
  answered: number
  isSettled: boolean
  resolve(answers: readonly Answer[]): void
  reject(error: unknown): void
}

/** Of which one is computed and one is on its way. */
const MOST_UNDER_WAY = 2

export function createRowBatcher<Row, Answer>({ ask, mostRows }: RowBatcherOptions<Row, Answer>): RowBatcher<Row, Answer> {
  type Waiting = Call<Row, Answer>
  let calls: Waiting[] = []
  let [underWay, waiting] = [0, 0]
  let isScheduled = false

  const schedule = (): void => {
    if (isScheduled || calls.length === 0) return
    isScheduled = true
    // After the requests that are already there have been read.
    setImmediate(() => {
      isScheduled = false
      while (underWay < MOST_UNDER_WAY && calls.length > 0) void send(take())
    })
  }

  /** The next rows, and of which calls they are. */
  const take = (): { readonly call: Waiting; readonly from: number; readonly to: number }[] => {
    const parts = []
    let room = mostRows
    while (room > 0 && calls.length > 0) {
      const call = calls[0]!
      const from = call.taken
      const to = call.isSettled ? from : Math.min(call.rows.length, from + room)
      if (to > from) parts.push({ call, from, to })
      room -= to - from
      waiting -= to - from
      call.taken = to
      if (!call.isSettled && to < call.rows.length) break
      if (call.isSettled) waiting -= call.rows.length - to
      calls = calls.slice(1)
    }
    return parts
  }

  const send = async (parts: ReturnType<typeof take>): Promise<void> => {
    if (parts.length === 0) return
    underWay++
    const rows = parts.flatMap(({ call, from, to }) => call.rows.slice(from, to))
    const restMs = Math.max(...parts.map(({ call }) => call.until)) - performance.now()
    try {
      const answers = await ask(rows, Math.max(1, restMs))
      let at = 0
      for (const { call, from, to } of parts) {
        for (let row = from; row < to; row++) call.answers[row] = answers[at++]!
        call.answered += to - from
        if (call.answered === call.rows.length) call.resolve(call.answers)
      }
    } catch (error) {
      for (const { call } of parts) call.reject(error)
    } finally {
      underWay--
      schedule()
    }
  }

  return {
    run(rows, timeoutMs) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly Answer[]>()
      const late = (): void => call.reject(workerFailure('timeout', `No worker answered within ${Math.round(timeoutMs)} ms.`))
      const timer = setTimeout(late, timeoutMs)
      const settle = (): void => {
        call.isSettled = true
        clearTimeout(timer)
      }
      const call: Waiting = {
        ...{ rows, until: performance.now() + timeoutMs, answers: new Array<Answer>(rows.length), taken: 0, answered: 0, isSettled: false },
        resolve(answers) {
          settle()
          resolve(answers)
        },
        reject(error) {
          settle()
          reject(error)
        },
      }
      calls.push(call)
      waiting += rows.length
      schedule()
      return promise
    },
    get waiting() {
      return waiting
    },
    get isIdle() {
      return underWay === 0 && calls.length === 0
    },
  }
}

/** @throws `overloaded` when more rows would wait than may */
export function refuseOverload(waiting: number, more: number, most: number): void {
  if (waiting + more <= most) return
  throw new TandemError(
    'overloaded',
    `${waiting} rows wait for a worker, and ${more} more would be over the limit of ${most}. Try again shortly, or send fewer at once.`,
  )
}

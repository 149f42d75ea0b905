// One thread that reads streams off the event loop: uploads are decoded, cut and checked there. It is started with the first
// stream that is not short and ended when none has come for a while.
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { TandemError } from '../../errors.ts'
import { cloneError, restoreError } from './messages.ts'
import type { StreamTaskTable } from './serve-streams.ts'
import type { FromStream, OpenStream, ToStream } from './stream-messages.ts'

export interface StreamRun {
  readonly input: AsyncIterable<Uint8Array>
  /** Takes what the task gives out; the task waits for it. */
  readonly onOutput?: (bytes: Uint8Array) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

export interface StreamThread {
  /**
   * Runs a task on a stream. Rejects with the task's error, the error of the input or of `onOutput`, or the signal's reason;
   * the input is ended in every case.
   */
  run<Result>(task: string, argument: unknown, run: StreamRun): Promise<Result>
  close(): Promise<void>
}

export interface StreamThreadOptions {
  /** A program that calls `serveStreams` with the tasks. */
  readonly program: URL
  /** The same tasks, for streams that are shorter than it takes to start a thread. */
  readonly tasks: StreamTaskTable
  /** Streams up to this size are read on the event loop. Default 8 KiB: about 1 ms. */
  readonly inlineBytes?: number
  /** The thread ends after this time without a stream. Default 10,000. */
  readonly idleTimeoutMs?: number
}

/** A stream that needs more ends its thread, and not the server. Few young objects at a time keep the process small. */
const HEAP = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 1024 } as const

export function createStreamThread(options: StreamThreadOptions): StreamThread {
  const { program, tasks, inlineBytes = 8 * 1024, idleTimeoutMs = 10_000 } = options
  const failures = new Set<(error: TandemError) => void>()
  let worker: Worker | undefined
  let idleTimer: NodeJS.Timeout | undefined
  let closed = false

  const start = (): Worker => {
    // Flags that the process was started with (loaders, inspectors) do not concern its threads.
    const started = new Worker(program, { name: 'tandem-streams', execArgv: [], resourceLimits: HEAP })
    let fault: unknown
    started.on('error', (error) => {
      fault = error
    })
    started.on('exit', (status) => {
      // One that was idle and told to go ran nothing.
      if (worker !== started) return
      worker = undefined
      const reason = fault instanceof Error ? fault.message : `exit status ${status}`
      const error = closed
        ? stopping()
        : new TandemError('internal', `The thread that reads uploads died: ${reason}. Send the rows again.`, { cause: fault })
      for (const fail of failures) fail(error)
    })
    started.unref()
    return started
  }

  const onThread = async (task: string, argument: unknown, run: StreamRun): Promise<unknown> => {
    clearTimeout(idleTimer)
    worker ??= start()
    const { port1: port, port2 } = new MessageChannel()
    const order: OpenStream = { task, argument, port: port2 }
    worker.postMessage(order, [port2])
    let fail: (error: TandemError) => void = () => {}
    const died = new Promise<never>((_, reject) => {
      fail = reject
    })
    failures.add(fail)
    try {
      return await Promise.race([converse(port, run), died])
    } finally {
      failures.delete(fail)
      port.close()
      if (failures.size === 0 && !closed) {
        idleTimer = setTimeout(() => {
          const idle = worker
          worker = undefined
          void idle?.terminate()
        }, idleTimeoutMs)
        idleTimer.unref()
      }
    }
  }

  return {
    async run<Result>(task: string, argument: unknown, run: StreamRun): Promise<Result> {
      if (closed) throw stopping()
      const beginning = await readBeginning(run.input, inlineBytes)
      try {
        const input = beginning.all()
        const { onOutput, signal } = run
        signal?.throwIfAborted()
        if (!beginning.whole) return (await onThread(task, argument, { ...run, input })) as Result
        return (await tasks[task]!(argument as never, { input, output: async (bytes) => onOutput?.(bytes) })) as Result
      } finally {
        beginning.end()
      }
    },
    async close() {
      closed = true
      clearTimeout(idleTimer)
      await worker?.terminate()
    },
  }
}

/** Gives the thread what it asks for until it has a result. */
async function converse(port: MessagePort, { input, onOutput, signal }: StreamRun): Promise<unknown> {
  const chunks = input[Symbol.asyncIterator]()
  const send = (message: ToStream, move: ArrayBuffer[] = []): void => port.postMessage(message, move)
  const next = async (): Promise<void> => {
    try {
      const { done, value } = await chunks.next()
      if (done) send({ end: true })
      else {
        // A clone would take along the whole buffer that this is a part of.
        const own = new Uint8Array(value)
        send({ chunk: own }, [own.buffer])
      }
    } catch (error) {
      send({ fault: cloneError(error, 'reading rows') })
    }
  }
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal?.reason)
    const settle = (act: () => void): void => {
      signal?.removeEventListener('abort', onAbort)
      act()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    port.on('message', (message: FromStream) => {
      if ('want' in message) void next()
      else if ('output' in message) {
        const taken = onOutput?.(message.output) ?? Promise.resolve()
        taken.then(
          () => send({ taken: true }),
          (error) => settle(() => reject(error)),
        )
      } else if ('failure' in message) settle(() => reject(restoreError(message.failure)))
      else settle(() => resolve(message.result))
    })
  })
}

interface Beginning {
  /** Whether the stream has ended within it. */
  readonly whole: boolean
  all(): AsyncIterable<Uint8Array>
  /** Lets the sender go; does not wait for one that is silent. */
  end(): void
}

async function readBeginning(input: AsyncIterable<Uint8Array>, bytes: number): Promise<Beginning> {
  const chunks = input[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let size = 0
  let whole = false
  while (size <= bytes && !whole) {
    const { done, value } = await chunks.next()
    if (done) whole = true
    else {
      first.push(value)
      size += value.byteLength
    }
  }
  return {
    whole: whole && size <= bytes,
    async *all() {
      yield* first
      if (!whole) for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    },
    end: () => void chunks.return?.().then(undefined, () => {}),
  }
}

function stopping(): TandemError {
  return new TandemError('unavailable', 'The server is stopping and reads no more rows. Send them again.')
}

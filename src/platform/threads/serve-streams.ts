// Runs tasks that read a stream, on a thread of their own, many at a time: one that waits for its sender holds up no other.
import { type MessagePort, parentPort } from 'node:worker_threads'
import { TandemError } from '../../errors.ts'
import { lowerThreadPriority } from './lower-priority.ts'
import { cloneError, restoreError } from './messages.ts'
import type { FromStream, OpenStream, ToStream } from './stream-messages.ts'

export interface StreamContext {
  /** The bytes as they come; the sender is asked for more only when this is read. */
  readonly input: AsyncIterable<Uint8Array>
  /** Hands bytes over and waits until they are taken. They may be moved, so they must not be used afterwards. */
  readonly output: (bytes: Uint8Array) => Promise<void>
}

/** Tasks by name; each checks its argument by its type only. */
export type StreamTaskTable = Readonly<Record<string, (argument: never, context: StreamContext) => Promise<unknown>>>

/** Answers until the thread is ended. */
export function serveStreams(tasks: StreamTaskTable): void {
  // Before training, for somebody waits; after the event loop.
  lowerThreadPriority(3)
  parentPort?.on('message', (order: OpenStream) => void perform(tasks, order))
}

async function perform(tasks: StreamTaskTable, { task: name, argument, port }: OpenStream): Promise<void> {
  const tell = (message: FromStream, move: ArrayBuffer[] = []): void => port.postMessage(message, move)
  try {
    const task = tasks[name]
    if (task === undefined) throw new Error(`There is no task "${name}". Known: ${Object.keys(tasks).join(', ')}.`)
    const result = await task(argument as never, contextOf(port, tell))
    tell({ result })
  } catch (error) {
    tell({ failure: cloneError(error, name) })
  }
  port.close()
}

function contextOf(port: MessagePort, tell: (message: FromStream, move?: ArrayBuffer[]) => void): StreamContext {
  /** Who waits for the next message; there is one reader. */
  let settle: ((message: ToStream | undefined) => void) | undefined
  let closed = false
  port.on('message', (message: ToStream) => settle?.(message))
  port.on('close', () => {
    closed = true
    settle?.(undefined)
  })
  const ask = async (message: FromStream, move?: ArrayBuffer[]): Promise<ToStream> => {
    const answer = closed
      ? undefined
      : await new Promise<ToStream | undefined>((resolve) => {
          settle = resolve
          tell(message, move)
        })
    if (answer === undefined) throw new TandemError('canceled', 'The stream was canceled.')
    if ('fault' in answer) throw restoreError(answer.fault)
    return answer
  }
  return {
    input: {
      async *[Symbol.asyncIterator]() {
        for (let answer = await ask({ want: true }); 'chunk' in answer; answer = await ask({ want: true })) yield answer.chunk
      },
    },
    async output(bytes) {
      await ask(
        { output: bytes },
        bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer] : [],
      )
    },
  }
}

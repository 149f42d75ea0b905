// Tasks on streams that behave and misbehave, and the program of the thread that runs them.
import { isMainThread } from 'node:worker_threads'
import { TandemError } from '../../../errors.ts'
import { type StreamTaskTable, serveStreams } from '../serve-streams.ts'

export const STREAM_TASKS: StreamTaskTable = {
  /** Gives every chunk back and counts the bytes. */
  async echo(argument: { readonly plus: number }, { input, output }) {
    let bytes = argument.plus
    for await (const chunk of input) {
      bytes += chunk.byteLength
      await output(chunk)
    }
    return { bytes }
  },
  async refuse(_: unknown, { input }) {
    for await (const chunk of input) {
      throw new TandemError('invalid_input', `Chunk of ${chunk.byteLength} bytes.`, { errors: [{ path: '/0', message: 'is no good' }] })
    }
  },
  async die(_: unknown, { input }) {
    for await (const _chunk of input) process.exit(3)
  },
}

if (!isMainThread) serveStreams(STREAM_TASKS)

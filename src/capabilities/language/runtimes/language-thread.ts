// The thread that reads texts: started when first needed, ended after a while without work, which gives its memory back.
import { TandemError } from '../../../errors.ts'
import { createThreadPool } from '../../../platform/threads/create-thread-pool.ts'
import type { languageTasks } from './language-tasks.ts'

type Tasks = typeof languageTasks

export interface LanguageThread {
  /** @throws `overloaded` when too much waits already. */
  run<Name extends keyof Tasks>(
    name: Name,
    argument: Parameters<Tasks[Name]>[0],
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Awaited<ReturnType<Tasks[Name]>>>
  /** Calls that wait or are worked on. */
  readonly waiting: number
  close(): Promise<void>
}

// The worker's file beside this one, with the ending of this one: .ts from source, .js from dist.
const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.')).replace(/[?#].*$/, '')
export const LANGUAGE_PROGRAM: URL = new URL(`./worker${ending}`, import.meta.url)

/** Each holds up to 1 MB of text. */
const MOST_WAITING = 200

export function createLanguageThread({ idleTimeoutMs }: { readonly idleTimeoutMs: number }): LanguageThread {
  const pool = createThreadPool({ size: 1, program: LANGUAGE_PROGRAM, idleTimeoutMs })
  let waiting = 0
  return {
    async run(name, argument, { signal } = {}) {
      if (waiting >= MOST_WAITING) {
        throw new TandemError('overloaded', `${waiting} calls wait for the language thread, which is the limit. Ask again shortly.`)
      }
      waiting++
      try {
        return (await pool.run(name, argument, signal === undefined ? {} : { signal })) as never
      } finally {
        waiting--
      }
    },
    get waiting() {
      return waiting
    },
    close: () => pool.close(),
  }
}

// A worker whose tasks misbehave, for the tests of the pool.

import { threadId } from 'node:worker_threads'
import { serveTasks } from '../serve-tasks.ts'

serveTasks({
  echo: (argument: unknown) => argument,
  /** Ends its thread in the middle of the work. */
  die: () => process.exit(3),
  /** Throws where no task can catch it, then never answers. */
  explode: () => {
    setImmediate(() => {
      throw new Error('out of nowhere')
    })
    return new Promise(() => {})
  },
  fail: () => {
    throw new TypeError('a plain mistake')
  },
  /** Works until asked to stop. */
  obey: (_: unknown, { isCanceled }) => {
    while (!isCanceled());
    return 'stopped'
  },
  /** Never asks whether to stop. */
  ignore: () => {
    for (;;);
  },
  thread: () => threadId,
  unclonable: () => () => 1,
})

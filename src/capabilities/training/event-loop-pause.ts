// Lets other requests run while a long stream is read: no stretch of work on the event loop lasts longer than a few milliseconds.
import { setImmediate as nextTurn } from 'node:timers/promises'

export interface EventLoopPause {
  /** Cheap to ask often. */
  due(): boolean
  /** Lets everything that waits run, then goes on. */
  rest(): Promise<void>
}

/** @param everyMs  longest stretch of work. */
export function createPause(everyMs = 2): EventLoopPause {
  let since = performance.now()
  return {
    due: () => performance.now() - since > everyMs,
    async rest() {
      await nextTurn()
      since = performance.now()
    },
  }
}

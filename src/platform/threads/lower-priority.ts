// Training must not slow answers: its threads run only when the event loop leaves them a core.
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * Lowers the priority of the calling thread alone. On Linux a thread has a nice value of its own and its id stands in
 * /proc/thread-self; elsewhere this does nothing, because there it would slow the whole process.
 *
 * @param nice  of -20 (first) to 19 (last); ordinary threads have 0.
 */
export function lowerThreadPriority(nice: number): void {
  if (process.platform !== 'linux') return
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    if (thread > 0 && thread !== process.pid) setPriority(thread, nice)
  } catch {
    // Not allowed in this container: training then shares the cores as equals.
  }
}

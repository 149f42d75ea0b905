// A team of threads on shared memory: the leader publishes a phase, everybody takes chunks of it until none is left. A follower that
// comes late, or never because the pool is busy, only means that the others do more. Nothing here changes a result.

import type { Heap } from '../../algorithms/math/heap.ts'
import type { Perform, Team } from '../../algorithms/tree/team.ts'
import { TandemError } from '../../errors.ts'

/**
 * Words of the team's block. The ticket holds the number of the phase and of its next chunk in one word, so a chunk is taken only
 * from the phase that a thread has read about: a change in between makes its exchange fail.
 */
const WORD = { ticket: 0, phase: 1, chunks: 2, done: 3, ended: 4, failed: 5, waiting: 6 } as const

const CHUNK_BITS = 12
/** Marks a ticket from which nothing can be taken while the next phase is written. */
const CLOSED = 2 ** CHUNK_BITS - 1
/** Less work than this takes longer to share than to do. */
const STEPS_TO_SHARE = 40_000
/** Looks at a word before sleeping on it: about 20 us, less than it takes to wake. */
const LOOKS = 2000
const CANCEL_CHECK_MS = 20

/** Leads the team that works on `heap`; `end` lets its followers go. */
export function leadTeam(
  heap: Heap,
  at: number,
  size: number,
  perform: Perform,
  isCanceled: () => boolean,
): { readonly team: Team; readonly end: () => void } {
  const words = new Int32Array(heap.buffer, at, 16)
  let phases = 0
  const stopWhenCanceled = (): void => {
    if (isCanceled()) throw new TandemError('canceled', 'The training was canceled before it finished. Start it again to get a model.')
  }

  const share = (phase: number, chunks: number): void => {
    phases = (phases + 1) % 2 ** (31 - CHUNK_BITS)
    const ticket = phases * 2 ** CHUNK_BITS
    Atomics.store(words, WORD.ticket, ticket + CLOSED)
    Atomics.store(words, WORD.phase, phase)
    Atomics.store(words, WORD.chunks, chunks)
    Atomics.store(words, WORD.done, 0)
    Atomics.store(words, WORD.ticket, ticket)
    if (Atomics.load(words, WORD.waiting) > 0) Atomics.notify(words, WORD.ticket)
    takeChunks(words, perform, 0)
    for (;;) {
      const done = Atomics.load(words, WORD.done)
      if (done === chunks) break
      if (!changesSoon(words, WORD.done, done)) Atomics.wait(words, WORD.done, done, CANCEL_CHECK_MS)
      stopWhenCanceled()
    }
    if (Atomics.load(words, WORD.failed) !== 0) throw new Error('A thread of the team failed; its own task says why.')
  }

  const shares = (steps: number): boolean => size > 1 && steps >= STEPS_TO_SHARE
  const team: Team = {
    size,
    shares,
    run(phase, chunks, steps) {
      if (chunks === 1 || chunks >= CLOSED || !shares(steps)) {
        for (let chunk = 0; chunk < chunks; chunk++) {
          // Alone with much to do, such as the edges of many rows, nothing else would look.
          if (steps >= STEPS_TO_SHARE) stopWhenCanceled()
          perform(phase, chunk, 0)
        }
      } else share(phase, chunks)
    },
  }
  const end = (): void => {
    Atomics.store(words, WORD.ended, 1)
    Atomics.add(words, WORD.ticket, 2 ** CHUNK_BITS)
    Atomics.notify(words, WORD.ticket)
  }
  return { team, end }
}

/** Takes chunks as thread `thread` until the leader lets go. */
export function followTeam(heap: Heap, at: number, thread: number, perform: Perform, isCanceled: () => boolean): void {
  const words = new Int32Array(heap.buffer, at, 16)
  try {
    while (Atomics.load(words, WORD.ended) === 0 && !isCanceled()) {
      const ticket = takeChunks(words, perform, thread)
      if (Atomics.load(words, WORD.ended) !== 0) return
      if (changesSoon(words, WORD.ticket, ticket)) continue
      Atomics.add(words, WORD.waiting, 1)
      Atomics.wait(words, WORD.ticket, ticket, CANCEL_CHECK_MS)
      Atomics.sub(words, WORD.waiting, 1)
    }
  } catch (error) {
    // The leader waits for this chunk: it must not wait for ever.
    Atomics.store(words, WORD.failed, 1)
    Atomics.add(words, WORD.done, 1)
    Atomics.notify(words, WORD.done)
    throw error
  }
}

/** Performs chunks while there are any; returns the ticket it saw last. */
function takeChunks(words: Int32Array, perform: Perform, thread: number): number {
  for (;;) {
    const ticket = Atomics.load(words, WORD.ticket)
    const chunk = ticket & CLOSED
    const chunks = Atomics.load(words, WORD.chunks)
    const phase = Atomics.load(words, WORD.phase)
    if (chunk >= chunks) return ticket
    if (Atomics.compareExchange(words, WORD.ticket, ticket, ticket + 1) !== ticket) continue
    perform(phase, chunk, thread)
    if (Atomics.add(words, WORD.done, 1) + 1 === chunks && thread !== 0) Atomics.notify(words, WORD.done)
  }
}

function changesSoon(words: Int32Array, word: number, value: number): boolean {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(words, word) !== value) return true
  return false
}

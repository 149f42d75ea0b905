// Work that may be shared between threads, as the learners see it: phases of chunks that do not depend on each other. The learners
// know no threads; who has some passes a team that spreads the chunks.

/** Does one chunk of a phase. `thread` is below the team's size; no two chunks run on the same one at once. */
export type Perform = (phase: number, chunk: number, thread: number) => void

export interface Team {
  /** Threads that may work at the same time. */
  readonly size: number
  /** Whether work of so many steps is spread; if not, the calling thread does it all. */
  shares(steps: number): boolean
  /** Performs chunks 0..chunks-1 and returns when all are done. `steps` is the work in all, in about a nanosecond each. */
  run(phase: number, chunks: number, steps: number): void
}

/** The calling thread alone; `beforeChunk` may throw to end the work. */
export function alone(perform: Perform, beforeChunk?: () => void): Team {
  return {
    size: 1,
    shares: () => false,
    run(phase, chunks) {
      for (let chunk = 0; chunk < chunks; chunk++) {
        beforeChunk?.()
        perform(phase, chunk, 0)
      }
    },
  }
}

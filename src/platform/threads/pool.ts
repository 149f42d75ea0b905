// The port to the worker threads that run algorithms off the event loop.

export interface RunOptions {
  readonly signal?: AbortSignal
  /** Called on the main thread with what the task reports. */
  readonly onProgress?: (fraction: number, message?: string) => void
  /** Buffers to move instead of copy. */
  readonly transfer?: readonly ArrayBuffer[]
}

export interface ThreadPool {
  /** Number of worker threads; at most cores - 1, at least 1. */
  readonly size: number
  /**
   * Runs a task of `tasks.ts` on a free thread. Arguments and result are cloned (typed arrays on SharedArrayBuffer are shared).
   * Rejects with `canceled` when the signal aborts, within 200 ms.
   */
  run<Result>(task: string, argument: unknown, options?: RunOptions): Promise<Result>
  close(): Promise<void>
}

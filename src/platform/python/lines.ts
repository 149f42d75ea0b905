// Bytes of a pipe to lines, in bounded memory: a line may come in many pieces, be no UTF-8, or never end.

/** Longer lines are cut: no worker has that much to say in one. */
export const MOST_LINE_BYTES = 65_536

export interface LineReader {
  push(chunk: Buffer): void
  /** What came without a newline at the end. */
  end(): void
}

/** Calls `onLine` with each line, without its newline; of one that is too long with its beginning, once. */
export function createLineReader(onLine: (line: string) => void, mostBytes: number = MOST_LINE_BYTES): LineReader {
  let kept: Buffer[] = []
  let size = 0
  const flush = (): void => {
    if (size === 0) return
    const line = Buffer.concat(kept)
      .subarray(0, mostBytes)
      // Replaces what is no UTF-8 instead of failing on it.
      .toString('utf8')
      .replace(/\r$/, '')
    kept = []
    size = 0
    if (line !== '') onLine(line)
  }
  const keep = (part: Buffer): void => {
    // Bytes above the limit are dropped, yet the pipe is read on: a full one would stop the worker.
    if (size < mostBytes) kept.push(part)
    size += part.length
  }
  return {
    push(chunk) {
      let from = 0
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        keep(chunk.subarray(from, at))
        from = at + 1
        flush()
      }
      if (from < chunk.length) keep(chunk.subarray(from))
    },
    end: flush,
  }
}

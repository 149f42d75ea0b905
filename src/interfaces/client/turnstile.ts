// Turns pushed values into an async iteration, with a bound on what may wait.

export interface Turnstile<Value> {
  /** How many values were dropped to make room: all that waited, when there were as many as may. */
  push(value: Value): number
  /** Ends the iteration after what waits; with an error when there is one. */
  end(error: unknown): void
  readonly events: AsyncIterable<Value>
}

export function createTurnstile<Value extends object>(maxQueued: number): Turnstile<Value> {
  let queue: Value[] = []
  let wake: (() => void) | undefined
  let ended = false
  let failure: unknown
  async function* events(): AsyncGenerator<Value, void, undefined> {
    for (;;) {
      const next = queue.shift()
      if (next !== undefined) yield next
      else if (ended && failure !== undefined) throw failure
      else if (ended) return
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  }
  return {
    push(value) {
      const dropped = queue.length >= maxQueued ? queue.length : 0
      if (dropped > 0) queue = []
      queue.push(value)
      wake?.()
      return dropped
    },
    end(error) {
      ended = true
      failure = error
      wake?.()
    },
    events: events(),
  }
}

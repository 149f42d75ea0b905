// How many live searches run at a time, whatever the number of sockets: first come, first served.

export interface SearchSlots {
  /** Resolves with what gives the slot back. */
  take(): Promise<() => void>
}

export function createSearchSlots(size: number): SearchSlots {
  const waiting: (() => void)[] = []
  let free = size
  const give = (): void => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  return {
    async take() {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      let held = true
      return () => {
        if (held) give()
        held = false
      }
    },
  }
}

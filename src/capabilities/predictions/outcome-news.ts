// Tells how many outcomes came for a model, at most a few times a second: outcomes often come one by one, and every event
// goes to all servers.
import type { Events } from '../../platform/events/events.ts'

export interface OutcomeNews {
  add(model: string, count: number): void
  /** Tells what waits. */
  close(): void
}

const TELL_EVERY_MS = 250

export function createOutcomeNews(events: Pick<Events, 'emit'>): OutcomeNews {
  const waiting = new Map<string, number>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const tell = (): void => {
    clearTimeout(timer)
    timer = undefined
    for (const [model, count] of waiting) events.emit('outcome.recorded', { model, count })
    waiting.clear()
  }
  return {
    add(model, count) {
      if (count === 0) return
      waiting.set(model, (waiting.get(model) ?? 0) + count)
      timer ??= setTimeout(tell, TELL_EVERY_MS)
      timer.unref()
    },
    close: tell,
  }
}

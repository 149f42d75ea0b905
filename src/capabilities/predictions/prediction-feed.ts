// Tells each logged prediction to whoever watches, while somebody does: at most 200 a second, the rest are counted.
import type { Events, PredictionSummary } from '../../platform/events/events.ts'
import type { LoggedCall } from './prediction-batch.ts'

export interface PredictionFeed {
  /** Once a prediction: costs one comparison while nobody watches. */
  add(call: LoggedCall): void
  close(): void
}

const MAX_PER_SECOND = 200
const SECOND_MS = 1_000

export function createPredictionFeed(events: Pick<Events, 'isWanted' | 'tell'>): PredictionFeed {
  let windowEnd = 0
  let told = 0
  let skipped = 0
  let last: LoggedCall | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const tell = (call: LoggedCall): void => {
    events.tell('prediction.logged', { ...summaryOf(call), ...(skipped === 0 ? {} : { skipped }) })
    skipped = 0
    last = undefined
  }
  /** The last one that was passed over ends the second, so that a burst is told to its end. */
  const tellRest = (): void => {
    timer = undefined
    if (last === undefined) return
    skipped -= 1
    tell(last)
  }
  return {
    add(call) {
      if (!events.isWanted('prediction.logged')) return
      if (call.at >= windowEnd || call.at < windowEnd - SECOND_MS) {
        windowEnd = call.at + SECOND_MS
        told = 0
      }
      if (told < MAX_PER_SECOND) {
        told += 1
        tell(call)
        return
      }
      skipped += 1
      last = call
      if (timer !== undefined) return
      timer = setTimeout(tellRest, SECOND_MS)
      timer.unref()
    },
    close: () => clearTimeout(timer),
  }
}

function summaryOf({ prediction, at, latencyUs }: LoggedCall): PredictionSummary {
  const { predictionId, model, version, value, confidence, source } = prediction
  return { id: predictionId, model, version, value, confidence, source, latencyMs: latencyUs / 1000, at: new Date(at).toISOString() }
}

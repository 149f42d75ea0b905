// A few texts of the traffic of each model, to compare runtimes on what they are really asked.

export interface RecentTexts {
  note(model: string, texts: readonly string[]): void
  /** The newest, at most `count`. */
  take(model: string, count: number): readonly string[]
}

const KEPT = 16
/** Longer ones would make the checks the largest part of the work, and hold memory. */
const MOST_CHARACTERS = 2_000
const MOST_MODELS = 20

/** Holds at most 20 models x 16 texts x 2,000 characters: 1.3 MB. */
export function createRecentTexts(): RecentTexts {
  const kept = new Map<string, { readonly texts: string[]; next: number }>()
  return {
    note(model, texts) {
      let ring = kept.get(model)
      if (ring === undefined) {
        if (kept.size >= MOST_MODELS) return
        ring = { texts: [], next: 0 }
        kept.set(model, ring)
      }
      for (const text of texts.slice(0, KEPT)) {
        if (text.length > MOST_CHARACTERS || ring.texts.includes(text)) continue
        ring.texts[ring.next] = text
        ring.next = (ring.next + 1) % KEPT
      }
    },
    take: (model, count) => (kept.get(model)?.texts ?? []).slice(0, count),
  }
}

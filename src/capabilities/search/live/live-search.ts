// Search while somebody types: what is asked cancels what was asked before, so that at most one search runs and at most one waits,
// however fast the keys come and however slowly the answers are read.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SearchAnswer, SearchInput } from '../schema.ts'
import type { LiveStage } from './schema.ts'
import type { SearchSlots } from './search-slots.ts'

export interface LiveSearchParts {
  search(input: SearchInput, options: { readonly signal: AbortSignal }): Promise<SearchAnswer>
  /** Of all live searches of the server. */
  readonly slots: SearchSlots
  /** What the words alone found is told when meaning takes longer than this. Default 15. */
  readonly firstAfterMs?: number
}

export interface LiveQuestion {
  readonly input: SearchInput
  /** Resolves when the answer is on its way: the next search waits for that. */
  tell(answer: SearchAnswer, stage: LiveStage): void | Promise<void>
  /** Nothing is told of a search that was canceled. */
  fail(error: unknown): void | Promise<void>
  /** It was canceled, by another question or by the end. */
  leave?(): void
}

export interface LiveSearch {
  ask(question: LiveQuestion): void
  /** Gives up what was asked. */
  cancel(): void
}

/** A quick model answers before this; while a slower one reads the query, words show what they found. */
const FIRST_AFTER_MS = 15

export function createLiveSearch({ search, slots, firstAfterMs = FIRST_AFTER_MS }: LiveSearchParts): LiveSearch {
  let next: LiveQuestion | undefined
  let current: AbortController | undefined
  let running = false

  const answer = async (question: LiveQuestion, { signal }: AbortController): Promise<void> => {
    const { input, tell, fail, leave } = question
    const giveBack = await slots.take()
    let found: { readonly answer: SearchAnswer } | { readonly error: unknown }
    try {
      found = signal.aborted ? { error: signal.reason } : await settled(searchInStages(question, signal))
    } finally {
      giveBack()
    }
    if (signal.aborted) leave?.()
    // Waited for, so that who does not read is not searched for.
    else if ('error' in found) await fail(found.error)
    else await tell(found.answer, 'final')

    async function searchInStages(asked: LiveQuestion, cancel: AbortSignal): Promise<SearchAnswer> {
      const whole = search(input, { signal: cancel })
      const first = canBeShownFirst(input) ? showFirst(whole, asked, cancel) : undefined
      const result = await whole
      await first
      return result
    }
  }

  const showFirst = async (whole: Promise<unknown>, { input, tell }: LiveQuestion, signal: AbortSignal): Promise<void> => {
    let done = false
    const end = (): void => {
      done = true
    }
    whole.then(end, end)
    await Promise.race([whole.catch(() => {}), sleep(firstAfterMs, undefined, { signal, ref: false }).catch(() => {})])
    if (done || signal.aborted) return
    const { weights: _, fusion: __, ...words } = input
    const found = await settled(search({ ...words, mode: 'keyword' }, { signal }))
    if (!done && !signal.aborted && 'answer' in found) await tell(found.answer, 'first')
  }

  const run = async (): Promise<void> => {
    running = true
    try {
      while (next !== undefined) {
        const question = next
        next = undefined
        current = new AbortController()
        await answer(question, current)
      }
    } finally {
      current = undefined
      running = false
    }
  }
  const cancel = (): void => {
    next?.leave?.()
    next = undefined
    current?.abort()
  }
  return {
    ask(question) {
      cancel()
      next = question
      if (!running) void run()
    },
    cancel,
  }
}

/** The other kinds of search have no quicker half. */
function canBeShownFirst({ mode = 'hybrid', query, vector, like, cursor, diversity = 0 }: SearchInput): boolean {
  const byWords = query !== undefined && query.trim() !== '' && vector === undefined && like === undefined
  return mode === 'hybrid' && byWords && cursor === undefined && diversity === 0
}

async function settled(search: Promise<SearchAnswer>): Promise<{ readonly answer: SearchAnswer } | { readonly error: unknown }> {
  try {
    return { answer: await search }
  } catch (error) {
    return { error }
  }
}

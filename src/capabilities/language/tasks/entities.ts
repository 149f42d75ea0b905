// Entities: the tagger and the patterns of this server, or spaCy of a worker with those patterns.
import type { FoundEntity } from '../../../algorithms/text/entities/find-entities.ts'
import { withoutOverlaps } from '../../../algorithms/text/entities/find-patterns.ts'
import { workerFailure } from '../../../platform/python/failure.ts'
import type { LanguageThread } from '../runtimes/language-thread.ts'
import { unitsOf, type WorkerAnswer } from '../runtimes/python-language.ts'
import type { Entity } from '../schema.ts'
import type { Answered, TaskChain } from '../task-chain.ts'

export interface EntitiesOptions {
  readonly types?: readonly string[] | undefined
  readonly recall?: number | undefined
  readonly minScore?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** spaCy's names for ours; its others are kept in small letters. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ PERSON: 'person', PER: 'person', GPE: 'location', LOC: 'location', FAC: 'location', ORG: 'organization' },
}
/** No model knows these better than their form. */
const CERTAIN: ReadonlySet<string> = new Set(['email', 'url', 'hashtag', 'mention', 'phone'])

export async function readEntities(
  { chain, thread }: { readonly chain: TaskChain; readonly thread: LanguageThread },
  texts: readonly string[],
  { types, recall, minScore, signal }: EntitiesOptions,
): Promise<Answered<readonly Entity[]>> {
  const wanted = types === undefined ? undefined : new Set(types)
  const shown = (found: readonly FoundEntity[]): Entity[] =>
    found
      .filter(({ type, probability = 1 }) => (wanted === undefined || wanted.has(type)) && probability >= (minScore ?? 0))
      .map(({ text, type, start, end, probability }) => ({ text, type, start, end, score: probability ?? null }))
  const node = async () => (await thread.run('language.entities', { texts, bias: recall ?? 0 }, { signal })).map(shown)
  const isOfNode = recall !== undefined || minScore !== undefined
  return chain.answer<readonly Entity[]>(
    texts,
    node,
    isOfNode
      ? undefined
      : {
          async read(answer) {
            const patterns = await thread.run('language.patterns', texts, { signal })
            return mergeAnswers(texts, answer, patterns).map(shown)
          },
        },
    { signal },
  )
}

interface WorkerEntity {
  readonly text: string
  readonly label: string
  readonly start: number
  readonly end: number
}

function mergeAnswers(
  texts: readonly string[],
  { values }: WorkerAnswer<readonly WorkerEntity[]>,
  patterns: readonly (readonly FoundEntity[])[],
): FoundEntity[][] {
  return texts.map((text, at) => {
    const given = values[at]!
    const starts = unitsOf(
      text,
      given.map(({ start }) => start),
    )
    const ends = unitsOf(
      text,
      given.map(({ end }) => end),
    )
    const named = given.map(({ text: said, label }, place): FoundEntity => {
      const [start, end] = [starts[place]!, ends[place]!]
      if (!(start < end) || text.slice(start, end) !== said) {
        const where = `${given[place]!.start} to ${given[place]!.end} of text ${at}`
        throw workerFailure('bad_answer', `The worker found "${said.slice(0, 60)}" at ${where}, where it does not stand.`)
      }
      return { text: said, type: TYPES[label] ?? label.toLowerCase(), start, end }
    })
    const certain = patterns[at]!.filter(({ type }) => CERTAIN.has(type))
    const others = patterns[at]!.filter(({ type }) => !CERTAIN.has(type))
    return withoutOverlaps([...certain, ...named, ...others])
  })
}

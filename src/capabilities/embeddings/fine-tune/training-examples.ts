// Examples as they are given, brought to numbers: texts once each, which belong together, and which part each is in.
import { murmurHash3 } from '../../../algorithms/text/murmur-hash3.ts'
import { TandemError } from '../../../errors.ts'
import type { FineTuneInput } from './schema.ts'

/** What a training learns from, as it is kept until it has ended. */
export type GivenExamples =
  | { readonly labelled: NonNullable<FineTuneInput['labelled']> }
  | { readonly pairs: NonNullable<FineTuneInput['pairs']> }

export interface PreparedExamples {
  /** Each once. */
  readonly texts: readonly string[]
  /** Of labelled texts the number of the label of each; undefined for pairs. */
  readonly labels?: Int32Array
  readonly labelCount?: number
  readonly pairs?: { readonly anchors: Int32Array; readonly positives: Int32Array; readonly negatives?: Int32Array }
  /** Of each text, or of each pair: 0 to learn from, 1 to choose the epoch, 2 to judge. */
  readonly parts: Uint8Array
}

export interface Shares {
  readonly validationShare: number
  readonly testShare: number
  readonly seed: number
}

export const [FIT, VALIDATION, TEST] = [0, 1, 2] as const
const LEAST = 10

/**
 * Texts are trimmed; one that comes twice counts once, with the label it came with last. The part follows from the group and the seed
 * alone, so that the same text is in the same part of every training.
 *
 * @throws `too_few_rows` when a part has nothing to learn from or to be judged by; `invalid_input` for pairs of which only some have a negative.
 */
export function prepareExamples(given: GivenExamples, shares: Shares): PreparedExamples {
  const prepared = 'pairs' in given ? preparePairs(given.pairs, shares) : prepareLabelled(given.labelled, shares)
  const counts = [0, 0, 0]
  for (const part of prepared.parts) counts[part]!++
  const [fit, validation, test] = counts as [number, number, number]
  if (fit >= LEAST && validation >= 1 && test >= 2) return prepared
  throw new TandemError(
    'too_few_rows',
    `Of ${prepared.parts.length} examples ${fit} are to learn from, ${validation} to choose the epoch and ${test} to judge the result; at least ${LEAST}, 1 and 2 are needed. Bring more examples or groups, or change validationShare and testShare.`,
    { details: { fit, validation, test } },
  )
}

function prepareLabelled(given: NonNullable<FineTuneInput['labelled']>, shares: Shares): PreparedExamples {
  const byText = new Map<string, { readonly label: string; readonly group: string }>()
  for (const { text, label, group } of given) {
    const trimmed = text.trim()
    if (trimmed !== '') byText.set(trimmed, { label, group: group === undefined ? `text ${trimmed}` : `group ${group}` })
  }
  const names = new Map<string, number>()
  const counts: number[] = []
  const labels = new Int32Array(byText.size)
  const parts = new Uint8Array(byText.size)
  for (const [place, { label, group }] of [...byText.values()].entries()) {
    const number = names.get(label) ?? names.size
    names.set(label, number)
    labels[place] = number
    counts[number] = (counts[number] ?? 0) + 1
    parts[place] = partOf(group, shares)
  }
  const shared = counts.filter((count) => count > 1).length
  if (names.size < 2 || shared < 2) {
    throw new TandemError(
      'too_few_rows',
      `${byText.size} different texts have ${names.size} labels, of which ${shared} have more than one text. At least 2 labels with 2 texts each are needed, to learn what belongs together and what does not.`,
      { details: { texts: byText.size, labels: names.size } },
    )
  }
  return { texts: [...byText.keys()], labels, labelCount: names.size, parts }
}

function preparePairs(given: NonNullable<FineTuneInput['pairs']>, shares: Shares): PreparedExamples {
  const places = new Map<string, number>()
  const placeOf = (text: string): number => {
    const trimmed = text.trim()
    const known = places.get(trimmed) ?? places.size
    places.set(trimmed, known)
    return known
  }
  const kept = given.filter(({ anchor, positive }) => anchor.trim() !== '' && positive.trim() !== '')
  const withNegative = kept.filter(({ negative }) => negative !== undefined && negative.trim() !== '').length
  if (withNegative > 0 && withNegative < kept.length) {
    const at = kept.findIndex(({ negative }) => negative === undefined || negative.trim() === '')
    const message = `${withNegative} of ${kept.length} pairs have a negative; pair ${at} has none. Give one for all, or for none: they are then looked for.`
    throw new TandemError('invalid_input', message, { errors: [{ path: `/pairs/${at}/negative`, message }] })
  }
  const anchors = Int32Array.from(kept, ({ anchor }) => placeOf(anchor))
  const positives = Int32Array.from(kept, ({ positive }) => placeOf(positive))
  const negatives = withNegative === 0 ? {} : { negatives: Int32Array.from(kept, ({ negative }) => placeOf(negative!)) }
  const parts = Uint8Array.from(kept, ({ anchor, group }) =>
    partOf(group === undefined ? `text ${anchor.trim()}` : `group ${group}`, shares),
  )
  return { texts: [...places.keys()], pairs: { anchors, positives, ...negatives }, parts }
}

function partOf(group: string, { validationShare, testShare, seed }: Shares): number {
  const place = (murmurHash3(group, seed) >>> 0) / 4_294_967_296
  if (place < testShare) return TEST
  return place < testShare + validationShare ? VALIDATION : FIT
}

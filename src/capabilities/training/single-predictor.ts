// How well one column alone predicts another: a column that does so nearly without fault usually holds what only becomes
// known with the target. Learned on every second row, measured on the others.
import { numberFromText } from '../../algorithms/columns/cell-text.ts'

export interface SinglePredictor {
  /** Classification: share of the errors of always saying the commonest class that the column removes. Regression: R2. */
  readonly skill: number
  /** Classification: share of the judged rows that are right. */
  readonly accuracy: number
  readonly rows: number
}

const FEWEST_ROWS = 50
/** Errors of the baseline below which nothing can be said. */
const FEWEST_ERRORS = 5

/** @param pairs  column and target of some rows, neither missing. Undefined: too few rows to say. */
export function judgeSinglePredictor(
  pairs: readonly (readonly [value: string, target: string])[],
  { numeric, task }: { readonly numeric: boolean; readonly task: 'classification' | 'regression' },
): SinglePredictor | undefined {
  const learned = pairs.filter((_, index) => index % 2 === 0)
  const judged = pairs.filter((_, index) => index % 2 === 1)
  if (judged.length < FEWEST_ROWS) return undefined
  return task === 'classification' ? classify(learned, judged, numeric) : regress(learned, judged, numeric)
}

type Pairs = readonly (readonly [string, string])[]

function classify(learned: Pairs, judged: Pairs, numeric: boolean): SinglePredictor | undefined {
  const commonest = commonestOf(learned.map(([, target]) => target))
  const groups = Map.groupBy(learned, ([value]) => value)
  const answers = new Map([...groups].map(([value, pairs]) => [value, commonestOf(pairs.map(([, target]) => target))]))
  const answer = lookup(answers, numeric, commonest)
  const wrong = judged.filter(([value, target]) => answer(value) !== target).length
  const baseline = judged.filter(([, target]) => target !== commonest).length
  if (baseline < FEWEST_ERRORS) return undefined
  return { skill: 1 - wrong / baseline, accuracy: 1 - wrong / judged.length, rows: judged.length }
}

function regress(learned: Pairs, judged: Pairs, numeric: boolean): SinglePredictor | undefined {
  const mean = meanOf(learned.map(([, target]) => Number(target)))
  const groups = Map.groupBy(learned, ([value]) => value)
  const answers = new Map([...groups].map(([value, pairs]) => [value, meanOf(pairs.map(([, target]) => Number(target)))]))
  const answer = lookup(answers, numeric, mean)
  let [left, all] = [0, 0]
  for (const [value, target] of judged) {
    left += (Number(target) - answer(value)) ** 2
    all += (Number(target) - mean) ** 2
  }
  return all > 0 ? { skill: 1 - left / all, accuracy: 0, rows: judged.length } : undefined
}

/** The answer of a value; of a number that was not seen that of the nearest one. */
function lookup<Answer>(answers: ReadonlyMap<string, Answer>, numeric: boolean, otherwise: Answer): (value: string) => Answer {
  if (!numeric) return (value) => answers.get(value) ?? otherwise
  const known = [...answers]
    .flatMap(([text, answer]) => {
      const number = numberFromText(text)
      return number === undefined ? [] : [{ number, answer }]
    })
    .sort((a, b) => a.number - b.number)
  return (value) => {
    const seen = answers.get(value)
    const number = numberFromText(value)
    if (seen !== undefined || number === undefined || known.length === 0) return seen ?? otherwise
    let [low, high] = [0, known.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (known[middle]!.number < number) low = middle + 1
      else high = middle
    }
    const [above, below] = [known[low]!, known[low - 1]]
    return below !== undefined && number - below.number < above.number - number ? below.answer : above.answer
  }
}

function commonestOf(labels: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', 0] as [string, number])[0]
}

const meanOf = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length

// Is it good? A sentence against what guessing would give on the same rows.
import type { Evaluation } from '../../../../../src/capabilities/models/reports/schema.ts'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import { resultText } from '../../../text/training.ts'
import { formatNumber, formatShare } from '../../../ui/format.ts'

export interface Verdict {
  readonly outcome: 'good' | 'undecided' | 'bad'
  readonly sentences: readonly string[]
  /** So good that a column may give the target away. */
  readonly suspicious: boolean
}

const FEW_ROWS = 50
/** Share of the commonest class from which on accuracy says little about two classes. */
const IMBALANCED = 0.9
const SUSPICIOUS = { accuracy: 0.999, r2: 0.999 } as const

type Interval = { readonly value: number; readonly low: number; readonly high: number }

export function verdictOf(version: Version, evaluation: Evaluation, target: string): Verdict {
  const judged = evaluation.classification === undefined ? ofNumbers(version, evaluation, target) : ofClasses(version, evaluation)
  return evaluation.rows < FEW_ROWS ? { ...judged, sentences: [...judged.sentences, resultText.fewRows(evaluation.rows)] } : judged
}

function ofClasses({ metrics }: Version, { classification, intervals, rows }: Evaluation): Verdict {
  const { labels, classes } = classification!
  const [label, count] = Object.entries(labels).reduce((best, entry) => (entry[1] > best[1] ? entry : best))
  const base = count / rows
  const accuracy = intervals.accuracy
  const auc = intervals.rocAuc
  const right =
    accuracy === undefined
      ? resultText.rightPlain(formatShare(metrics.accuracy), rows)
      : resultText.right(formatShare(accuracy.value), formatShare(accuracy.low), formatShare(accuracy.high), rows)
  const sentences = [right, resultText.always(label, formatShare(base))]
  const isBinary = classes.length === 2 && auc !== undefined
  if (isBinary) sentences.push(resultText.ranks(classes[1]!, formatShare(auc.value)))
  // Of rare classes a useful model may be right less often than always saying the common one.
  const outcome = isBinary && base > IMBALANCED ? against(auc, 0.5) : against(accuracy, base)
  return { outcome, sentences, suspicious: (metrics.accuracy ?? 0) >= SUSPICIOUS.accuracy && rows >= FEW_ROWS }
}

function ofNumbers({ metrics }: Version, { intervals, rows }: Evaluation, target: string): Verdict {
  const r2 = intervals.r2
  const share = formatShare(metrics.r2)
  const explains =
    r2 === undefined ? resultText.explainsPlain(share) : resultText.explains(share, formatShare(r2.low), formatShare(r2.high))
  return {
    outcome: against(r2, 0),
    sentences: [resultText.off(formatNumber(metrics.mae), target, rows), explains],
    suspicious: (metrics.r2 ?? 0) >= SUSPICIOUS.r2 && rows >= FEW_ROWS,
  }
}

function against(interval: Interval | undefined, guess: number): Verdict['outcome'] {
  if (interval === undefined) return 'undecided'
  return interval.low > guess ? 'good' : interval.high < guess ? 'bad' : 'undecided'
}

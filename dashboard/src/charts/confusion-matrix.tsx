// What the model said of each true class. The darker a cell, the larger its share of the true class; the words say the same.
import type { ReactNode } from 'react'
import { chartText } from '../text/charts.ts'
import { formatCount, formatExact, formatShare } from '../ui/format.ts'
import type { ChartTableData } from './chart-table.tsx'
import { type Confusion, rampStep, worstPairs } from './confusion.ts'

interface ConfusionMatrixProps {
  readonly label: string
  readonly classes: readonly string[]
  readonly counts: Confusion
}

/** Larger matrices cannot be read as one. */
const LARGEST = 12

export function ConfusionMatrix({ label, classes, counts }: ConfusionMatrixProps): ReactNode {
  if (classes.length > LARGEST) return <WorstPairs label={label} classes={classes} counts={counts} />
  const roomy = classes.length <= 2
  return (
    <section
      className="relative overflow-x-auto"
      tabIndex={classes.length > 4 ? 0 : undefined}
      aria-label={classes.length > 4 ? label : undefined}
    >
      <table className="w-full table-fixed text-center" style={classes.length > 4 ? { minWidth: 80 + classes.length * 56 } : undefined}>
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr className="text-sm text-muted">
            <th scope="col" className="w-20 pb-1 text-left font-normal">
              {chartText.trueBySaid}
            </th>
            {classes.map((name) => (
              <th key={name} scope="col" className="truncate px-1 pb-1 font-normal" title={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((truth, row) => {
            const total = counts[row]!.reduce((sum, count) => sum + count, 0)
            return (
              <tr key={truth}>
                <th scope="row" className="truncate pr-2 text-left text-sm font-normal text-muted" title={truth}>
                  {truth}
                </th>
                {counts[row]!.map((count, column) => (
                  <td key={classes[column]} className="p-0.5">
                    <Cell count={count} total={total} right={row === column} roomy={roomy} />
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

function Cell({
  count,
  total,
  right,
  roomy,
}: {
  readonly count: number
  readonly total: number
  readonly right: boolean
  readonly roomy: boolean
}): ReactNode {
  const share = total > 0 ? count / total : 0
  const step = rampStep(share)
  const words = right ? chartText.right : chartText.wrong
  return (
    <div
      className={`rounded-sm ${roomy ? 'py-4' : 'py-2'}`}
      style={{ background: `var(--seq-${step})`, color: step <= 4 ? 'var(--on-seq-low)' : 'var(--on-seq-high)' }}
      title={`${formatExact(count)} of ${formatExact(total)}, ${words}`}
    >
      <div className={roomy ? 'text-lg font-semibold' : 'font-semibold'}>{formatCount(count)}</div>
      <div className="text-xs whitespace-nowrap">
        {total > 0 ? formatShare(share) : '–'}
        {roomy ? ` ${words}` : <span className="sr-only"> {words}</span>}
      </div>
    </div>
  )
}

function WorstPairs({ label, classes, counts }: ConfusionMatrixProps): ReactNode {
  const pairs = worstPairs(classes, counts)
  if (pairs.length === 0) return <p className="text-sm text-muted">{chartText.noMistakes}</p>
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">{label}</caption>
      <thead className="text-left text-muted">
        <tr>
          <th scope="col" className="pb-1 font-normal">
            {chartText.trueClass}
          </th>
          <th scope="col" className="pb-1 font-normal">
            {chartText.saidClass}
          </th>
          <th scope="col" className="pb-1 text-right font-normal">
            {chartText.count}
          </th>
          <th scope="col" className="pb-1 text-right font-normal">
            {chartText.ofTrueClass}
          </th>
        </tr>
      </thead>
      <tbody>
        {pairs.map(({ truth, said, count, share }) => (
          <tr key={`${truth}\n${said}`} className="border-t border-line">
            <th scope="row" className="py-1 text-left font-normal">
              {truth}
            </th>
            <td>{said}</td>
            <td className="text-right">{formatCount(count)}</td>
            <td className="text-right">{formatShare(share)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Counts as rows of a table. */
export function confusionTable(classes: readonly string[], counts: Confusion): ChartTableData {
  return { columns: [chartText.trueBySaid, ...classes], rows: counts.map((row, index) => [classes[index]!, ...row.map(formatExact)]) }
}

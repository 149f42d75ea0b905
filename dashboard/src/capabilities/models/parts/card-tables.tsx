// The tables of a model card.
import type { ReactNode } from 'react'
import type { Card } from '../../../../../src/capabilities/models/reports/schema.ts'
import { newRowsText } from '../../../text/new-rows.ts'
import { cardText as words } from '../../../text/trust.ts'
import { classNames } from '../../../ui/class-names.ts'
import { ABSENT, formatCount, formatNumber, formatShare } from '../../../ui/format.ts'
import { formatTime } from '../../../ui/format-time.ts'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { inMetricOrder, metricOf } from '../metrics.ts'

interface CardProps {
  readonly card: Card
}

export function WeakSpotsTable({ card: { weakSpots, task } }: { readonly card: Pick<Card, 'weakSpots' | 'task'> }): ReactNode {
  if (weakSpots.slices.length === 0) return <p className="text-muted">{words.noWeakSpots(weakSpots.examined)}</p>
  const { slice, rows, mean, elsewhere, atLeast } = words.weakSpotColumns
  return (
    <Table
      label={words.weakSpots}
      head={[slice, rows, `${mean} ${words.loss[task]}`, elsewhere, atLeast]}
      rows={weakSpots.slices.map((each) => [
        each.name,
        formatCount(each.rows),
        formatNumber(each.meanLoss),
        formatNumber(each.otherLoss),
        formatNumber(each.atLeast),
      ])}
    />
  )
}

export function QualityTable({ card: { metrics, crossValidation } }: CardProps): ReactNode {
  return (
    <Table
      label={words.quality}
      head={words.qualityColumns}
      rows={inMetricOrder(Object.keys(metrics)).map((name) => {
        const { title, unit } = metricOf(name)
        const { value, low, high } = metrics[name]!
        const [mean, std] = [crossValidation?.mean[name], crossValidation?.std[name]]
        const folds = mean === undefined || std === undefined ? ABSENT : `${unit.format(mean)} ± ${unit.format(std)}`
        return [title, unit.format(value), `${unit.format(low)} to ${unit.format(high)}`, folds]
      })}
    />
  )
}

export function NewRowsTable({
  newRows,
  task,
}: {
  readonly newRows: NonNullable<Card['newRows']>
  readonly task: Card['task']
}): ReactNode {
  const { name, at, rows, known } = newRowsText.cardColumns
  const shown = (task === 'classification' ? ['accuracy', 'rocAuc', 'logLoss'] : ['mae', 'rmse', 'r2']).filter((metric) =>
    newRows.some(({ metrics }) => metrics[metric] !== undefined),
  )
  return (
    <Table
      label={newRowsText.cardTitle}
      head={[name, at, rows, known, ...shown.map((metric) => metricOf(metric).title)]}
      rows={newRows.map((each) => [
        ...[each.name, formatTime(each.createdAt), formatCount(each.rows)],
        each.knownRows === null ? newRowsText.unknown : formatCount(each.knownRows),
        ...shown.map((metric) => {
          const found = each.metrics[metric]
          const { unit } = metricOf(metric)
          return found === undefined ? ABSENT : `${unit.format(found.value)} (${unit.format(found.low)} to ${unit.format(found.high)})`
        }),
      ])}
    />
  )
}

export function PromiseTable({ card: { coverage, task } }: CardProps): ReactNode {
  if (!coverage) return <p className="text-muted">{words.noPromises}</p>
  return (
    <Table
      label={words.promises}
      head={[...words.promiseColumns, words.size[task]]}
      rows={coverage.levels.map((level) => [
        formatShare(level.coverage, 0),
        formatShare(level.value),
        `${formatShare(level.low)} to ${formatShare(level.high)}`,
        formatNumber(level.size),
      ])}
    />
  )
}

export function DataTable({ columns }: { readonly columns: NonNullable<Card['data']['columns']> }): ReactNode {
  const sorted = [...columns].sort((a, b) => b.importance - a.importance)
  return (
    <Table
      label={words.data}
      head={words.dataColumns}
      rows={sorted.map(({ name, kind, missing, values, importance }) => [
        name,
        kind,
        missing === 0 ? ABSENT : formatShare(missing),
        values,
        formatNumber(importance),
      ])}
    />
  )
}

interface TableProps {
  readonly label: string
  readonly head: readonly string[]
  /** The first cell names the row. */
  readonly rows: readonly (readonly string[])[]
}

/** Numbers and intervals stay on one line. */
const SHORT = 24

function Table({ label, head, rows }: TableProps): ReactNode {
  return (
    <ScrollRegion label={label} className="max-h-120">
      <table className="w-full">
        <thead>
          <tr className="border-b border-line text-left text-sm text-muted [&>th]:py-1.5 [&>th]:pr-4 [&>th]:font-medium [&>th]:whitespace-nowrap">
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells], index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two rows may say the same, such as one file that judged twice.
            <tr key={index} className="border-b border-line/70 last:border-0 [&>td]:py-1.5 [&>td]:pr-4">
              <th scope="row" className="max-w-64 py-1.5 pr-4 text-left font-normal break-words">
                {name}
              </th>
              {cells.map((cell, at) => (
                <td key={head[at + 1]} className={classNames('min-w-16 max-w-96 break-words', cell.length <= SHORT && 'whitespace-nowrap')}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

// How the values of a column spread, as small as a row: bars of exact bins for numbers, the commonest values otherwise.
import type { ReactNode } from 'react'
import type { Column } from '../../../../../src/capabilities/training/schema.ts'
import { columnText } from '../../../text/training.ts'
import { formatNumber } from '../../../ui/format.ts'

const HEIGHT = 22
const WIDTH = 120

export function Spread({ column, rows }: { readonly column: Column; readonly rows: number }): ReactNode {
  const { histogram, mean, top } = column.spread
  if (histogram !== undefined && histogram.counts.length > 0) {
    const [low, high] = [formatNumber(column.minimum), formatNumber(column.maximum)]
    return (
      <div className="flex items-end gap-2" title={columnText.range(low, high)}>
        <Bars histogram={histogram} label={columnText.spreadNumbers(column.name, low, high, formatNumber(mean))} />
      </div>
    )
  }
  if (top === undefined || top.length === 0) return null
  const present = Math.max(1, rows - column.missing)
  const many = top[0]!.count === 1 || column.distinct > 100
  const text = many
    ? columnText.distinct(column.distinct)
    : top
        .slice(0, 3)
        .map(({ value, count }) => columnText.share(value, count / present))
        .join(', ')
  return (
    <div className="min-w-0">
      {!many && <Shares counts={top.map(({ count }) => count)} present={present} />}
      <p className="truncate text-xs text-muted" title={text}>
        {text}
      </p>
    </div>
  )
}

function Bars({
  histogram: { edges, counts },
  label,
}: {
  readonly histogram: NonNullable<Column['spread']['histogram']>
  readonly label: string
}): ReactNode {
  const most = Math.max(1, ...counts)
  const width = WIDTH / counts.length
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label} className="block">
      <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--line)" />
      {counts.map((count, bin) =>
        count === 0 ? null : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place.
          <rect key={bin} x={bin * width} width={Math.max(1, width - 1)} {...barOf(count, most)} fill="var(--series-1)">
            <title>{columnText.bin(formatNumber(edges[bin]), formatNumber(edges[bin + 1]), count)}</title>
          </rect>
        ),
      )}
    </svg>
  )
}

/** A bin with a single row can still be seen. */
function barOf(count: number, most: number): { readonly y: number; readonly height: number } {
  const height = Math.max(1.5, (count / most) * (HEIGHT - 2))
  return { y: HEIGHT - height, height }
}

/** Shares of the commonest values, side by side. */
function Shares({ counts, present }: { readonly counts: readonly number[]; readonly present: number }): ReactNode {
  let from = 0
  return (
    <svg width={WIDTH} height={6} aria-hidden className="mb-0.5 block overflow-hidden rounded-full">
      <rect width={WIDTH} height={6} fill="var(--line)" />
      {counts.map((count, index) => {
        const x = from
        const width = (count / present) * WIDTH
        from += width
        // biome-ignore lint/suspicious/noArrayIndexKey: by rank.
        return <rect key={index} x={x} width={Math.max(0.5, width - 1)} height={6} fill={`var(--seq-${Math.max(2, 6 - index)})`} />
      })}
    </svg>
  )
}

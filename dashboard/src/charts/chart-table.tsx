// The same data as a table: for screen readers, for copying, and for whoever wants the digits.
import type { ReactNode } from 'react'
import { ScrollRegion } from '../ui/scroll-region.tsx'

export interface ChartTableData {
  readonly columns: readonly string[]
  /** Texts as they are shown; the first one names the row. */
  readonly rows: readonly (readonly string[])[]
}

/** Rows drawn at most: a longer table says how many it leaves out. */
const MAX_ROWS = 2000

export function ChartTable({ title, table }: { readonly title: string; readonly table: ChartTableData }): ReactNode {
  const { columns, rows } = table
  return (
    <ScrollRegion label={title} className="max-h-80 rounded-md border border-line">
      <table className="w-full border-collapse text-sm">
        <thead className="sticky top-0 bg-surface text-muted">
          <tr>
            {columns.map((column, index) => (
              <th
                key={column}
                scope="col"
                className={`px-3 py-1.5 font-medium whitespace-nowrap ${index === 0 ? 'text-left' : 'text-right'}`}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_ROWS).map(([name, ...cells], row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity, and never move.
            <tr key={row} className="border-t border-line">
              <th scope="row" className="px-3 py-1 text-left font-normal whitespace-nowrap">
                {name}
              </th>
              {cells.map((cell, index) => (
                <td key={columns[index + 1]} className="px-3 py-1 text-right whitespace-nowrap">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MAX_ROWS && (
        <p className="border-t border-line px-3 py-1.5 text-sm text-muted">
          {MAX_ROWS.toLocaleString('en-US')} of {rows.length.toLocaleString('en-US')} rows
        </p>
      )}
    </ScrollRegion>
  )
}

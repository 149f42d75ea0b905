import type { ReactNode } from 'react'
import type { TableView } from '../../../../../src/capabilities/training/schema.ts'
import { fileText } from '../../../text/training.ts'
import { Card } from '../../../ui/card.tsx'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'

/** Wider tables say no more at a glance. */
const MOST_COLUMNS = 60

/** The first rows as they are read: a wrong delimiter or encoding shows here at once. */
export function PreviewCard({ view: { columns, preview } }: { readonly view: TableView }): ReactNode {
  if (preview.length === 0) return null
  const shown = columns.slice(0, MOST_COLUMNS)
  return (
    <Card title={fileText.preview} subtitle={fileText.previewSubtitle(preview.length)} flush>
      <ScrollRegion label={fileText.preview} className="max-h-96">
        <table className="min-w-full text-sm">
          <thead className="sticky top-0 bg-surface">
            <tr>
              {shown.map(({ name }) => (
                <th
                  key={name}
                  scope="col"
                  className="border-b border-line px-3 py-1.5 text-left font-medium whitespace-nowrap text-faint first:pl-4"
                >
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.map((row, line) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file are known by their place.
              <tr key={line} className="[&>td]:border-b [&>td]:border-line/70">
                {shown.map(({ name }, index) => {
                  const cell = row[index]
                  return (
                    <td key={name} className="max-w-64 truncate px-3 py-1 whitespace-nowrap first:pl-4">
                      {cell === null || cell === undefined || cell === '' ? <i className="text-faint">{fileText.missingCell}</i> : cell}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </Card>
  )
}

// A card with a chart: its title, one line that names unit, number of rows and interval, and the same data as a table.
import { ChartLine, Table2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { chartText } from '../text/charts.ts'
import { IconButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { ChartTable, type ChartTableData } from './chart-table.tsx'
import { NearViewport } from './near-viewport.tsx'

export interface ChartCardProps {
  readonly title: string
  /** Names unit, rows and interval: `Held-out rows, n 1,204. Band: 95 % interval`. */
  readonly subtitle?: ReactNode
  /** Made only when it is looked at. */
  readonly table?: () => ChartTableData
  /** Height of the chart in pixels, kept until it comes near the screen. */
  readonly height: number
  /** Further tools beside "as table". */
  readonly tools?: ReactNode
  /** Below the chart, in either form: a sentence that says what it means. */
  readonly footer?: ReactNode
  readonly className?: string
  readonly children: ReactNode
}

export function ChartCard({ title, subtitle, table, height, tools, footer, className, children }: ChartCardProps): ReactNode {
  const [asTable, setAsTable] = useState(false)
  const label = asTable ? chartText.asChart(title) : chartText.asTable(title)
  return (
    <Card
      title={title}
      subtitle={subtitle}
      footer={footer}
      className={className}
      tools={
        <>
          {tools}
          {table && <IconButton icon={asTable ? ChartLine : Table2} size="small" label={label} onClick={() => setAsTable(!asTable)} />}
        </>
      }
    >
      {asTable && table ? <ChartTable title={title} table={table()} /> : <NearViewport height={height}>{children}</NearViewport>}
    </Card>
  )
}

import type { ReactNode } from 'react'
import type { RuntimePath, RuntimeView } from '../../../../../src/interfaces/client/index.ts'
import { runtimesText } from '../../../text/runtimes.ts'
import { Card } from '../../../ui/card.tsx'
import { formatCount, formatDuration } from '../../../ui/format.ts'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { CARD_TABLE } from './card-table.ts'

const { pathColumns: head } = runtimesText

interface Row extends RuntimePath {
  readonly runtime: string
}

/** What each model takes in each runtime, so that both stand beside each other. */
export function PathCard({ runtimes }: { readonly runtimes: readonly RuntimeView[] }): ReactNode {
  const rows = runtimes
    .flatMap(({ name, paths }) => paths.map((path): Row => ({ ...path, runtime: name })))
    .sort((a, b) => a.path.localeCompare(b.path) || a.model.localeCompare(b.model) || a.runtime.localeCompare(b.runtime))
  return (
    <Card title={runtimesText.paths} subtitle={runtimesText.pathsHint} flush className="xl:col-span-8">
      {rows.length === 0 ? (
        <p className="px-4 pb-4 text-muted">{runtimesText.noPath}</p>
      ) : (
        <ScrollRegion label={runtimesText.paths}>
          <table className={`${CARD_TABLE} min-w-156`}>
            <thead>
              <tr>
                <th scope="col">{head.model}</th>
                <th scope="col">{head.runtime}</th>
                {[head.calls, head.errors, head.p50, head.p95, head.p99, head.item].map((name) => (
                  <th key={name} scope="col" className="text-right">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.path} ${row.model} ${row.runtime}`}>
                  <td>
                    <span className="font-medium">{row.model}</span> <span className="text-faint">{row.path}</span>
                  </td>
                  <td>{runtimesText.names[row.runtime] ?? row.runtime}</td>
                  <td className="text-right">
                    {formatCount(row.calls)}
                    {row.items !== row.calls && <div className="text-xs text-faint">{runtimesText.items(formatCount(row.items))}</div>}
                  </td>
                  <td className={row.errors > 0 ? 'text-right text-warn' : 'text-right'}>{formatCount(row.errors)}</td>
                  <td className="text-right">{formatDuration(row.p50Ms)}</td>
                  <td className="text-right">{formatDuration(row.p95Ms)}</td>
                  <td className="text-right">{formatDuration(row.p99Ms)}</td>
                  <td className="text-right">{formatDuration(row.itemMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </Card>
  )
}

// Two sides that were asked the same, a row each: who, and what was measured of it; below, how far they agree.
import type { ReactNode } from 'react'
import { HealthPill } from '../../../ui/pill.tsx'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { CARD_TABLE } from './card-table.ts'

export interface SidesTableProps {
  readonly title: string
  /** The heads of the columns; the first is that of who was asked. */
  readonly columns: readonly string[]
  readonly sides: readonly { readonly who: ReactNode; readonly where: string; readonly values: readonly string[] }[]
  readonly parity: boolean
  /** What parity is called here. */
  readonly verdict: string
  readonly children: ReactNode
}

export function SidesTable({ title, columns: [who, ...measured], sides, parity, verdict, children }: SidesTableProps): ReactNode {
  return (
    <div className="mt-4" aria-live="polite">
      <ScrollRegion label={title} className="-mx-4">
        <table className={`${CARD_TABLE} min-w-144`}>
          <thead>
            <tr>
              <th scope="col">{who}</th>
              {measured.map((name) => (
                <th key={name} scope="col" className="text-right">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sides.map((side, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the first and the second, which may be the same.
              <tr key={at}>
                <td>
                  <span className="font-medium">{side.who}</span> <span className="text-faint">{side.where}</span>
                </td>
                {side.values.map((value, column) => (
                  <td key={measured[column]} className="text-right">
                    {value}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1">
        <HealthPill health={parity ? 'good' : 'warn'} word={verdict} />
        {children}
      </p>
    </div>
  )
}

import type { ReactNode } from 'react'
import type { EmbeddingComparison } from '../../../../../src/interfaces/client/index.ts'
import { comparisonText } from '../../../text/comparison.ts'
import { formatBytes, formatCount, formatDuration, formatNumber, formatShare } from '../../../ui/format.ts'
import { HealthPill } from '../../../ui/pill.tsx'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { CARD_TABLE } from './card-table.ts'

/** Both sides with what they took, and how far they agree. */
export function ComparisonTable({ comparison }: { readonly comparison: EmbeddingComparison }): ReactNode {
  const { a, b, cosine, sameNeighbours, neighbours, parity } = comparison
  const head = comparisonText.columns
  return (
    <div className="mt-4" aria-live="polite">
      <ScrollRegion label={comparisonText.title} className="-mx-4">
        <table className={`${CARD_TABLE} min-w-144`}>
          <thead>
            <tr>
              <th scope="col">{head.model}</th>
              {[head.p50, head.p95, head.rate, head.dimensions, head.memory].map((name) => (
                <th key={name} scope="col" className="text-right">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[a, b].map(({ model, runtime, single, textsPerSecond, dimensions, rssBytes }, side) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the first and the second, which may be the same model.
              <tr key={side}>
                <td>
                  <span className="font-medium">{model}</span> <span className="text-faint">{comparisonText.where[runtime]}</span>
                </td>
                <td className="text-right">{formatDuration(single.p50Ms)}</td>
                <td className="text-right">{formatDuration(single.p95Ms)}</td>
                <td className="text-right">{formatNumber(textsPerSecond)}</td>
                <td className="text-right">{formatCount(dimensions)}</td>
                <td className="text-right">{formatBytes(rssBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1">
        <HealthPill health={parity ? 'good' : 'warn'} word={parity ? comparisonText.parity : comparisonText.noParity} />
        <span>{cosine === null ? comparisonText.noCosine : comparisonText.cosine(cosine.mean.toFixed(4), cosine.least.toFixed(4))}</span>
        {sameNeighbours !== null && <span>{comparisonText.neighbours(formatShare(sameNeighbours), neighbours)}</span>}
      </p>
    </div>
  )
}

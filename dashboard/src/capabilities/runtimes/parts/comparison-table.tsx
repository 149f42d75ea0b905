import type { ReactNode } from 'react'
import type { EmbeddingComparison } from '../../../../../src/interfaces/client/index.ts'
import { comparisonText } from '../../../text/comparison.ts'
import { formatBytes, formatCount, formatDuration, formatNumber, formatShare } from '../../../ui/format.ts'
import { SidesTable } from './sides-table.tsx'

/** Both sides with what they took, and how far they agree. */
export function ComparisonTable({ comparison }: { readonly comparison: EmbeddingComparison }): ReactNode {
  const { a, b, cosine, sameNeighbours, neighbours, parity } = comparison
  const head = comparisonText.columns
  return (
    <SidesTable
      title={comparisonText.title}
      columns={[head.model, head.p50, head.p95, head.rate, head.dimensions, head.memory]}
      sides={[a, b].map(({ model, runtime, single, textsPerSecond, dimensions, rssBytes }) => ({
        who: model,
        where: comparisonText.where[runtime],
        values: [
          formatDuration(single.p50Ms),
          formatDuration(single.p95Ms),
          formatNumber(textsPerSecond),
          formatCount(dimensions),
          formatBytes(rssBytes),
        ],
      }))}
      parity={parity}
      verdict={parity ? comparisonText.parity : comparisonText.noParity}
    >
      <span>{cosine === null ? comparisonText.noCosine : comparisonText.cosine(cosine.mean.toFixed(4), cosine.least.toFixed(4))}</span>
      {sameNeighbours !== null && <span>{comparisonText.neighbours(formatShare(sameNeighbours), neighbours)}</span>}
    </SidesTable>
  )
}

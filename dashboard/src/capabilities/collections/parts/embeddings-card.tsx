// The models that make vectors, and how often one need not be made.
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleDashed, CircleX, FileX } from 'lucide-react'
import type { ReactNode } from 'react'
import type { EmbeddingModelStatus, EmbeddingStatus } from '../../../../../src/capabilities/embeddings/schema.ts'
import { embeddingsText as words } from '../../../text/collections.ts'
import { Card } from '../../../ui/card.tsx'
import { Fact, FactStrip } from '../../../ui/fact-strip.tsx'
import { ABSENT, formatBytes, formatCount, formatShare, splitUnit } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { Pill } from '../../../ui/pill.tsx'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { embeddingsQuery } from '../queries.ts'

const STATES = {
  ready: { tone: 'good', icon: CircleCheck },
  idle: { tone: 'neutral', icon: CircleDashed },
  absent: { tone: 'neutral', icon: FileX },
  failed: { tone: 'bad', icon: CircleX },
} as const

const { columns: head } = words
const HEAD = 'h-9 px-4 text-left text-sm font-medium text-faint'
const CELL = 'border-t border-line/70 px-4 py-2'

export function EmbeddingsCard(): ReactNode {
  const query = useQuery(embeddingsQuery)
  return (
    <Card title={words.title} subtitle={words.subtitle} className="mt-4" flush>
      <Loaded query={query} skeleton={<div className="h-40" />}>
        {(status) =>
          status.models.length === 0 ? (
            <p className="px-4 pb-4 text-muted">{words.none}</p>
          ) : (
            <>
              <div className="px-4">
                <CacheFacts status={status} />
              </div>
              <ScrollRegion label={words.title}>
                <Models models={status.models} />
              </ScrollRegion>
            </>
          )
        }
      </Loaded>
    </Card>
  )
}

function CacheFacts({ status: { cache, waiting } }: { readonly status: EmbeddingStatus }): ReactNode {
  const hits = cache.hits + cache.storedHits
  const asked = hits + cache.misses
  const [share, unit] = splitUnit(asked === 0 ? ABSENT : formatShare(hits / asked))
  const [bytes, bytesUnit] = splitUnit(formatBytes(cache.bytes))
  return (
    <FactStrip>
      <Fact label={words.cacheHits} value={share} unit={unit} detail={words.hitDetail(hits, asked)} />
      <Fact label={words.cacheEntries} value={formatCount(cache.entries)} detail={words.stored(cache.storedHits)} />
      <Fact label={words.cacheBytes} value={bytes} unit={bytesUnit} detail={words.limit(cache.limitBytes)} />
      <Fact label={words.waiting} value={formatCount(waiting)} />
    </FactStrip>
  )
}

function Models({ models }: { readonly models: readonly EmbeddingModelStatus[] }): ReactNode {
  return (
    <table className="w-full min-w-152">
      <thead>
        <tr>
          <th scope="col" className={HEAD}>
            {head.model}
          </th>
          <th scope="col" className={HEAD}>
            {head.state}
          </th>
          {[head.dimensions, head.texts, head.hits].map((name) => (
            <th key={name} scope="col" className={`${HEAD} text-right!`}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {models.map(({ name, kind, state, dimensions, error, texts, cacheHits }) => (
          <tr key={name}>
            <td className={CELL}>
              <span className="font-medium">{name}</span> <span className="text-faint">{kind}</span>
              {error !== null && <span className="block text-sm text-bad">{error}</span>}
            </td>
            <td className={CELL}>
              <Pill {...STATES[state]}>{words.states[state]}</Pill>
            </td>
            {[dimensions, texts, cacheHits].map((value, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: three columns, always the same.
              <td key={place} className={`${CELL} text-right`}>
                {formatCount(value)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

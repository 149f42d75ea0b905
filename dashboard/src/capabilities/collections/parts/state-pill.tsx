import { CircleCheck, LoaderCircle, Type } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Collection } from '../../../../../src/capabilities/search/schema.ts'
import { collectionsText as words } from '../../../text/collections.ts'
import { formatShare } from '../../../ui/format.ts'
import { Pill } from '../../../ui/pill.tsx'

/** Whether all of it can be found, and how. */
export function StatePill({ collection }: { readonly collection: Collection }): ReactNode {
  const { state, documents, embedded, model } = collection
  if (state === 'loading') {
    return (
      <Pill tone="accent" icon={LoaderCircle} spin>
        {words.loading}
      </Pill>
    )
  }
  if (documents > 0 && model === null) {
    return (
      <Pill tone="neutral" icon={Type}>
        {words.wordsOnly}
      </Pill>
    )
  }
  if (embedded < documents) {
    return (
      <Pill tone="accent" icon={LoaderCircle} spin>
        {words.embedding(formatShare(embedded / documents, 0))}
      </Pill>
    )
  }
  return (
    <Pill tone="good" icon={CircleCheck}>
      {words.ready}
    </Pill>
  )
}

// The fine-tuning of a collection's embedding model: start it, follow it, see what it brought, let it serve or not.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { GraduationCap } from 'lucide-react'
import type { ReactNode } from 'react'
import { client } from '../../client.ts'
import { useLive } from '../../live.ts'
import { fineTuneText as words } from '../../text/fine-tuning.ts'
import { Empty } from '../../ui/empty.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { ResultCards } from './parts/result-card.tsx'
import { StartCard } from './parts/start-card.tsx'
import { VersionsCard } from './parts/versions-card.tsx'
import { tunedModelsQuery } from './queries.ts'

const route = getRouteApi('/collections/$collection/fine-tune')

export function FineTunePage(): ReactNode {
  const { collection: name } = route.useParams()
  const { version } = route.useSearch()
  useLive('embedding.trained', 'embedding.activated')
  const collection = useQuery({
    queryKey: ['collections', 'one', name],
    queryFn: ({ signal }) => client.collection(name).info({ signal }),
  })
  const models = useQuery(tunedModelsQuery)
  return (
    <div className="grid grid-cols-1 gap-4 xl:grid-cols-2">
      <div className="grid min-w-0 content-start gap-4">
        {collection.data && <StartCard collection={collection.data} />}
        <div className="min-w-0">
          <Loaded query={models}>
            {({ items }) => {
              const model = items.find((each) => each.collection === name)
              const shown = version ?? model?.versions[0]?.version
              return model === undefined ? (
                <Empty icon={GraduationCap} title={words.none}>
                  {words.noneHint}
                </Empty>
              ) : (
                <VersionsCard model={model} shown={shown} isRebuilding={collection.data?.isRebuilding === true} />
              )
            }}
          </Loaded>
        </div>
      </div>
      <div className="grid min-w-0 content-start gap-4">
        {models.data?.items
          .filter((model) => model.collection === name)
          .slice(0, 1)
          .map((model) => {
            const shown = version ?? model.versions[0]?.version
            return shown === undefined ? null : <ResultCards key={shown} model={model.name} version={shown} />
          })}
      </div>
    </div>
  )
}

// The definition of a model: what the next training uses; aliases of its versions; the end of it.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Model } from '../../../../src/capabilities/models/schema.ts'
import { useCan } from '../../session.ts'
import { fitterText } from '../../text/fitter.ts'
import { settingsText } from '../../text/models.ts'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Card, CardGrid } from '../../ui/card.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { formatShare } from '../../ui/format.ts'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { Time } from '../../ui/time.tsx'
import { algorithmName } from './metrics.ts'
import { AliasesCard } from './parts/aliases-card.tsx'
import { DefinitionForm } from './parts/definition-form.tsx'
import { DeleteModelDialog } from './parts/delete-model-dialog.tsx'
import { modelQuery } from './queries.ts'

const route = getRouteApi('/models/$model/settings')

export function SettingsPage(): ReactNode {
  const { model: name } = route.useParams()
  const model = useQuery(modelQuery(name)).data
  return model === undefined ? <SkeletonLines lines={6} /> : <Settings model={model} />
}

function Settings({ model }: { readonly model: Model }): ReactNode {
  const canWrite = useCan('write')
  const [deleting, setDeleting] = useState(false)
  const isOurs = model.origin === 'api'
  return (
    <>
      {!isOurs && (
        <Banner tone="info" title={settingsText.fromConfig} className="mb-4">
          {settingsText.fromConfigHint}
        </Banner>
      )}
      <CardGrid>
        {isOurs && canWrite ? (
          <Card title={settingsText.definition} subtitle={settingsText.definitionSubtitle} className="xl:col-span-8">
            <DefinitionForm key={model.updatedAt} model={model} />
          </Card>
        ) : (
          <Card title={settingsText.definition} subtitle={settingsText.definitionSubtitle} className="xl:col-span-8">
            <div className="max-h-[44rem] overflow-y-auto">
              <CodeBlock label="JSON" code={JSON.stringify(model.definition, undefined, 2)} />
            </div>
          </Card>
        )}
        <div className="grid content-start gap-4 xl:col-span-4">
          <FactsCard model={model} />
          <FallbackCard model={model} />
          <AliasesCard model={model.name} />
          {canWrite && (
            <Card title={settingsText.danger}>
              <p className="mb-3 text-muted">{isOurs ? settingsText.dangerText : settingsText.dangerConfig}</p>
              {isOurs && (
                <Button icon={Trash2} tone="danger" onClick={() => setDeleting(true)}>
                  {settingsText.danger}
                </Button>
              )}
            </Card>
          )}
        </div>
      </CardGrid>
      <DeleteModelDialog model={model} open={deleting} onClose={() => setDeleting(false)} />
    </>
  )
}

function FactsCard({ model }: { readonly model: Model }): ReactNode {
  const { definition, createdAt, updatedAt } = model
  const rows: readonly (readonly [string, ReactNode])[] = [
    [settingsText.task, definition.task],
    [settingsText.target, definition.target],
    ...(definition.classes ? [[settingsText.classes, definition.classes.join(', ')] as const] : []),
    [settingsText.algorithm, algorithmName(definition.algorithm)],
    ...(definition.runtime ? [[fitterText.title, fitterText.choices[definition.runtime]] as const] : []),
    [settingsText.created, <Time key="created" at={createdAt} />],
    [settingsText.updated, <Time key="updated" at={updatedAt} />],
  ]
  return (
    <Card title={settingsText.facts}>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="text-right break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

function FallbackCard({ model }: { readonly model: Model }): ReactNode {
  const { fallback } = model.definition
  const weights = Object.entries(fallback?.weights ?? {}).sort(([, a], [, b]) => b - a)
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  return (
    <Card title={settingsText.fallback} subtitle={settingsText.fallbackSubtitle}>
      {fallback === undefined ? (
        <p className="text-muted">{settingsText.fallbackNone}</p>
      ) : (
        <ScrollRegion label={settingsText.fallback} className="max-h-64">
          <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-0.5 text-sm">
            {weights.map(([feature, weight]) => (
              <div key={feature} className="contents">
                <dt className="truncate text-muted">{feature}</dt>
                <dd className="text-right">{formatShare(total > 0 ? weight / total : 0)}</dd>
              </div>
            ))}
          </dl>
        </ScrollRegion>
      )}
    </Card>
  )
}

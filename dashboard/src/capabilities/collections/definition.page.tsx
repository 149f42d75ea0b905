// What a document of the collection looks like, what of it is searched, and its end.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Collection } from '../../../../src/capabilities/search/schema.ts'
import { client } from '../../client.ts'
import { useCan } from '../../session.ts'
import { collectionText as words } from '../../text/collections.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardGrid } from '../../ui/card.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { Fact, FactStrip } from '../../ui/fact-strip.tsx'
import { formatBytes, formatCount, splitUnit } from '../../ui/format.ts'
import { Time } from '../../ui/time.tsx'
import { notify } from '../../ui/toast.tsx'
import { SyncCard } from './parts/sync-card.tsx'
import { collectionQuery } from './queries.ts'

const route = getRouteApi('/collections/$collection/definition')

export function DefinitionPage(): ReactNode {
  const { collection: name } = route.useParams()
  const { data } = useQuery(collectionQuery(name))
  return data === undefined ? null : <Definition collection={data} />
}

function Definition({ collection }: { readonly collection: Collection }): ReactNode {
  const { definition, documents, embedded, model, dimensions, indexBytes, fields, updatedAt, origin } = collection
  const [bytes, unit] = splitUnit(formatBytes(indexBytes))
  return (
    <>
      <FactStrip>
        <Fact label={words.documents} value={formatCount(documents)} />
        <Fact label={words.embedded} value={formatCount(embedded)} detail={model ?? words.noModel} />
        <Fact label={words.indexBytes} value={bytes} unit={unit} detail={dimensions === null ? '' : words.dimensions(dimensions)} />
      </FactStrip>
      <CardGrid>
        <div className="grid content-start gap-4 xl:col-span-6">
          <SyncCard collection={collection} />
          <Card title={words.textTitle}>
            {definition.text === '' ? (
              <p className="text-muted">{words.textInCode}</p>
            ) : (
              <CodeBlock label={words.textTitle} code={definition.text} wrap />
            )}
          </Card>
          <Card title={words.filterable}>
            {fields.length === 0 ? (
              <p className="text-muted">{words.noFields}</p>
            ) : (
              <ul className="flex flex-wrap gap-2">
                {fields.map(({ name, kind }) => (
                  <li key={name} className="rounded-md border border-line px-2 py-0.5">
                    {name} <span className="text-faint">{words.kinds[kind]}</span>
                  </li>
                ))}
              </ul>
            )}
          </Card>
          <p className="text-sm text-faint">
            {words.updated} <Time at={updatedAt} />
          </p>
          {origin === 'config' ? <p className="text-muted">{words.inConfig}</p> : <DeleteCollection collection={collection} />}
        </div>
        <Card title={words.schema} subtitle={words.schemaHint} className="xl:col-span-6">
          <CodeBlock label="JSON Schema" code={JSON.stringify(definition.schema, undefined, 2)} />
        </Card>
      </CardGrid>
    </>
  )
}

function DeleteCollection({ collection: { name, documents } }: { readonly collection: Collection }): ReactNode {
  const [asking, setAsking] = useState(false)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const canWrite = useCan('write')
  const remove = async (): Promise<void> => {
    await client.deleteCollection(name)
    await navigate({ to: '/collections', search: {} })
    queryClient.removeQueries({ queryKey: ['collections', 'one', name] })
    await queryClient.invalidateQueries({ queryKey: ['collections', 'list'] })
    notify({ title: words.removed(name) })
  }
  if (!canWrite) return null
  return (
    <div>
      <Button icon={Trash2} onClick={() => setAsking(true)}>
        {words.remove}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={words.removeTitle(name)}
        confirm={words.remove}
        danger
        onConfirm={remove}
      >
        {words.removeText(documents)}
      </ConfirmDialog>
    </div>
  )
}

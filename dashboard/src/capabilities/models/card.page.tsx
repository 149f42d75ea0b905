// The model card: what a reader must know before trusting a version, to read here, to copy, or to take along.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Download, ScrollText } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Card as ModelCard } from '../../../../src/capabilities/models/reports/schema.ts'
import { TandemError } from '../../../../src/errors.ts'
import { client } from '../../client.ts'
import { judgingText } from '../../text/judging.ts'
import { newRowsText } from '../../text/new-rows.ts'
import { cardText as words } from '../../text/trust.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardGrid } from '../../ui/card.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { FactList } from '../../ui/fact-list.tsx'
import { formatCount, formatDuration } from '../../ui/format.ts'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { Time } from '../../ui/time.tsx'
import { DataTable, NewRowsTable, PromiseTable, QualityTable, WeakSpotsTable } from './parts/card-tables.tsx'
import { Untrained } from './parts/untrained.tsx'
import { VersionPicker } from './parts/version-picker.tsx'
import { cardQuery, useVersion } from './queries.ts'

const route = getRouteApi('/models/$model/card')

export function CardPage(): ReactNode {
  const { model } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { query, version } = useVersion(model, search.version)
  const card = useQuery(cardQuery(model, version?.version))
  if (query.error !== null && query.data === undefined) return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
  if (query.data === undefined) return <SkeletonLines lines={5} />
  if (version === undefined) return <Untrained model={model} named={search.version} />
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <VersionPicker
          model={model}
          value={version.version}
          onChange={(next) => void navigate({ to: '.', search: (old) => ({ ...old, version: next }), replace: true })}
        />
        {card.data !== undefined && <Downloads card={card.data} />}
      </div>
      {card.data !== undefined ? (
        <Sections card={card.data} />
      ) : card.error === null ? (
        <SkeletonLines lines={8} />
      ) : TandemError.is(card.error) && card.error.code === 'not_found' ? (
        <Empty icon={ScrollText} title={words.none}>
          {words.noneHint}
        </Empty>
      ) : (
        <ErrorPanel error={card.error} onRetry={() => void card.refetch()} />
      )}
    </>
  )
}

function Downloads({ card }: { readonly card: ModelCard }): ReactNode {
  const [failure, setFailure] = useState<unknown>()
  const { model, version } = card
  const markdown = async (): Promise<void> => {
    setFailure(undefined)
    try {
      save(await client.model(model).cardMarkdown(version), 'text/markdown', `${model}-${version}.md`)
    } catch (error) {
      setFailure(error)
    }
  }
  return (
    <>
      <Button size="small" icon={Download} onClick={() => void markdown()}>
        {words.markdown}
      </Button>
      <Button
        size="small"
        icon={Download}
        onClick={() => save(JSON.stringify(card, undefined, 2), 'application/json', `${model}-${version}.json`)}
      >
        {words.json}
      </Button>
      {failure !== undefined && <ErrorPanel error={failure} />}
    </>
  )
}

/** Hands a text to the browser as a file. */
function save(text: string, type: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

function Sections({ card }: { readonly card: ModelCard }): ReactNode {
  const { data, limits, description, trained } = card
  const columns = data.columns ?? []
  return (
    <CardGrid>
      <Card title={words.summary} className="xl:col-span-5">
        {description !== undefined && <p className="mb-3">{description}</p>}
        <FactList facts={factsOf(card)} />
      </Card>
      <Card title={words.limits} subtitle={words.limitsSubtitle} className="xl:col-span-7">
        <ul className="grid list-disc gap-1.5 pl-5">
          {limits.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      </Card>
      <Card title={words.weakSpots} subtitle={words.weakSpotsSubtitle(card.weakSpots.examined)} className="xl:col-span-12">
        <WeakSpotsTable card={card} />
      </Card>
      {card.newRows !== undefined && (
        <Card title={newRowsText.cardTitle} subtitle={newRowsText.cardSubtitle} className="xl:col-span-12">
          <NewRowsTable newRows={card.newRows} task={card.task} />
        </Card>
      )}
      <Card
        title={words.quality}
        subtitle={card.imported === undefined ? words.qualitySubtitle(data.judgedRows) : words.qualityOfImported(data.judgedRows)}
        className="xl:col-span-6"
      >
        <QualityTable card={card} />
      </Card>
      <Card title={words.promises} subtitle={words.promisesSubtitle} className="xl:col-span-6">
        <PromiseTable card={card} />
      </Card>
      {columns.length > 0 && (
        <Card
          title={words.data}
          subtitle={words.dataSubtitle(data.trainingRows)}
          className={trained ? 'xl:col-span-12 2xl:col-span-8' : 'xl:col-span-12'}
        >
          <DataTable columns={columns} />
        </Card>
      )}
      {trained && (
        <Card title={words.training} className="xl:col-span-12 2xl:col-span-4">
          <FactList
            facts={[
              ...Object.entries(trained.parameters).map(
                ([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const,
              ),
              [words.facts.seed, String(trained.seed)],
              [words.facts.took, formatDuration(trained.durationMs)],
              [words.facts.library, trained.libraryVersion],
            ]}
          />
        </Card>
      )}
    </CardGrid>
  )
}

function factsOf({ algorithm, task, target, data, imported, createdAt }: ModelCard): (readonly [string, ReactNode])[] {
  const { facts } = words
  const classes = data.classes.map(({ label, rows }) => `${label} ${formatCount(rows)}`).join(', ')
  return [
    [facts.algorithm, `${algorithm}, ${task}`],
    ...(target === undefined ? [] : ([[facts.target, <code key="target">{target}</code>]] as const)),
    [facts.trained, <Time key="trained" at={createdAt} />],
    [
      facts.learned,
      imported === undefined ? words.rows(data.trainingRows, data.features.length) : words.taken(imported, data.features.length),
    ],
    [facts.judged, formatCount(data.judgedRows)],
    ...(data.heldOut === undefined ? [] : ([[judgingText.heldOut, data.heldOut.replaceAll('`', '')]] as const)),
    ...(data.weight === undefined ? [] : ([[judgingText.weighed, <code key="weight">{data.weight}</code>]] as const)),
    ...(data.skippedRows ? ([[facts.skipped, formatCount(data.skippedRows)]] as const) : []),
    ...(classes === '' ? [] : ([[facts.classes, classes]] as const)),
    ...(data.fingerprint === undefined
      ? []
      : ([
          [
            facts.fingerprint,
            <span key="fingerprint" className="font-mono text-xs break-all">
              {data.fingerprint}
            </span>,
          ],
        ] as const)),
  ]
}

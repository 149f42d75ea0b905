// All models: how they are, what they do, which version answers.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Boxes, FileUp, Import } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Model } from '../../../../src/capabilities/models/schema.ts'
import type { PerformanceItem } from '../../../../src/capabilities/monitoring/schema.ts'
import { Sparkline } from '../../charts/sparkline.tsx'
import { client } from '../../client.ts'
import { useLive } from '../../live.ts'
import { useCan } from '../../session.ts'
import { importText } from '../../text/import.ts'
import { modelsText } from '../../text/models.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Input } from '../../ui/field.tsx'
import { formatCount, formatExact } from '../../ui/format.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { HealthPill } from '../../ui/pill.tsx'
import { VersionName } from '../../ui/time.tsx'
import { usePaged } from '../../ui/use-paged.ts'
import { algorithmName, metricOf } from './metrics.ts'
import { summariesQuery } from './queries.ts'

const route = getRouteApi('/models')
const { columns: head } = modelsText

interface Row {
  readonly model: Model
  /** Undefined while it is loading, and where the server does not tell. */
  readonly summary: PerformanceItem | undefined
}

const COLUMNS: readonly Column<Row>[] = [
  { id: 'model', header: head.model, cell: ({ model }) => model.name },
  { id: 'health', header: head.health, width: 140, cell: ({ summary }) => <Health summary={summary} /> },
  {
    id: 'predictions',
    header: head.predictions,
    width: 190,
    from: 640,
    align: 'right',
    cell: ({ summary }) => <Traffic summary={summary} />,
  },
  { id: 'quality', header: head.quality, width: 216, from: 420, cell: ({ summary }) => <Quality summary={summary} /> },
  { id: 'held', header: head.held, width: 156, from: 980, cell: ({ summary }) => <HeldOut summary={summary} /> },
  { id: 'version', header: head.version, width: 150, from: 560, cell: ({ model }) => <InService model={model} /> },
  { id: 'algorithm', header: head.algorithm, width: 140, from: 1120, cell: ({ model }) => algorithmName(model.definition.algorithm) },
]

export function ModelsPage(): ReactNode {
  const { q = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const [canTrain, canWrite] = [useCan('train'), useCan('write')]
  useLive('model.updated', 'model.activated', 'model.trained')
  const summaries = useQuery(summariesQuery('7d'))
  const { rows: models, ...paged } = usePaged<Model>({
    queryKey: ['models', 'list'],
    load: (cursor, signal) => client.listModels({ cursor, limit: 100, signal }),
  })
  const rows = models
    ?.filter(({ name }) => name.toLowerCase().includes(q.toLowerCase()))
    .map((model) => ({ model, summary: summaries.data?.items.find((item) => item.model === model.name) }))
  return (
    <>
      <PageHead
        title={modelsText.title}
        facts={modelsText.facts('7 days')}
        actions={
          <>
            {(models?.length ?? 0) > 5 && (
              <Input
                data-filter
                type="search"
                aria-label={modelsText.filter}
                placeholder={modelsText.filter}
                value={q}
                onChange={({ target }) => void navigate({ to: '.', search: { q: target.value || undefined }, replace: true })}
                className="sm:w-56"
              />
            )}
            {canWrite && (
              <ButtonLink to="/import" icon={Import} className="max-sm:flex-1">
                {importText.title}
              </ButtonLink>
            )}
            {canTrain && (
              <ButtonLink to="/train" search={{}} tone="primary" icon={FileUp} className="max-sm:flex-1">
                {modelsText.train}
              </ButtonLink>
            )}
          </>
        }
      />
      <DataTable
        label={modelsText.title}
        columns={COLUMNS}
        rows={rows}
        rowKey={({ model }) => model.name}
        href={addressOf}
        {...paged}
        empty={<NoModels q={q} onClear={() => void navigate({ to: '.', search: {} })} canTrain={canTrain} />}
      />
    </>
  )
}

const addressOf = ({ model }: Row): string => `/models/${encodeURIComponent(model.name)}`

function Health({ summary }: { readonly summary: PerformanceItem | undefined }): ReactNode {
  return summary && <HealthPill health={summary.health} reason={summary.healthReason} />
}

function Traffic({ summary }: { readonly summary: PerformanceItem | undefined }): ReactNode {
  if (!summary) return null
  return (
    <span className="flex items-center justify-end gap-3" title={modelsText.predictionsADay(formatExact(summary.predictions))}>
      <Sparkline values={summary.spark} fromZero />
      <span className="w-14">{formatCount(summary.predictions)}</span>
    </span>
  )
}

/** Without outcomes nothing is known of the quality, and that is not zero. */
function Quality({ summary }: { readonly summary: PerformanceItem | undefined }): ReactNode {
  if (!summary) return null
  if (summary.value === null) return <span className="text-faint">{modelsText.noOutcomes}</span>
  const { title, unit } = metricOf(summary.metric)
  const interval = summary.low !== null && summary.high !== null ? `${unit.format(summary.low)} to ${unit.format(summary.high)}` : ''
  return (
    <span title={`${title} ${unit.format(summary.value)}, ${interval}, n ${formatExact(summary.outcomes)}`}>
      <span className="font-medium">{unit.format(summary.value)}</span> <span className="text-xs text-faint">{interval}</span>
    </span>
  )
}

function HeldOut({ summary }: { readonly summary: PerformanceItem | undefined }): ReactNode {
  if (!summary?.heldOut) return null
  const { title, short, unit } = metricOf(summary.metric)
  const { value, low, high } = summary.heldOut
  return (
    <span title={`${title}, 95 % interval ${unit.format(low)} to ${unit.format(high)}`}>
      {unit.format(value)} <span className="text-xs text-faint">{short}</span>
    </span>
  )
}

function InService({ model }: { readonly model: Model }): ReactNode {
  if (model.activeVersion !== null) return <VersionName version={model.activeVersion} />
  return <span className="text-faint">{model.serving.source === 'fallback' ? modelsText.fallback : modelsText.none}</span>
}

interface NoModelsProps {
  readonly q: string
  readonly onClear: () => void
  readonly canTrain: boolean
}

function NoModels({ q, onClear, canTrain }: NoModelsProps): ReactNode {
  return (
    <div className="rounded-lg border border-line bg-surface">
      {q === '' ? (
        <Empty
          icon={Boxes}
          title={modelsText.empty}
          action={
            canTrain && (
              <ButtonLink to="/train" search={{}} tone="primary" icon={FileUp}>
                {modelsText.train}
              </ButtonLink>
            )
          }
          snippet={<CodeBlock label="shell" code="npx tandem train penguins --csv penguins.csv --target species" />}
        >
          {modelsText.emptyHint}
        </Empty>
      ) : (
        <Empty icon={Boxes} title={modelsText.emptyFiltered(q)} action={<Button onClick={onClear}>{modelsText.clearFilter}</Button>}>
          {modelsText.emptyFilteredHint}
        </Empty>
      )}
    </div>
  )
}

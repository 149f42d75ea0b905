// Every logged prediction, newest first: filtered by the address, live on demand, one open beside the list.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Download, ListChecks, Radio } from 'lucide-react'
import { type ReactNode, useCallback, useMemo, useState } from 'react'
import { predictionsText } from '../../text/predictions.ts'
import { Button, ButtonLink, buttonLook } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { formatCount, formatDuration, formatShare } from '../../ui/format.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { Time, VersionName } from '../../ui/time.tsx'
import { usePaged } from '../../ui/use-paged.ts'
import { type PredictionRow, usePredictionRows } from './parts/live-rows.ts'
import { OutcomeCell } from './parts/outcome-cell.tsx'
import { PredictionFilters } from './parts/prediction-filters.tsx'
import { PredictionSheet, resultText } from './parts/prediction-sheet.tsx'
import { addressesOf, countQuery, exportHref, predictionsQuery } from './queries.ts'
import { isFiltered, type PredictionsSearch } from './search.ts'

const route = getRouteApi('/predictions')
const { columns: head } = predictionsText

const COLUMNS: readonly Column<PredictionRow>[] = [
  { id: 'time', header: head.time, width: 152, cell: ({ at }) => <Time at={at} seconds /> },
  { id: 'model', header: head.model, from: 620, cell: ({ model }) => model },
  { id: 'result', header: head.result, cell: ({ value }) => <span title={String(value)}>{resultText(value)}</span> },
  { id: 'confidence', header: head.confidence, width: 104, align: 'right', from: 460, cell: ({ confidence }) => formatShare(confidence) },
  { id: 'outcome', header: head.outcome, width: 116, cell: (row) => <OutcomeCell {...row} /> },
  { id: 'version', header: head.version, width: 130, from: 860, cell: ({ version }) => <VersionName version={version} /> },
  { id: 'latency', header: head.latency, width: 92, align: 'right', from: 960, cell: ({ latencyMs }) => formatDuration(latencyMs) },
  { id: 'source', header: head.source, width: 120, from: 1060, cell: ({ source }) => predictionsText.sources[source] },
]

export function PredictionsPage(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [live, setLive] = useState(false)
  const { open, ...filter } = search
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a window counts back from when its list was asked for.
  const now = useMemo(() => Date.now(), [key])
  const { rows: loaded, ...paged } = usePaged(predictionsQuery(search, now))
  const { rows, skipped } = usePredictionRows(loaded, search, live)
  const count = useQuery(countQuery(search)).data
  const close = useCallback(() => void navigate({ search: (old) => ({ ...old, open: undefined }) }), [navigate])
  // biome-ignore lint/correctness/useExhaustiveDependencies: which one is open is no part of where the others lead.
  const href = useMemo(() => addressesOf(filter), [key])
  return (
    <>
      <PageHead
        title={predictionsText.title}
        facts={count && predictionsText.facts(formatCount(count.count), count.capped)}
        actions={
          <>
            <Button
              icon={Radio}
              aria-pressed={live}
              title={live ? predictionsText.liveOn : predictionsText.liveOff}
              onClick={() => setLive(!live)}
              className={live ? 'border-accent text-accent' : undefined}
            >
              {predictionsText.live}
            </Button>
            <a href={exportHref(search, now)} download="predictions.csv" title={predictionsText.exportHint} className={buttonLook({})}>
              <Download size={15} aria-hidden />
              {predictionsText.export}
            </a>
          </>
        }
      />
      <PredictionFilters search={search} />
      {skipped > 0 && <p className="mb-2 text-sm text-muted">{predictionsText.skipped(formatCount(skipped))}</p>}
      <DataTable
        label={predictionsText.title}
        columns={COLUMNS}
        rows={rows}
        rowKey={({ predictionId }) => predictionId}
        href={href}
        opensBeside={open === undefined ? 'push' : 'replace'}
        selectedKey={open}
        empty={<NoPredictions search={search} />}
        {...paged}
      />
      {open !== undefined && <PredictionSheet id={open} onClose={close} />}
    </>
  )
}

function NoPredictions({ search }: { readonly search: PredictionsSearch }): ReactNode {
  const filtered = isFiltered(search)
  return (
    <div className="rounded-lg border border-line bg-surface">
      <Empty
        icon={ListChecks}
        title={filtered ? predictionsText.emptyFiltered : predictionsText.empty}
        action={
          filtered ? (
            <ButtonLink to="/predictions" search={{}}>
              {predictionsText.clear}
            </ButtonLink>
          ) : undefined
        }
      >
        {filtered ? predictionsText.emptyFilteredHint : predictionsText.emptyHint}
      </Empty>
    </div>
  )
}

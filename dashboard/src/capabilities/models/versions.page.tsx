// The versions of a model: which are there, how they differ, which one answers, and who put it there.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo, useState } from 'react'
import { versionsText } from '../../text/models.ts'
import { CardGrid } from '../../ui/card.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { formatVersion } from '../../ui/format-time.ts'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { CandidatesCard } from '../training/parts/candidates-card.tsx'
import { HistoryCard } from './parts/history-card.tsx'
import { SideBySide } from './parts/side-by-side.tsx'
import { Untrained } from './parts/untrained.tsx'
import { ActivateDialog, DeleteVersionDialog } from './parts/version-dialogs.tsx'
import { VersionTable } from './parts/version-table.tsx'
import { modelQuery, versionsQuery } from './queries.ts'

const route = getRouteApi('/models/$model/versions')

/** Set beside each other at most; more cannot be read. */
const MOST_COMPARED = 6

export function VersionsPage(): ReactNode {
  const { model } = route.useParams()
  const { with: chosen } = route.useSearch()
  const navigate = route.useNavigate()
  const task = useQuery({ ...modelQuery(model), select: ({ definition }) => definition.task }).data
  const query = useQuery(versionsQuery(model))
  const [activating, setActivating] = useState<string>()
  const [deleting, setDeleting] = useState<string>()
  const versions = query.data?.items
  const ticked = useMemo(() => {
    const named = chosen?.split(',').filter((version) => versions?.some((one) => one.version === version))
    // Without a choice: the newest ones.
    return new Set(named ?? versions?.slice(0, 4).map(({ version }) => version) ?? [])
  }, [chosen, versions])
  const compared = useMemo(() => {
    const active = versions?.find((version) => version.active)?.version
    const others = versions?.map(({ version }) => version).filter((version) => ticked.has(version) && version !== active) ?? []
    return [...(active === undefined ? [] : [active]), ...others].slice(0, MOST_COMPARED)
  }, [versions, ticked])
  if (versions === undefined || task === undefined) {
    return query.error === null ? <SkeletonLines lines={6} /> : <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
  }
  if (versions.length === 0) return <Untrained model={model} />
  const tick = (version: string, on: boolean): void => {
    const next = versions.map((one) => one.version).filter((one) => (one === version ? on : ticked.has(one)))
    void navigate({ to: '.', search: { with: next.join(',') }, replace: true, resetScroll: false })
  }
  return (
    <>
      <VersionTable model={model} versions={versions} ticked={ticked} onTick={tick} onActivate={setActivating} onDelete={setDeleting} />
      <div className="h-4" />
      <CardGrid>
        <SideBySide model={model} task={task} versions={compared} className="xl:col-span-12" />
        <HistoryCard model={model} className="xl:col-span-6" />
        {versions
          .filter(({ candidates = [] }) => candidates.length > 0)
          .slice(0, 2)
          .map((version) => (
            <CandidatesCard
              key={version.version}
              title={`${versionsText.tried}, ${formatVersion(version.version)}`}
              subtitle={(metric) => versionsText.triedSubtitle(metric, version.crossValidation.folds)}
              candidates={version.candidates ?? []}
              className="xl:col-span-6"
            />
          ))}
      </CardGrid>
      <ActivateDialog model={model} version={activating} onClose={() => setActivating(undefined)} />
      <DeleteVersionDialog model={model} version={deleting} onClose={() => setDeleting(undefined)} />
    </>
  )
}

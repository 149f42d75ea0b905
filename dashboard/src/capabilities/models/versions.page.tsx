// The versions of a model: which are there, how they differ, which one answers, and who put it there.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { CardGrid } from '../../ui/card.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { CandidatesCard } from './parts/candidates-card.tsx'
import { HistoryCard } from './parts/history-card.tsx'
import { Untrained } from './parts/untrained.tsx'
import { ActivateDialog, DeleteVersionDialog } from './parts/version-dialogs.tsx'
import { VersionTable } from './parts/version-table.tsx'
import { versionsQuery } from './queries.ts'

const route = getRouteApi('/models/$model/versions')

export function VersionsPage(): ReactNode {
  const { model } = route.useParams()
  const query = useQuery(versionsQuery(model))
  const [activating, setActivating] = useState<string>()
  const [deleting, setDeleting] = useState<string>()
  const versions = query.data?.items
  if (versions === undefined) {
    return query.error === null ? <SkeletonLines lines={6} /> : <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
  }
  if (versions.length === 0) return <Untrained model={model} />
  return (
    <>
      <VersionTable model={model} versions={versions} onActivate={setActivating} onDelete={setDeleting} />
      <div className="h-4" />
      <CardGrid>
        <HistoryCard model={model} className="xl:col-span-12" />
        {versions
          .filter(({ candidates = [] }) => candidates.length > 0)
          .slice(0, 2)
          .map((version) => (
            <CandidatesCard key={version.version} version={version} className="xl:col-span-6" />
          ))}
      </CardGrid>
      <ActivateDialog model={model} version={activating} onClose={() => setActivating(undefined)} />
      <DeleteVersionDialog model={model} version={deleting} onClose={() => setDeleting(undefined)} />
    </>
  )
}

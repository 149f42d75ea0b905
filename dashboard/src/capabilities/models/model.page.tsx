// One model: its head and tabs, what is wrong with it, and the training that runs; the tabs themselves are pages below it.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Outlet } from '@tanstack/react-router'
import { Ellipsis, FileUp, GraduationCap, Play, RotateCcw, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Model } from '../../../../src/capabilities/models/schema.ts'
import { useLive } from '../../live.ts'
import { useCan } from '../../session.ts'
import { modelText } from '../../text/models.ts'
import { cardText } from '../../text/trust.ts'
import { Banner } from '../../ui/banner.tsx'
import { Button, ButtonLink, IconButton } from '../../ui/button.tsx'
import { formatAge } from '../../ui/format-time.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Menu } from '../../ui/menu.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { HealthPill } from '../../ui/pill.tsx'
import { TabLink, TabList } from '../../ui/tabs.tsx'
import { TextLink } from '../../ui/text-link.tsx'
import { VersionName } from '../../ui/time.tsx'
import { algorithmName } from './metrics.ts'
import { DeleteModelDialog } from './parts/delete-model-dialog.tsx'
import { TrainDialog } from './parts/train-dialog.tsx'
import { TrainingBanner } from './parts/training-banner.tsx'
import { RollbackDialog } from './parts/version-dialogs.tsx'
import { activationsQuery, modelQuery, summariesQuery } from './queries.ts'

const route = getRouteApi('/models/$model')

type Open = 'train' | 'rollback' | 'delete' | undefined

export function ModelPage(): ReactNode {
  const { model: name } = route.useParams()
  useLive('model.updated', 'model.activated', 'model.trained', 'job.updated')
  return <Loaded query={useQuery(modelQuery(name))}>{(model) => <OneModel key={name} model={model} />}</Loaded>
}

function OneModel({ model }: { readonly model: Model }): ReactNode {
  const [open, setOpen] = useState<Open>()
  const close = (): void => setOpen(undefined)
  const params = { model: model.name }
  const summary = useQuery({ ...summariesQuery('7d'), select: ({ items }) => items.find((item) => item.model === model.name) }).data
  return (
    <>
      <PageHead
        title={model.name}
        pill={summary && <HealthPill health={summary.health} reason={summary.healthReason} />}
        facts={<Facts model={model} />}
        actions={<Actions model={model} setOpen={setOpen} />}
      />
      <TabList label={modelText.tabs.label}>
        <TabLink to="/models/$model" params={params} activeOptions={{ exact: true, includeSearch: false }}>
          {modelText.tabs.summary}
        </TabLink>
        <TabLink to="/models/$model/versions" params={params} activeOptions={TAB}>
          {modelText.tabs.versions}
        </TabLink>
        <TabLink to="/models/$model/evaluation" params={params} activeOptions={TAB}>
          {modelText.tabs.evaluation}
        </TabLink>
        <TabLink to="/models/$model/card" params={params} activeOptions={TAB}>
          {cardText.tab}
        </TabLink>
        <TabLink to="/models/$model/try" params={params} activeOptions={TAB}>
          {modelText.tabs.try}
        </TabLink>
        <TabLink to="/predictions" search={{ model: model.name }}>
          {modelText.tabs.predictions}
        </TabLink>
        <TabLink to="/models/$model/code" params={params} activeOptions={TAB}>
          {modelText.tabs.code}
        </TabLink>
        <TabLink to="/models/$model/settings" params={params} activeOptions={TAB}>
          {modelText.tabs.settings}
        </TabLink>
      </TabList>
      <TrainingBanner model={model.name} />
      <Attention model={model} health={summary?.health} reason={summary?.healthReason} />
      <Outlet />
      <TrainDialog model={model} open={open === 'train'} onClose={close} />
      <RollbackDialog model={model.name} open={open === 'rollback'} onClose={close} />
      <DeleteModelDialog model={model} open={open === 'delete'} onClose={close} />
    </>
  )
}

const TAB = { includeSearch: false } as const

function Facts({ model }: { readonly model: Model }): ReactNode {
  const { definition, activeVersion } = model
  const since = useQuery({
    ...activationsQuery(model.name),
    select: ({ items }) => items.find(({ version }) => version === activeVersion)?.at,
  }).data
  return (
    <>
      {algorithmName(definition.algorithm)} · {modelText.target} <code className="font-mono">{definition.target}</code> ·{' '}
      {activeVersion === null ? (
        modelText.notTrained
      ) : (
        <>
          {modelText.version}{' '}
          <span className="font-medium text-text">
            <VersionName version={activeVersion} />
          </span>{' '}
          {since !== undefined && modelText.inService(formatAge(since))}
        </>
      )}
    </>
  )
}

function Actions({ model, setOpen }: { readonly model: Model; readonly setOpen: (open: Open) => void }): ReactNode {
  const [canPredict, canTrain, canWrite] = [useCan('predict'), useCan('train'), useCan('write')]
  const isTrained = model.activeVersion !== null
  const remove = { label: modelText.deleteModel, icon: Trash2, danger: true, onSelect: () => setOpen('delete') }
  const rollback = { label: modelText.rollback, hint: modelText.rollbackHint, icon: RotateCcw, onSelect: () => setOpen('rollback') }
  return (
    <>
      {canPredict && isTrained && (
        <ButtonLink to="/models/$model/try" params={{ model: model.name }} tone="primary" icon={Play} className="max-sm:flex-1">
          {modelText.tryPrediction}
        </ButtonLink>
      )}
      {canTrain && isTrained && (
        <Button icon={GraduationCap} onClick={() => setOpen('train')} className="max-sm:flex-1">
          {modelText.train}
        </Button>
      )}
      {canTrain && !isTrained && (
        <ButtonLink to="/train" search={{ model: model.name }} tone="primary" icon={FileUp} className="max-sm:flex-1">
          {modelText.trainFirst}
        </ButtonLink>
      )}
      {canWrite && (
        <Menu
          trigger={<IconButton icon={Ellipsis} label={modelText.more} tone="plain" />}
          groups={[...(isTrained ? [[rollback]] : []), [remove]]}
        />
      )}
    </>
  )
}

interface AttentionProps {
  readonly model: Model
  readonly health: string | undefined
  readonly reason: string | undefined
}

/** What is wrong and the links that mend it; nothing when all is well. */
function Attention({ model, health, reason }: AttentionProps): ReactNode {
  const { source, reason: problem } = model.serving
  const versions = (
    <TextLink to="/models/$model/versions" params={{ model: model.name }}>
      {modelText.seeVersions}
    </TextLink>
  )
  // A model without any version says so in its summary, with the next step.
  if (source !== 'model' && model.activeVersion !== null) {
    return (
      <Banner
        tone={source === 'none' ? 'bad' : 'warn'}
        title={source === 'none' ? modelText.servesNothing : modelText.servesFallback}
        actions={versions}
        className="mb-4"
      >
        {problem}
      </Banner>
    )
  }
  if (source === 'model' && (health === 'warn' || health === 'bad') && reason !== undefined) {
    const evaluation = (
      <TextLink to="/models/$model/evaluation" params={{ model: model.name }}>
        {modelText.seeEvaluation}
      </TextLink>
    )
    return (
      <Banner
        tone={health}
        title={health === 'bad' ? modelText.failing : modelText.lookAtIt}
        actions={
          <>
            {evaluation}
            {versions}
          </>
        }
        className="mb-4"
      >
        {reason}
      </Banner>
    )
  }
  return null
}

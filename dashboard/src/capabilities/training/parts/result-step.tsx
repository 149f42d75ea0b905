// The last step: is it good, what does it look at, and what to do with it.
import { useQuery } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, CircleDashed, CircleX, Code, FileUp, FlaskConical, Rocket } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Evaluation } from '../../../../../src/capabilities/models/reports/schema.ts'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import { client } from '../../../client.ts'
import { useCan } from '../../../session.ts'
import { fileText, resultText, runText } from '../../../text/training.ts'
import { Button, ButtonLink } from '../../../ui/button.tsx'
import { Card, CardGrid } from '../../../ui/card.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { formatVersion } from '../../../ui/format-time.ts'
import { Pill } from '../../../ui/pill.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { CalibrationCard, ConfusionCard } from '../../models/parts/classification-cards.tsx'
import { MetricsCard } from '../../models/parts/metrics-card.tsx'
import { PredictedVsActualCard, ResidualsCard } from '../../models/parts/regression-cards.tsx'
import { ImportancesCard } from '../../models/parts/version-cards.tsx'
import { ActivateDialog } from '../../models/parts/version-dialogs.tsx'
import { evaluationQuery, modelQuery } from '../../models/queries.ts'
import type { TrainSearch } from '../search.ts'
import { CandidatesCard } from './candidates-card.tsx'
import { searchOf } from './steps.tsx'
import { type Verdict, verdictOf } from './verdict.ts'

interface ResultStepProps {
  readonly model: string
  readonly version: string
  readonly search: TrainSearch
}

export function ResultStep({ model, version: id, search }: ResultStepProps): ReactNode {
  // Under the key that is renewed when a version comes into service.
  const version = useQuery({
    queryKey: ['models', 'version', model, id],
    queryFn: ({ signal }) => client.model(model).version(id, { signal }),
  })
  const evaluation = useQuery(evaluationQuery(model, id))
  const target = useQuery(modelQuery(model)).data?.definition.target
  const error = version.error ?? evaluation.error
  if (version.data === undefined || evaluation.data === undefined) {
    if (error === null) return <SkeletonLines lines={10} />
    return (
      <div className="rounded-lg border border-line bg-surface">
        <ErrorPanel error={error} title={runText.gone} onRetry={() => void Promise.all([version.refetch(), evaluation.refetch()])} />
      </div>
    )
  }
  return <Result model={model} version={version.data} evaluation={evaluation.data} target={target ?? search.target ?? ''} search={search} />
}

interface ResultProps {
  readonly model: string
  readonly version: Version
  readonly evaluation: Evaluation
  readonly target: string
  readonly search: TrainSearch
}

function Result({ model, version, evaluation, target, search }: ResultProps): ReactNode {
  const { classification, regression, task } = evaluation
  return (
    <div className="grid gap-4">
      <VerdictCard {...{ model, version, evaluation, target, search }} />
      <CardGrid>
        {classification && <ConfusionCard evaluation={evaluation} classification={classification} className="xl:col-span-6" />}
        {classification && <CalibrationCard evaluation={evaluation} classification={classification} className="xl:col-span-6" />}
        {regression && <PredictedVsActualCard regression={regression} target={target} className="xl:col-span-6" />}
        {regression && <ResidualsCard regression={regression} className="xl:col-span-6" />}
        {version.candidates !== undefined && version.candidates.length > 0 && (
          <CandidatesCard
            title={runText.candidates}
            subtitle={(metric) => runText.candidatesSubtitle(metric, version.crossValidation.folds)}
            candidates={version.candidates}
            className="xl:col-span-6"
          />
        )}
        <ImportancesCard version={version} task={task} className="xl:col-span-6" />
        <MetricsCard version={version} evaluation={evaluation} className="xl:col-span-12" />
      </CardGrid>
    </div>
  )
}

const LOOKS = {
  good: { icon: CircleCheck, colour: 'text-good', ground: 'bg-good-soft' },
  undecided: { icon: CircleDashed, colour: 'text-muted', ground: 'bg-sunken' },
  bad: { icon: CircleX, colour: 'text-bad', ground: 'bg-bad-soft' },
} as const satisfies Record<Verdict['outcome'], object>

function VerdictCard({ model, version, evaluation, target, search }: ResultProps): ReactNode {
  const [activating, setActivating] = useState(false)
  const mayWrite = useCan('write')
  const { outcome, sentences, suspicious } = verdictOf(version, evaluation, target)
  const { icon: Icon, colour, ground } = LOOKS[outcome]
  const columns = searchOf('columns', search)
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-2">
          {model} <span className="font-normal text-muted">{formatVersion(version.version)}</span>
          <Pill tone={version.active ? 'good' : 'neutral'} icon={version.active ? CircleCheck : CircleDashed}>
            {version.active ? resultText.inService : resultText.kept}
          </Pill>
        </span>
      }
      subtitle={version.gate.reason}
    >
      <div className={classNames('flex items-start gap-3 rounded-md px-4 py-3', ground)}>
        <Icon size={22} aria-hidden className={classNames('mt-0.5 shrink-0', colour)} />
        <div className="min-w-0">
          <p className="text-lg font-semibold">{resultText[outcome]}</p>
          <p className="mt-0.5 text-pretty">{sentences.join(' ')}</p>
        </div>
      </div>
      {suspicious && (
        <p className="mt-3 flex items-start gap-2 text-warn">
          <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
          <span>
            <b>{resultText.suspicious}</b> {resultText.suspiciousHint}
          </span>
        </p>
      )}
      <div className="mt-4 flex flex-wrap items-center gap-2">
        {!version.active && mayWrite && (
          <Button tone="primary" icon={Rocket} onClick={() => setActivating(true)}>
            {resultText.putInService}
          </Button>
        )}
        <ButtonLink to="/models/$model/try" params={{ model }} tone={version.active ? 'primary' : 'plain'} icon={FlaskConical}>
          {resultText.tryIt}
        </ButtonLink>
        <ButtonLink to="/models/$model/code" params={{ model }} icon={Code}>
          {resultText.code}
        </ButtonLink>
        <span className="ml-auto flex flex-wrap items-center gap-x-4 gap-y-1 max-sm:ml-0">
          {columns !== undefined && (
            <TextLink to="/train" search={columns}>
              {runText.again}
            </TextLink>
          )}
          <TextLink to="/models/$model/evaluation" params={{ model }} search={{ version: version.version }}>
            {resultText.details}
          </TextLink>
          <TextLink to="/train" search={{}}>
            <FileUp size={14} aria-hidden className="mr-1 inline" />
            {fileText.startOver}
          </TextLink>
        </span>
      </div>
      <ActivateDialog model={model} version={activating ? version.version : undefined} onClose={() => setActivating(false)} />
    </Card>
  )
}

// How good one version is on the rows it never saw.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { ChartNoAxesCombined, ListChecks } from 'lucide-react'
import { type ReactNode, useCallback, useId, useRef, useState } from 'react'
import type { NewRowsEvaluation } from '../../../../src/capabilities/models/reports/new-rows/schema.ts'
import type { Evaluation } from '../../../../src/capabilities/models/reports/schema.ts'
import type { Version } from '../../../../src/capabilities/models/schema.ts'
import { TandemError } from '../../../../src/errors.ts'
import { useCan } from '../../session.ts'
import { evaluationText } from '../../text/models.ts'
import { newRowsText } from '../../text/new-rows.ts'
import { cardText } from '../../text/trust.ts'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'
import { Card, CardGrid } from '../../ui/card.tsx'
import { Empty } from '../../ui/empty.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Fact, FactStrip } from '../../ui/fact-strip.tsx'
import { Select } from '../../ui/field.tsx'
import { formatExact, splitUnit } from '../../ui/format.ts'
import { formatVersion } from '../../ui/format-time.ts'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { metricOf } from './metrics.ts'
import { WeakSpotsTable } from './parts/card-tables.tsx'
import { CalibrationCard, ConfusionCard, PrecisionRecallCard, RocCard, ScoresCard } from './parts/classification-cards.tsx'
import { CoverageCards } from './parts/coverage-cards.tsx'
import { DependenceCard } from './parts/dependence-card.tsx'
import { MetricsCard } from './parts/metrics-card.tsx'
import { EvaluateDialog } from './parts/new-rows/evaluate-dialog.tsx'
import { RowsPicker } from './parts/new-rows/rows-picker.tsx'
import { ErrorSizesCard, PredictedVsActualCard, ResidualsCard } from './parts/regression-cards.tsx'
import { ThresholdCard } from './parts/threshold-card.tsx'
import { Untrained } from './parts/untrained.tsx'
import { ImportancesCard, LogCard, TrainingCard } from './parts/version-cards.tsx'
import { VersionPicker } from './parts/version-picker.tsx'
import { evaluationQuery, modelQuery, newRowsListQuery, newRowsQuery, useVersion } from './queries.ts'

const route = getRouteApi('/models/$model/evaluation')

export function EvaluationPage(): ReactNode {
  const { model } = route.useParams()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { query, version } = useVersion(model, search.version)
  const canTrain = useCan('train')
  const [isEvaluating, setEvaluating] = useState(false)
  const heldOut = useQuery(evaluationQuery(model, version?.version))
  const list = useQuery(newRowsListQuery(model, version?.version))
  const target = useQuery({ ...modelQuery(model), select: ({ definition }) => definition.target }).data ?? ''
  const summaries = list.data?.items ?? []
  // A version that was taken over has nothing else to be looked at by.
  const on = search.on ?? (version?.imported === undefined ? undefined : summaries[0]?.id)
  const newRows = useQuery(newRowsQuery(model, version?.version, on))
  if (query.error !== null && query.data === undefined) return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
  if (query.data === undefined) return <SkeletonLines lines={5} />
  if (version === undefined) return <Untrained model={model} named={search.version} />
  const shown = on === undefined ? heldOut : newRows
  const evaluation: Evaluation | undefined = on === undefined ? heldOut.data : newRows.data && { ...newRows.data, log: [] }
  const look = (next: { readonly version?: string; readonly on?: string | undefined }): void =>
    void navigate({ to: '.', search: (old) => ({ ...old, ...next }), replace: true })
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <VersionPicker model={model} value={version.version} onChange={(next) => look({ version: next, on: undefined })} />
        <RowsPicker
          summaries={summaries}
          value={on}
          hasHeldOut={version.imported === undefined}
          onChange={(next) => look({ on: next })}
          onDeleted={() => list.refetch()}
        />
        {(evaluation?.classification?.curves.length ?? 0) > 1 && <ClassPicker curves={evaluation!.classification!.curves} />}
        {canTrain && evaluation !== undefined && (
          <Button size="small" icon={ListChecks} onClick={() => setEvaluating(true)}>
            {newRowsText.evaluate}
          </Button>
        )}
        <span className="text-sm text-muted">{on === undefined ? factsOf(version) : newRows.data && factsOfRows(newRows.data)}</span>
      </div>
      {on !== undefined && newRows.data !== undefined && <KnownRows of={newRows.data} />}
      <Metrics version={version} evaluation={evaluation} onNewRows={on !== undefined} />
      {evaluation !== undefined ? (
        <Judged key={on} version={version} evaluation={evaluation} sent={on === undefined ? undefined : newRows.data} />
      ) : shown.error === null || (version.imported !== undefined && list.isPending) ? (
        <SkeletonLines lines={5} />
      ) : (
        <WithoutEvaluation
          version={version}
          error={shown.error}
          onRetry={() => void shown.refetch()}
          task={taskOf(version)}
          onEvaluate={canTrain ? () => setEvaluating(true) : undefined}
        />
      )}
      <EvaluateDialog
        {...{ model, target }}
        version={version.version}
        open={isEvaluating}
        onClose={() => setEvaluating(false)}
        onDone={(id) => {
          setEvaluating(false)
          look({ version: version.version, on: id })
        }}
      />
    </>
  )
}

function factsOf({ imported, holdoutRows, rows }: Version): string {
  return imported === undefined ? evaluationText.facts(holdoutRows, rows - holdoutRows) : evaluationText.importedFacts(imported.format)
}

function factsOfRows({ name, rows, skippedRows, weight }: NewRowsEvaluation): string {
  const weighed = weight === undefined ? '' : ` ${newRowsText.weighed(weight)}`
  const skipped = skippedRows > 0 ? ` ${newRowsText.skipped(skippedRows)}` : ''
  return `${newRowsText.facts(name, rows)}.${weighed}${skipped}`
}

/** A version is not judged by what it learned from. */
function KnownRows({ of: { knownRows, rows } }: { readonly of: NewRowsEvaluation }): ReactNode {
  if (!knownRows) return null
  return (
    <Banner tone="warn" title={newRowsText.known(knownRows, rows)} className="mb-4">
      {newRowsText.knownHint}
    </Banner>
  )
}

/** The metrics of the head of the page; all of them stand in a table below. */
const HEAD = { classification: ['accuracy', 'rocAuc', 'f1', 'logLoss', 'ece'], regression: ['mae', 'rmse', 'r2'] } as const

interface MetricsProps {
  readonly version: Version
  readonly evaluation: Evaluation | undefined
  readonly onNewRows: boolean
}

function Metrics({ version, evaluation, onNewRows }: MetricsProps): ReactNode {
  const measured = onNewRows ? evaluation?.intervals : version.metrics
  if (Object.keys(measured ?? {}).length === 0) return null
  return (
    <FactStrip>
      {HEAD[taskOf(version)].flatMap((name) => {
        const heldOut = version.metrics[name]
        const value = onNewRows ? evaluation?.intervals[name]?.value : heldOut
        if (value === undefined) return []
        const { title, unit, meaning } = metricOf(name)
        const interval = evaluation?.intervals[name]
        const [number, of] = splitUnit(unit.format(value))
        const range = interval && `${unit.format(interval.low)} to ${unit.format(interval.high)}`
        const detail =
          onNewRows && heldOut !== undefined ? (
            <>
              {range}
              <br />
              {newRowsText.heldOutValue(unit.format(heldOut))}
            </>
          ) : (
            range
          )
        return (
          <Fact
            key={name}
            label={<span title={meaning}>{title}</span>}
            value={number}
            unit={of}
            title={formatExact(value)}
            detail={detail}
          />
        )
      })}
    </FactStrip>
  )
}

/** More than two classes: whose curves are shown. */
function ClassPicker({ curves }: { readonly curves: NonNullable<Evaluation['classification']>['curves'] }): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const id = useId()
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-sm text-muted">
        {evaluationText.class}
      </label>
      <Select
        id={id}
        value={search.class ?? ''}
        onChange={({ target }) =>
          void navigate({ to: '.', search: (old) => ({ ...old, class: target.value || undefined }), replace: true, resetScroll: false })
        }
        options={[{ value: '', label: evaluationText.allClasses }, ...curves.map(({ class: name }) => ({ value: name, label: name }))]}
        className="w-auto!"
      />
    </div>
  )
}

interface JudgedProps {
  readonly version: Version
  readonly evaluation: Evaluation
  /** What was measured on rows that were sent for it; weak spots of the held-out ones stand on the card. */
  readonly sent: Pick<NewRowsEvaluation, 'weakSpots' | 'permutationImportances'> | undefined
}

function Judged({ version, evaluation, sent }: JudgedProps): ReactNode {
  const { weakSpots, permutationImportances: measured } = sent ?? {}
  const { classification, regression, task, log, coverage, rows } = evaluation
  return (
    <CardGrid>
      {classification && <Classified evaluation={evaluation} classification={classification} />}
      {regression && (
        <>
          <Predicted regression={regression} />
          <ResidualsCard regression={regression} className="xl:col-span-4" />
          <ErrorSizesCard regression={regression} className="xl:col-span-4" />
        </>
      )}
      {weakSpots !== undefined && (
        <Card title={cardText.weakSpots} subtitle={cardText.weakSpotsSubtitle(weakSpots.examined)} className="xl:col-span-12">
          <WeakSpotsTable card={{ weakSpots, task }} />
        </Card>
      )}
      {(version.imported === undefined || measured !== undefined) && (
        <ImportancesCard {...{ version, task, measured }} className={version.imported === undefined ? 'xl:col-span-4' : 'xl:col-span-12'} />
      )}
      {version.imported === undefined && <Dependence version={version} className={regression ? 'xl:col-span-8' : 'xl:col-span-12'} />}
      <MetricsCard version={version} evaluation={evaluation} onNewRows={weakSpots !== undefined} className="xl:col-span-12" />
      {coverage !== undefined && (coverage !== null || version.imported === undefined) && <CoverageCards coverage={coverage} rows={rows} />}
      <TrainingCard version={version} className={weakSpots === undefined ? 'xl:col-span-5' : 'xl:col-span-12'} />
      {weakSpots === undefined && <LogCard log={log} took={version.durationMs} className="xl:col-span-7" />}
    </CardGrid>
  )
}

function Dependence({ version, className }: { readonly version: Version; readonly className: string }): ReactNode {
  const { model } = route.useParams()
  return <DependenceCard key={version.version} model={model} version={version} className={className} />
}

function Predicted({ regression }: { readonly regression: NonNullable<Evaluation['regression']> }): ReactNode {
  const { model } = route.useParams()
  const target = useQuery({ ...modelQuery(model), select: ({ definition }) => definition.target }).data
  return <PredictedVsActualCard regression={regression} target={target ?? ''} className="xl:col-span-4" />
}

interface ClassifiedProps {
  readonly evaluation: Evaluation
  readonly classification: NonNullable<Evaluation['classification']>
}

function Classified({ evaluation, classification }: ClassifiedProps): ReactNode {
  const search = route.useSearch()
  const [threshold, setThreshold] = useThreshold()
  const isBinary = classification.thresholds !== undefined
  const card = { evaluation, classification, threshold: isBinary ? threshold : undefined, className: 'xl:col-span-4' }
  const moved = { ...card, onThreshold: isBinary ? setThreshold : undefined, only: search.class }
  return (
    <>
      {isBinary && (
        <ThresholdCard classification={classification} threshold={threshold} onThreshold={setThreshold} className="xl:col-span-12" />
      )}
      <RocCard {...moved} />
      <PrecisionRecallCard {...moved} />
      <ConfusionCard {...card} />
      <CalibrationCard {...card} />
      <ScoresCard {...card} />
    </>
  )
}

/** Follows the drag at once, and the address once it rests: browsers refuse hundreds of changes of the address in a row. */
function useThreshold(): readonly [number | undefined, (threshold: number | undefined) => void] {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [threshold, setThreshold] = useState(search.threshold)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const set = useCallback(
    (next: number | undefined) => {
      setThreshold(next)
      clearTimeout(timer.current)
      timer.current = setTimeout(
        () => void navigate({ to: '.', search: (old) => ({ ...old, threshold: next }), replace: true, resetScroll: false }),
        250,
      )
    },
    [navigate],
  )
  return [threshold, set]
}

interface WithoutEvaluationProps {
  readonly version: Version
  readonly error: unknown
  readonly onRetry: () => void
  readonly task: 'classification' | 'regression'
  readonly onEvaluate: (() => void) | undefined
}

/** Versions made before evaluations were kept still have their importances and how they were trained. */
function WithoutEvaluation({ version, error, onRetry, task, onEvaluate }: WithoutEvaluationProps): ReactNode {
  const isOld = TandemError.is(error) && error.code === 'not_found'
  return (
    <CardGrid>
      <div className="rounded-lg border border-line bg-surface xl:col-span-12">
        {isOld ? (
          <Empty
            icon={ChartNoAxesCombined}
            title={evaluationText.none}
            action={
              onEvaluate && (
                <Button tone="primary" icon={ListChecks} onClick={onEvaluate}>
                  {newRowsText.evaluate}
                </Button>
              )
            }
          >
            {version.imported === undefined ? evaluationText.noneHint : evaluationText.importedHint}
          </Empty>
        ) : (
          <ErrorPanel error={error} onRetry={onRetry} title={`${evaluationText.version} ${formatVersion(version.version)}`} />
        )}
      </div>
      <ImportancesCard version={version} task={task} className="xl:col-span-5" />
      <TrainingCard version={version} className="xl:col-span-7" />
    </CardGrid>
  )
}

const taskOf = ({ classes }: Version): 'classification' | 'regression' => (classes === undefined ? 'regression' : 'classification')

// A model at a glance: how it does, how its versions differ, what it leans on, and a prediction to try.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Evaluation } from '../../../../src/capabilities/models/reports/schema.ts'
import type { Model, Version } from '../../../../src/capabilities/models/schema.ts'
import { summaryText } from '../../text/models.ts'
import { CardGrid } from '../../ui/card.tsx'
import { Segment, Segments } from '../../ui/segmented.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { CalibrationCard, ConfusionCard, RocCard } from './parts/classification-cards.tsx'
import { LiveQuality } from './parts/live-quality.tsx'
import { PredictedVsActualCard, ResidualsCard } from './parts/regression-cards.tsx'
import { SummaryFacts } from './parts/summary-facts.tsx'
import { TryCard } from './parts/try-card.tsx'
import { Untrained } from './parts/untrained.tsx'
import { ImportancesCard } from './parts/version-cards.tsx'
import { VersionsCompared } from './parts/versions-compared.tsx'
import { evaluationQuery, modelQuery, performanceQuery, useVersion } from './queries.ts'
import { DEFAULT_WINDOW, WINDOWS } from './search.ts'

const route = getRouteApi('/models/$model/')

export function SummaryPage(): ReactNode {
  const { model: name } = route.useParams()
  const { window = DEFAULT_WINDOW } = route.useSearch()
  const model = useQuery(modelQuery(name)).data
  const { query, version } = useVersion(name, undefined)
  const performance = useQuery(performanceQuery(name, window)).data
  if (model === undefined || query.data === undefined) return <SkeletonLines lines={5} />
  // Nothing was ever measured: the next step is all there is to say.
  if (version === undefined && (performance?.total.predictions ?? 0) === 0) return <Untrained model={name} />
  return (
    <>
      <div className="mb-3 flex justify-end">
        <Segments label={summaryText.window}>
          {WINDOWS.map((one) => (
            <Segment
              key={one}
              to="/models/$model"
              params={{ model: name }}
              search={{ window: one === DEFAULT_WINDOW ? undefined : one }}
              selected={one === window}
              resetScroll={false}
            >
              {one}
            </Segment>
          ))}
        </Segments>
      </div>
      <SummaryFacts model={model} performance={performance} />
      {version === undefined ? (
        <Untrained model={name} />
      ) : (
        <CardGrid>
          <LiveQuality model={name} task={model.definition.task} window={window} className="xl:col-span-8" />
          <VersionsCompared model={name} task={model.definition.task} className="xl:col-span-4" />
          <ImportancesCard version={version} task={model.definition.task} className="xl:col-span-4" />
          <Judged model={model} version={version} />
        </CardGrid>
      )}
    </>
  )
}

function Judged({ model, version }: { readonly model: Model; readonly version: Version }): ReactNode {
  const evaluation = useQuery(evaluationQuery(model.name, version.version)).data
  return (
    <>
      {evaluation && <Measured evaluation={evaluation} target={model.definition.target} />}
      <TryCard model={model} version={version} className={evaluation?.classification ? 'xl:col-span-8' : 'xl:col-span-12'} />
    </>
  )
}

interface MeasuredProps {
  readonly evaluation: Evaluation
  readonly target: string
}

function Measured({ evaluation, target }: MeasuredProps): ReactNode {
  const { classification, regression } = evaluation
  const card = { evaluation, className: 'xl:col-span-4' }
  if (classification) {
    return (
      <>
        <CalibrationCard {...card} classification={classification} />
        <RocCard {...card} classification={classification} />
        <ConfusionCard {...card} classification={classification} />
      </>
    )
  }
  return (
    regression && (
      <>
        <PredictedVsActualCard regression={regression} target={target} className="xl:col-span-4" />
        <ResidualsCard regression={regression} className="xl:col-span-4" />
      </>
    )
  )
}

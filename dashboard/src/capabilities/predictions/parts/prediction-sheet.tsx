// One prediction beside the list: what it said, why, what was sent, what came true.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { LoggedPrediction } from '../../../../../src/capabilities/predictions/schema.ts'
import { predictionsText, predictionText as words } from '../../../text/predictions.ts'
import { CopyButton } from '../../../ui/copy-button.tsx'
import { SideSheet } from '../../../ui/dialog.tsx'
import { FactList } from '../../../ui/fact-list.tsx'
import { formatDuration, formatNumber, formatShare } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { Time, VersionName } from '../../../ui/time.tsx'
import { predictionQuery } from '../queries.ts'
import { OutcomeCell } from './outcome-cell.tsx'
import { featureText, PredictionExplanation } from './prediction-explanation.tsx'
import { RecordOutcome } from './record-outcome.tsx'

export function PredictionSheet({ id, onClose }: { readonly id: string; readonly onClose: () => void }): ReactNode {
  const query = useQuery(predictionQuery(id))
  const { data } = query
  return (
    <SideSheet
      open
      onClose={onClose}
      title={data === undefined ? predictionsText.title : words.title(resultText(data.value))}
      tools={data && <CopyButton text={JSON.stringify(data, undefined, 2)} />}
    >
      <Loaded query={query}>
        {(prediction) => (
          <div className="grid gap-5">
            <Answer prediction={prediction} />
            <Part title={words.why}>
              <PredictionExplanation prediction={prediction} />
            </Part>
            <Part title={words.outcome}>
              {prediction.outcome === undefined ? (
                <RecordOutcome key={prediction.predictionId} prediction={prediction} />
              ) : (
                <p className="flex flex-wrap items-center gap-2">
                  {words.outcomeKnown(resultText(prediction.outcome.value))}
                  <OutcomeCell {...prediction} />
                  <Time at={prediction.outcome.at} />
                </p>
              )}
            </Part>
            <Part title={words.features}>
              <FactList facts={Object.entries(prediction.features).map(([name, value]) => [name, featureText(value)])} />
            </Part>
            <About prediction={prediction} />
          </div>
        )}
      </Loaded>
    </SideSheet>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <section>
      <h3 className="mb-1.5 font-semibold">{title}</h3>
      {children}
    </section>
  )
}

function Answer({ prediction }: { readonly prediction: LoggedPrediction }): ReactNode {
  const { value, confidence, interval, set, coverage, probabilities } = prediction
  const [low, high] = interval ?? []
  const classes = Object.entries(probabilities ?? {}).sort(([, left], [, right]) => right - left)
  return (
    <section>
      <p className="text-2xl font-semibold break-words">{resultText(value)}</p>
      <p className="text-muted">
        {low !== undefined && high !== undefined
          ? words.interval(formatNumber(low), formatNumber(high), formatShare(confidence, 0))
          : words.confidence(formatShare(confidence))}
      </p>
      {set !== undefined && <p className="text-muted">{words.set(set.join(', '), formatShare(coverage, 0))}</p>}
      {classes.length > 0 && (
        <dl aria-label={words.probabilities} className="mt-3 grid gap-1.5 text-sm">
          {classes.map(([name, probability]) => (
            <div key={name} className="grid grid-cols-[minmax(0,1fr)_8rem_3.5rem] items-center gap-2">
              <dt className="truncate" title={name}>
                {name}
              </dt>
              <dd className="contents">
                <svg viewBox="0 0 100 12" preserveAspectRatio="none" className="h-3 w-full" aria-hidden>
                  <rect width={100} height={12} fill="var(--sunken)" />
                  <rect width={probability * 100} height={12} fill="var(--series-1)" />
                </svg>
                <span className="text-right">{formatShare(probability)}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}

function About({ prediction }: { readonly prediction: LoggedPrediction }): ReactNode {
  const { model, version, at, source, reason, latencyMs, requestId, predictionId } = prediction
  const names = words.facts
  const code = (text: string | null): ReactNode => <span className="font-mono text-xs break-all">{text ?? '–'}</span>
  return (
    <Part title={words.about}>
      <FactList
        facts={[
          [
            names.model,
            <TextLink key="model" to="/models/$model" params={{ model }}>
              {model}
            </TextLink>,
          ],
          [names.version, <VersionName key="version" version={version} />],
          [names.time, <Time key="time" at={at} seconds ago />],
          [names.source, predictionsText.sources[source]],
          ...(reason === undefined ? [] : ([[names.reason, reason]] as const)),
          [names.latency, formatDuration(latencyMs)],
          [names.request, code(requestId)],
          [names.id, code(predictionId)],
        ]}
      />
    </Part>
  )
}

export function resultText(value: string | number): string {
  return typeof value === 'number' ? formatNumber(value) : value
}

// What the model said of one row, how sure it is, and why.
import { type ReactNode, useMemo } from 'react'
import { Contributions } from '../../../charts/contributions.tsx'
import { NUMBER } from '../../../charts/unit.ts'
import { tryText } from '../../../text/models.ts'
import { promiseText } from '../../../text/trust.ts'
import { formatDuration, formatNumber, formatShare } from '../../../ui/format.ts'
import { formatVersion } from '../../../ui/format-time.ts'
import type { TryAnswer } from './use-try.ts'

export function TryResult({ answer }: { readonly answer: TryAnswer | undefined }): ReactNode {
  if (answer === undefined) return <p className="text-muted">{tryText.waiting}</p>
  const { prediction, unexplained, unpromised, isLogged, tookMs } = answer
  const { value, probabilities, confidence, interval, source, version, reason, contributions, explained } = prediction
  return (
    <div role="status" className="min-w-0">
      <div className="flex flex-wrap items-baseline gap-x-2">
        <span className="text-xl font-semibold break-words">{typeof value === 'number' ? formatNumber(value) : value}</span>
        {probabilities !== undefined && <span className="text-xl font-semibold">{formatShare(probabilities[value])}</span>}
        {interval !== undefined && (
          <span className="text-muted">
            {formatNumber(interval[0])} to {formatNumber(interval[1])}, {tryText.interval(formatShare(confidence, 0))}
          </span>
        )}
      </div>
      {probabilities !== undefined && <p className="text-sm text-muted">{tryText.confidence(formatShare(confidence))}</p>}
      {prediction.set !== undefined && <PromisedSet set={prediction.set} coverage={prediction.coverage ?? confidence} />}
      {unpromised !== undefined && <p className="mt-1 text-sm text-muted">{unpromised}</p>}
      {probabilities !== undefined && Object.keys(probabilities).length > 2 && <Probabilities of={probabilities} />}
      {source === 'fallback' && reason !== undefined && <p className="mt-1 text-sm text-muted">{reason}</p>}
      {contributions && explained && <Why contributions={contributions} explained={explained} />}
      {unexplained !== undefined && <p className="mt-3 text-sm text-muted">{unexplained}</p>}
      <p className="mt-3 text-xs text-faint">
        {formatDuration(tookMs)} · {version === null ? '' : `${tryText.version.toLowerCase()} ${formatVersion(version)} · `}
        {tryText.answeredBy[source]} · {isLogged ? tryText.logged : tryText.unlogged}
      </p>
    </div>
  )
}

/** The classes that hold the true one as often as asked. */
export function PromisedSet({ set, coverage }: { readonly set: readonly string[]; readonly coverage: number }): ReactNode {
  return (
    <div className="mt-2 flex flex-wrap items-center gap-1.5 text-sm">
      <span className="text-muted">{promiseText.set(formatShare(coverage, 0))}</span>
      {set.slice(0, MOST).map((name) => (
        <span key={name} className="max-w-48 truncate rounded-sm border border-strong px-1.5 font-medium" title={name}>
          {name}
        </span>
      ))}
      <span className="text-faint">{set.length === 1 ? promiseText.one : promiseText.several(set.length)}</span>
    </div>
  )
}

type WhyProps = Required<Pick<TryAnswer['prediction'], 'contributions' | 'explained'>>

function Why({ contributions, explained }: WhyProps): ReactNode {
  const { base, prediction, output, target } = explained
  const rows = useMemo(
    () =>
      contributions.map(({ feature, value, contribution, terms }) => ({
        feature,
        value: value === null ? '–' : typeof value === 'number' ? formatNumber(value) : String(value),
        contribution,
        terms,
      })),
    [contributions],
  )
  return (
    <div className="mt-3">
      <h3 className="text-sm text-muted">{tryText.whySubtitle(tryText.outputs[output], target.class)}</h3>
      <div className="mt-2">
        <Contributions
          label={tryText.why}
          base={base}
          result={prediction}
          contributions={rows}
          unit={output === 'probability' ? 'share' : NUMBER}
        />
      </div>
    </div>
  )
}

/** As many as can be read; the rest is improbable. */
const MOST = 8

function Probabilities({ of }: { readonly of: Readonly<Record<string, number>> }): ReactNode {
  const sorted = Object.entries(of).sort(([, a], [, b]) => b - a)
  return (
    <dl aria-label={tryText.probabilities} className="mt-2 grid gap-1 text-sm">
      {sorted.slice(0, MOST).map(([name, share]) => (
        <div key={name} className="grid grid-cols-[minmax(0,8rem)_1fr_4rem] items-center gap-2">
          <dt className="truncate text-muted" title={name}>
            {name}
          </dt>
          <dd className="contents">
            <span aria-hidden className="h-2 rounded-full bg-line">
              <span className="block h-2 rounded-full" style={{ width: `${share * 100}%`, background: 'var(--series-1)' }} />
            </span>
            <span className="text-right">{formatShare(share)}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}

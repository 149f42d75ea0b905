// One version: how well it finds beside what served before, and the rankings that changed most.
import { useQuery } from '@tanstack/react-query'
import { Check, X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { MovedExample, TunedVersion } from '../../../../../src/capabilities/embeddings/fine-tune/schema.ts'
import { fineTuneText as words } from '../../../text/fine-tuning.ts'
import { Card } from '../../../ui/card.tsx'
import { FactList } from '../../../ui/fact-list.tsx'
import { formatBytes, formatNumber, formatPoints } from '../../../ui/format.ts'
import { formatVersion } from '../../../ui/format-time.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { tunedVersionQuery } from '../queries.ts'

export function ResultCards({ model, version }: { readonly model: string; readonly version: string }): ReactNode {
  const query = useQuery(tunedVersionQuery(model, version))
  return (
    <div className="min-w-0">
      <Loaded query={query}>
        {(shown) => (
          <div className="grid gap-4">
            <ResultCard version={shown} />
            <MovedCard examples={shown.examples} />
          </div>
        )}
      </Loaded>
    </div>
  )
}

function ResultCard({
  version: { version, method, before, after, gain, gate, data, comparedWith, epochs, bestEpoch, seed, artifact },
}: {
  readonly version: TunedVersion
}): ReactNode {
  return (
    <Card title={words.result(formatVersion(version))} subtitle={words.resultHint(data.test, comparedWith)}>
      <table className="mb-3 w-full text-left">
        <thead className="text-sm text-faint">
          <tr className="border-b border-line">
            <th scope="col" className="py-1 font-medium">
              {words.metric}
            </th>
            {[words.before, words.after, words.change].map((head) => (
              <th key={head} scope="col" className="py-1 pl-3 text-right font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(words.metrics).map(([key, title]) => {
            const [old, now] = [before[key as keyof typeof before], after[key as keyof typeof after]]
            return (
              <tr key={key} className="border-b border-line/70 last:border-0">
                <th scope="row" className="py-1.5 font-normal">
                  {title}
                </th>
                <td className="py-1.5 pl-3 text-right">{formatNumber(old)}</td>
                <td className="py-1.5 pl-3 text-right font-medium">{formatNumber(now)}</td>
                <td className="py-1.5 pl-3 text-right text-muted">{formatPoints(now - old)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <p className="mb-3 text-muted">{gate.reason}</p>
      <FactList
        facts={[
          [words.gain, `${formatPoints(gain.value)}, ${words.interval(formatPoints(gain.low), formatPoints(gain.high))}`],
          [words.methodHead, words.methods[method]],
          [words.learnedFrom, words.texts(data.texts, data.labels)],
          [words.epochs, words.epochKept(bestEpoch, epochs.length - 1)],
          [words.seed, String(seed)],
          [words.artifact, `${formatBytes(artifact.bytes)}, ${artifact.sha256.slice(0, 12)}`],
        ]}
      />
    </Card>
  )
}

function MovedCard({ examples }: { readonly examples: readonly MovedExample[] }): ReactNode {
  return (
    <Card title={words.moved} subtitle={words.movedHint}>
      {examples.length === 0 && <p className="text-muted">{words.noMoved}</p>}
      <ol className="grid gap-4">
        {examples.map(({ query, placeBefore, placeAfter, before, after }) => (
          <li key={query} className="min-w-0 border-b border-line pb-4 last:border-0 last:pb-0">
            <p className="font-medium break-words whitespace-pre-line">{query}</p>
            <p className="mb-2 text-sm text-faint">{words.place(placeBefore, placeAfter)}</p>
            <div className="grid gap-3 sm:grid-cols-2">
              <Hits title={words.before} hits={before} />
              <Hits title={words.after} hits={after} />
            </div>
          </li>
        ))}
      </ol>
    </Card>
  )
}

function Hits({ title, hits }: { readonly title: string; readonly hits: MovedExample['before'] }): ReactNode {
  return (
    <div className="min-w-0">
      <p className="text-sm text-faint">{title}</p>
      <ol>
        {hits.map(({ text, right }) => {
          const Icon = right ? Check : X
          return (
            <li key={text} className="flex min-w-0 items-start gap-1.5 py-0.5">
              <Icon size={15} aria-hidden className={`mt-0.5 shrink-0 ${right ? 'text-good' : 'text-bad'}`} />
              <span className="sr-only">{right ? words.right : words.wrong}</span>
              <span className="line-clamp-2 min-w-0 break-words" title={text}>
                {text}
              </span>
            </li>
          )
        })}
      </ol>
    </div>
  )
}

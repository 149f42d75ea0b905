import type { ReactNode } from 'react'
import type { RuntimeView } from '../../../../../src/interfaces/client/index.ts'
import { runtimesText } from '../../../text/runtimes.ts'
import { Card } from '../../../ui/card.tsx'
import { CodeBlock } from '../../../ui/code-block.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { FactList } from '../../../ui/fact-list.tsx'
import { ABSENT, formatCount } from '../../../ui/format.ts'

/** Why calls were answered by another runtime, and how often. */
export function FallbackCard({ runtime: { fallbacks } }: { readonly runtime: RuntimeView }): ReactNode {
  const some = fallbacks.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
  return (
    <Card title={runtimesText.fallbacks} subtitle={runtimesText.sinceStart} className="xl:col-span-4">
      {some.length === 0 ? (
        <p className="text-muted">{runtimesText.noFallback}</p>
      ) : (
        <FactList facts={some.map(({ reason, count }) => [formatCount(count), runtimesText.reasons[reason]] as const)} />
      )}
    </Card>
  )
}

/** The Python that the workers run on. */
export function EnvironmentCard({ runtime }: { readonly runtime: RuntimeView }): ReactNode {
  const { environment, workers } = runtime
  const worker = workers.find(({ python }) => python !== null)
  const names = runtimesText.environmentFacts
  const mono = (text: string | null | undefined): ReactNode =>
    text === null || text === undefined ? ABSENT : <span className="font-mono text-xs break-all">{text}</span>
  const packages = Object.entries(worker?.packages ?? {}).map(([name, version]) => `${name} ${version}`)
  return (
    <Card title={runtimesText.environment} className="xl:col-span-12">
      <FactList
        facts={[
          [names.version, worker?.python ?? ABSENT],
          [names.executable, mono(environment?.executable)],
          [names.folder, mono(environment?.folder)],
          [names.packages, packages.length === 0 ? ABSENT : packages.join(', ')],
        ]}
      />
    </Card>
  )
}

/** Python is not there: what it would bring, and the one command. */
export function SetUpCard({ runtime }: { readonly runtime: RuntimeView }): ReactNode {
  return (
    <div className="mb-4 rounded-lg border border-line bg-surface">
      <Empty title={runtimesText.setUpTitle} snippet={<CodeBlock label={runtimesText.setUp} code="npx tandem python setup" />}>
        <p>{runtimesText.setUpHint}</p>
        {runtime.reason !== null && <p className="mt-2 text-sm text-faint">{runtime.reason}</p>}
      </Empty>
    </div>
  )
}

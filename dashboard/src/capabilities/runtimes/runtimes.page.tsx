// Where models are computed: the workers of Python with their health, what each path takes, why Node stepped in, and their log.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { RuntimeView } from '../../../../src/interfaces/client/index.ts'
import { useLive } from '../../live.ts'
import { useCan } from '../../session.ts'
import { runtimesText } from '../../text/runtimes.ts'
import { CardGrid } from '../../ui/card.tsx'
import { Fact, FactStrip } from '../../ui/fact-strip.tsx'
import { ABSENT, formatBytes, formatCount, formatDuration, splitUnit } from '../../ui/format.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { CompareAnswersCard } from './parts/compare-answers-card.tsx'
import { CompareCard } from './parts/compare-card.tsx'
import { LogCard } from './parts/log-card.tsx'
import { PathCard } from './parts/path-card.tsx'
import { RolloutCard } from './parts/rollout-card.tsx'
import { RuntimeActions } from './parts/runtime-actions.tsx'
import { EnvironmentCard, FallbackCard, SetUpCard } from './parts/side-cards.tsx'
import { RuntimeStatePill } from './parts/state-pill.tsx'
import { WorkerCard } from './parts/worker-card.tsx'
import { runtimesQuery } from './queries.ts'

export function RuntimesPage(): ReactNode {
  const query = useQuery(runtimesQuery)
  const mayWrite = useCan('write')
  const mayPredict = useCan('predict')
  // Requests move the numbers, workers the states.
  useLive('runtime.changed', 'runtime.switched', 'rollout.changed', 'traffic.updated')
  const python = query.data?.find(({ kind }) => kind === 'python')
  const isSetUp = python !== undefined && python.state !== 'disabled'
  return (
    <>
      <PageHead
        title={runtimesText.title}
        pill={python && <RuntimeStatePill state={python.state} reason={python.reason} />}
        facts={runtimesText.facts}
        actions={mayWrite && isSetUp && <RuntimeActions runtime={python} />}
      />
      <Loaded query={query}>
        {(runtimes) => (
          <>
            {python !== undefined && (isSetUp ? <Numbers runtime={python} /> : <SetUpCard runtime={python} />)}
            <CardGrid>
              {isSetUp && <WorkerCard runtime={python} />}
              <PathCard runtimes={runtimes} />
              {python !== undefined && <FallbackCard runtime={python} />}
              {mayPredict && <CompareCard withPython={isSetUp} />}
              {isSetUp && <RolloutCard mayWrite={mayWrite} />}
              {mayPredict && <CompareAnswersCard withPython={isSetUp} />}
              {isSetUp && <LogCard runtime={python.name} />}
              {isSetUp && <EnvironmentCard runtime={python} />}
            </CardGrid>
          </>
        )}
      </Loaded>
    </>
  )
}

function Numbers({ runtime }: { readonly runtime: RuntimeView }): ReactNode {
  const { workers, uptimeSeconds, restarts, queue, fallbacks, rssBytes, prefer } = runtime
  const names = runtimesText.strip
  const ready = workers.filter(({ state }) => state === 'ready').length
  const [memory, memoryUnit] = splitUnit(formatBytes(rssBytes))
  const [uptime, uptimeUnit] = uptimeSeconds === null ? [ABSENT] : largestUnit(uptimeSeconds)
  const elsewhere = fallbacks.reduce((sum, { count }) => sum + count, 0)
  return (
    <FactStrip>
      <Fact label={names.workers} value={runtimesText.ofWorkers(ready, workers.length)} detail={runtimesText.prefers[prefer]} />
      <Fact
        label={names.uptime}
        value={uptime}
        unit={uptimeUnit}
        title={uptimeSeconds === null ? undefined : formatDuration(uptimeSeconds * 1000)}
      />
      <Fact
        label={names.restarts}
        value={formatCount(restarts)}
        detail={runtimesText.sinceStart}
        tone={restarts > 0 ? 'warn' : undefined}
      />
      <Fact
        label={names.queue}
        value={formatCount(queue.waiting)}
        detail={runtimesText.inFlight(formatCount(queue.inFlight))}
        title={runtimesText.queueLimit(formatCount(queue.limit))}
      />
      <Fact label={names.memory} value={memory} unit={memoryUnit} />
      <Fact label={names.fallbacks} value={formatCount(elsewhere)} detail={runtimesText.sinceStart} />
    </FactStrip>
  )
}

/** One number and its unit, for where little room is. */
function largestUnit(seconds: number): readonly [string, string] {
  const sizes = [
    [86_400, 'days'],
    [3_600, 'h'],
    [60, 'min'],
  ] as const
  const [size, unit] = sizes.find(([least]) => seconds >= least) ?? ([1, 's'] as const)
  return [formatCount(Math.floor(seconds / size)), unit]
}

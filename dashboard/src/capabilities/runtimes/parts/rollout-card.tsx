import { useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, LoaderCircle, Rocket, Undo2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Rollout } from '../../../../../src/interfaces/client/index.ts'
import { client } from '../../../client.ts'
import { rolloutText } from '../../../text/comparison.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ConfirmDialog } from '../../../ui/dialog.tsx'
import { FactList } from '../../../ui/fact-list.tsx'
import { ABSENT, formatCount, formatNumber, formatShare } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { Pill } from '../../../ui/pill.tsx'
import { ProgressBar } from '../../../ui/progress-bar.tsx'
import { notify } from '../../../ui/toast.tsx'
import { rolloutsQuery } from '../queries.ts'
import { StartRollout } from './start-rollout.tsx'

const STATUSES = {
  running: { tone: 'accent', icon: LoaderCircle },
  complete: { tone: 'good', icon: CircleCheck },
  'stepped-back': { tone: 'bad', icon: CircleAlert },
  aborted: { tone: 'neutral', icon: Undo2 },
} as const

/** The model that moves, what was measured in its step, and the way back. */
export function RolloutCard({ mayWrite }: { readonly mayWrite: boolean }): ReactNode {
  const query = useQuery(rolloutsQuery)
  const [starting, setStarting] = useState(false)
  return (
    <Card title={rolloutText.title} subtitle={rolloutText.hint} className="xl:col-span-4">
      <Loaded query={query} skeleton={<div className="h-24" />}>
        {(rollouts) => (
          <div className="grid gap-4 divide-y divide-line [&>*+*]:pt-4">
            {rollouts.length === 0 && <p className="text-muted">{rolloutText.none}</p>}
            {rollouts.map((rollout) => (
              <One key={rollout.model} rollout={rollout} mayWrite={mayWrite} />
            ))}
          </div>
        )}
      </Loaded>
      {mayWrite && (
        <div className="mt-4">
          <Button icon={Rocket} onClick={() => setStarting(true)}>
            {rolloutText.start}
          </Button>
        </div>
      )}
      {starting && <StartRollout onClose={() => setStarting(false)} />}
    </Card>
  )
}

function One({ rollout, mayWrite }: { readonly rollout: Rollout; readonly mayWrite: boolean }): ReactNode {
  const { model, status, share, steps, reason } = rollout
  const [asking, setAsking] = useState(false)
  const queries = useQueryClient()
  const abort = async (): Promise<void> => {
    await client.embeddings.rollouts.abort(model)
    notify({ title: rolloutText.aborted })
    await queries.invalidateQueries({ queryKey: ['runtimes'] })
  }
  const { tone, icon } = STATUSES[status]
  const names = rolloutText.facts
  return (
    <div className="min-w-0">
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <span className="font-medium">{model}</span>
        <Pill tone={tone} icon={icon} spin={status === 'running'}>
          {rolloutText.statuses[status]}
        </Pill>
        {mayWrite && status !== 'aborted' && (
          <Button size="small" className="ml-auto" icon={Undo2} onClick={() => setAsking(true)}>
            {rolloutText.abort}
          </Button>
        )}
      </div>
      <ProgressBar value={share} label={rolloutText.share(formatShare(share, 0))} tone={status === 'stepped-back' ? 'bad' : 'accent'} />
      <p className="mt-1 mb-3 text-sm text-muted">{rolloutText.share(formatShare(share, 0))}</p>
      <FactList
        facts={[
          [names.steps, steps.map((one) => formatShare(one, 0)).join(', ')],
          ...(status === 'running' ? gatesOf(rollout) : []),
          [names.reason, reason ?? ABSENT],
        ]}
      />
      <ConfirmDialog open={asking} onOpenChange={setAsking} title={rolloutText.abortTitle} confirm={rolloutText.abort} onConfirm={abort}>
        {rolloutText.abortBody}
      </ConfirmDialog>
    </div>
  )
}

/** What was measured in the step, beside what is asked. */
function gatesOf({ measured, gates, minTexts }: Rollout): readonly (readonly [string, string])[] {
  const names = rolloutText.facts
  const number = (value: number | null): string => (value === null ? ABSENT : formatNumber(value))
  return [
    [names.cosine, rolloutText.atLeast(number(measured.cosine), formatNumber(gates.minCosine))],
    [names.latency, rolloutText.atMost(number(measured.latencyRatio), formatNumber(gates.maxLatencyRatio))],
    [names.errors, rolloutText.atMost(`${measured.errors} of ${measured.calls}`, formatShare(gates.maxErrorRate))],
    [names.texts, rolloutText.atLeast(formatCount(measured.texts), formatCount(minTexts))],
  ]
}

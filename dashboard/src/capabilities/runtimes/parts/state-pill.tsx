import { CircleAlert, CircleCheck, CircleDashed, CirclePause, CircleX, LoaderCircle } from 'lucide-react'
import type { ReactNode } from 'react'
import type { RuntimeView } from '../../../../../src/interfaces/client/index.ts'
import { runtimesText } from '../../../text/runtimes.ts'
import { Pill } from '../../../ui/pill.tsx'

const STATES = {
  disabled: { tone: 'neutral', icon: CircleDashed },
  stopped: { tone: 'neutral', icon: CirclePause },
  starting: { tone: 'accent', icon: LoaderCircle },
  ready: { tone: 'good', icon: CircleCheck },
  degraded: { tone: 'warn', icon: CircleAlert },
  down: { tone: 'bad', icon: CircleX },
} as const

export function RuntimeStatePill({ state, reason }: Pick<RuntimeView, 'state' | 'reason'>): ReactNode {
  const { tone, icon } = STATES[state]
  return (
    <Pill tone={tone} icon={icon} spin={state === 'starting'} title={reason ?? undefined}>
      {runtimesText.states[state]}
    </Pill>
  )
}

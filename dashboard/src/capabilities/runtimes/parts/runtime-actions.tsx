import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CirclePlay, CircleStop, RotateCw } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { RuntimeView } from '../../../../../src/interfaces/client/index.ts'
import { client } from '../../../client.ts'
import { runtimesText } from '../../../text/runtimes.ts'
import { Button } from '../../../ui/button.tsx'
import { ConfirmDialog } from '../../../ui/dialog.tsx'
import { notify, notifyFailure } from '../../../ui/toast.tsx'

/** Start, stop, restart. A restart replaces the workers one by one, so that nothing waits; a stop is asked about first. */
export function RuntimeActions({ runtime: { name, state, workers } }: { readonly runtime: RuntimeView }): ReactNode {
  const [stopping, setStopping] = useState(false)
  const queries = useQueryClient()
  const settled = (): Promise<void> => queries.invalidateQueries({ queryKey: ['runtimes'] })
  const start = useMutation({
    mutationFn: () => client.runtimes.start(name),
    onSuccess: () => notify({ title: runtimesText.started }),
    onError: (error) => notifyFailure(runtimesText.start, error),
    onSettled: settled,
  })
  const restart = useMutation({
    mutationFn: () => client.runtimes.restart(name),
    onSuccess: () => notify({ title: runtimesText.restarted }),
    onError: (error) => notifyFailure(runtimesText.restart, error),
    onSettled: settled,
  })
  const stop = async (): Promise<void> => {
    await client.runtimes.stop(name)
    notify({ title: runtimesText.stopped, undo: () => client.runtimes.start(name).then(settled) })
    await settled()
  }
  const runs = state === 'ready' || state === 'degraded' || workers.some((worker) => worker.pid !== null)
  return (
    <>
      {!runs && state !== 'starting' && (
        <Button tone="primary" icon={CirclePlay} busy={start.isPending} onClick={() => start.mutate()}>
          {runtimesText.start}
        </Button>
      )}
      {runs && (
        <Button icon={RotateCw} busy={restart.isPending} onClick={() => restart.mutate()}>
          {runtimesText.restart}
        </Button>
      )}
      {(runs || state === 'starting' || state === 'down') && (
        <Button icon={CircleStop} onClick={() => setStopping(true)}>
          {runtimesText.stop}
        </Button>
      )}
      <ConfirmDialog open={stopping} onOpenChange={setStopping} title={runtimesText.stopTitle} confirm={runtimesText.stop} onConfirm={stop}>
        {runtimesText.stopBody}
      </ConfirmDialog>
    </>
  )
}

import { useQueryClient } from '@tanstack/react-query'
import { RotateCcw, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { client } from '../../../client.ts'
import { useCan } from '../../../session.ts'
import { jobsText } from '../../../text/jobs.ts'
import { Button, IconButton } from '../../../ui/button.tsx'
import { ConfirmDialog } from '../../../ui/dialog.tsx'
import { notify, notifyFailure } from '../../../ui/toast.tsx'
import { isOver, nameOf } from './describe-job.ts'

export interface JobActionsProps {
  readonly job: JobView
  /** A picture alone, in the row of a table. */
  readonly compact?: boolean
}

/** Cancel what waits or runs, try again what failed or was canceled. Nothing for who may not. */
export function JobActions({ job, compact = false }: JobActionsProps): ReactNode {
  return job.status === 'succeeded' ? null : <PossibleActions job={job} compact={compact} />
}

function PossibleActions({ job, compact }: Required<JobActionsProps>): ReactNode {
  const [confirming, setConfirming] = useState(false)
  const [busy, setBusy] = useState(false)
  const queryClient = useQueryClient()
  const mayWrite = useCan('write')
  if (!mayWrite) return null
  const name = nameOf(job)
  const renew = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ['jobs'] })
  const retry = async (): Promise<void> => {
    setBusy(true)
    try {
      await client.jobs.retry(job.id)
      notify({ title: jobsText.retried(name) })
      await renew()
    } catch (error) {
      notifyFailure(jobsText.retryFailed(name), error)
    } finally {
      setBusy(false)
    }
  }
  const cancel = async (): Promise<void> => {
    await client.jobs.cancel(job.id)
    notify({ title: jobsText.canceled(name), undo: () => client.jobs.retry(job.id).then(renew) })
    await renew()
  }
  const canRetry = isOver(job)
  const [label, icon, onClick] = canRetry
    ? ([jobsText.retry, RotateCcw, retry] as const)
    : ([jobsText.cancel, X, () => setConfirming(true)] as const)
  return (
    <>
      {compact ? (
        <IconButton icon={icon} size="small" label={label} tip={false} busy={busy} onClick={onClick} className="relative z-1" />
      ) : (
        <Button icon={icon} busy={busy} onClick={onClick}>
          {label}
        </Button>
      )}
      {confirming && (
        <ConfirmDialog
          open
          onOpenChange={setConfirming}
          title={jobsText.cancelTitle(name)}
          confirm={jobsText.cancel}
          danger
          onConfirm={cancel}
        >
          {job.status === 'running' ? jobsText.cancelRunning : jobsText.cancelQueued}
        </ConfirmDialog>
      )}
    </>
  )
}

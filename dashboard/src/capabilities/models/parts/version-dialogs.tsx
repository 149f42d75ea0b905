// Changing which version answers: asked before, taken back with one press after.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { client } from '../../../client.ts'
import { versionsText } from '../../../text/models.ts'
import { ConfirmDialog } from '../../../ui/dialog.tsx'
import { Field, Input } from '../../../ui/field.tsx'
import { formatVersion } from '../../../ui/format-time.ts'
import { notify } from '../../../ui/toast.tsx'
import { activationsQuery } from '../queries.ts'

interface VersionDialogProps {
  readonly model: string
  readonly version: string | undefined
  readonly onClose: () => void
}

export function ActivateDialog({ model, version, onClose }: VersionDialogProps): ReactNode {
  const [reason, setReason] = useState('')
  const renew = useRenewModels()
  const activate = async (): Promise<void> => {
    const { activeVersion: before } = await client.model(model).get()
    await client.model(model).activate(version!, { reason: reason || undefined })
    setReason('')
    await renew()
    notify({
      title: versionsText.activated(formatVersion(version)),
      undo:
        before === null
          ? undefined
          : async () => {
              await client.model(model).activate(before)
              await renew()
              notify({ title: versionsText.activated(formatVersion(before)) })
            },
    })
  }
  return (
    <ConfirmDialog
      open={version !== undefined}
      onOpenChange={(open) => open || onClose()}
      title={versionsText.activateTitle(formatVersion(version))}
      confirm={versionsText.putInService}
      onConfirm={activate}
    >
      {versionsText.activateText}
      <Field label={versionsText.activateReason} hint={versionsText.activateReasonHint} className="mt-4 text-text">
        {(control) => <Input {...control} value={reason} maxLength={500} onChange={({ target }) => setReason(target.value)} />}
      </Field>
    </ConfirmDialog>
  )
}

export function RollbackDialog({
  model,
  open,
  onClose,
}: {
  readonly model: string
  readonly open: boolean
  readonly onClose: () => void
}): ReactNode {
  const renew = useRenewModels()
  const previous = useQuery({ ...activationsQuery(model), select: ({ items }) => items[0]?.previous ?? undefined, enabled: open }).data
  const rollback = async (): Promise<void> => {
    const { version, previous: before } = await client.model(model).rollback()
    await renew()
    notify({
      title: versionsText.rolledBack(formatVersion(version)),
      undo:
        before === null
          ? undefined
          : async () => {
              await client.model(model).activate(before)
              await renew()
              notify({ title: versionsText.activated(formatVersion(before)) })
            },
    })
  }
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => next || onClose()}
      title={versionsText.rollbackTitle}
      confirm={versionsText.rollbackConfirm}
      onConfirm={rollback}
    >
      {previous === undefined ? versionsText.rollbackUnknown : versionsText.rollbackText(formatVersion(previous))}
    </ConfirmDialog>
  )
}

export function DeleteVersionDialog({ model, version, onClose }: VersionDialogProps): ReactNode {
  const renew = useRenewModels()
  return (
    <ConfirmDialog
      open={version !== undefined}
      onOpenChange={(open) => open || onClose()}
      title={versionsText.deleteTitle(formatVersion(version))}
      confirm={versionsText.delete}
      danger
      onConfirm={async () => {
        await client.model(model).deleteVersion(version!)
        await renew()
        notify({ title: versionsText.deleted(formatVersion(version)) })
      }}
    >
      {versionsText.deleteText}
    </ConfirmDialog>
  )
}

/** Everything about models is asked for again, before whoever changed it is told that it is done. */
export function useRenewModels(): () => Promise<void> {
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey: ['models'] })
}

// Deleting a model takes its log with it, so its name must be typed.
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { Model } from '../../../../../src/capabilities/models/schema.ts'
import { client } from '../../../client.ts'
import { settingsText } from '../../../text/models.ts'
import { stateText } from '../../../text/shell.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Input } from '../../../ui/field.tsx'
import { notify } from '../../../ui/toast.tsx'
import { useRenewModels } from './version-dialogs.tsx'

export interface DeleteModelDialogProps {
  readonly model: Model
  readonly open: boolean
  readonly onClose: () => void
}

export function DeleteModelDialog({ model, open, onClose }: DeleteModelDialogProps): ReactNode {
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const navigate = useNavigate()
  const renew = useRenewModels()
  const close = (): void => {
    setTyped('')
    setError(undefined)
    onClose()
  }
  const remove = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await client.deleteModel(model.name)
      // First away from its page, which would ask for it again.
      await navigate({ to: '/models' })
      await renew()
      notify({ title: settingsText.deleted(model.name) })
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => next || busy || close()}
      title={settingsText.deleteTitle(model.name)}
      description={model.origin === 'config' ? settingsText.dangerConfig : settingsText.dangerText}
      footer={
        <>
          <Button onClick={close} disabled={busy}>
            {stateText.cancel}
          </Button>
          <Button tone="danger" busy={busy} disabled={typed !== model.name} onClick={() => void remove()}>
            {settingsText.danger}
          </Button>
        </>
      }
    >
      <Field label={settingsText.deleteLabel} hint={model.name}>
        {(control) => <Input {...control} value={typed} onChange={({ target }) => setTyped(target.value)} />}
      </Field>
      {error !== undefined && <ErrorPanel error={error} title={settingsText.danger} />}
    </Dialog>
  )
}

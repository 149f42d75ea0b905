// Filling the form from a row one has as JSON, as it stands in a log or a request.
import { type ReactNode, useState } from 'react'
import { tryText } from '../../../text/models.ts'
import { stateText } from '../../../text/shell.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, TextArea } from '../../../ui/field.tsx'
import { formatBytes } from '../../../ui/format.ts'
import type { FormTexts } from '../../../ui/schema-form.tsx'
import { textsOfJson } from './use-try.ts'

interface PasteRowDialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly onRow: (texts: FormTexts) => void
}

/** A row of features is small; a whole table pasted by mistake would only freeze the form. */
const LONGEST = 65_536

export function PasteRowDialog({ open, onClose, onRow }: PasteRowDialogProps): ReactNode {
  const [json, setJson] = useState('')
  const [error, setError] = useState<string>()
  const close = (): void => {
    setError(undefined)
    onClose()
  }
  const fill = (): void => {
    const texts = json.length > LONGEST ? undefined : textsOfJson(json)
    if (texts === undefined) setError(json.length > LONGEST ? tryText.pasteTooLong(formatBytes(json.length)) : tryText.pasteWrong)
    else {
      onRow(texts)
      close()
    }
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => next || close()}
      title={tryText.paste}
      footer={
        <>
          <Button onClick={close}>{stateText.cancel}</Button>
          <Button tone="primary" onClick={fill}>
            {tryText.fill}
          </Button>
        </>
      }
    >
      <Field label={tryText.pasteLabel} hint={tryText.pasteHint} error={error}>
        {(control) => <TextArea {...control} rows={10} value={json} onChange={({ target }) => setJson(target.value)} />}
      </Field>
    </Dialog>
  )
}

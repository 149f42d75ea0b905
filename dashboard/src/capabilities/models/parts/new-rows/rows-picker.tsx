// On which rows a version is looked at: the held-out ones of its training, or some that were sent for it.
import { Trash2 } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import type { NewRowsSummary } from '../../../../../../src/capabilities/models/reports/new-rows/schema.ts'
import { client } from '../../../../client.ts'
import { useCan } from '../../../../session.ts'
import { newRowsText as words } from '../../../../text/new-rows.ts'
import { IconButton } from '../../../../ui/button.tsx'
import { ConfirmDialog } from '../../../../ui/dialog.tsx'
import { Select } from '../../../../ui/field.tsx'
import { formatTime } from '../../../../ui/format-time.ts'
import { notify } from '../../../../ui/toast.tsx'

interface RowsPickerProps {
  readonly summaries: readonly NewRowsSummary[]
  /** Undefined: the held-out rows. */
  readonly value: string | undefined
  /** Whether the training kept rows apart. */
  readonly hasHeldOut: boolean
  readonly onChange: (evaluation: string | undefined) => void
  readonly onDeleted: () => Promise<unknown>
}

export function RowsPicker({ summaries, value, hasHeldOut, onChange, onDeleted }: RowsPickerProps): ReactNode {
  const id = useId()
  const canWrite = useCan('write')
  const [isAsking, setAsking] = useState(false)
  const chosen = summaries.find((each) => each.id === value)
  if (summaries.length === 0) return null
  return (
    <div className="flex min-w-0 items-center gap-2">
      <label htmlFor={id} className="shrink-0 text-sm text-muted">
        {words.on}
      </label>
      <Select
        id={id}
        value={value ?? ''}
        onChange={({ target }) => onChange(target.value || undefined)}
        options={[
          ...(hasHeldOut ? [{ value: '', label: words.heldOut }] : []),
          ...summaries.map(({ id: each, name, rows, createdAt }) => ({
            value: each,
            label: words.option(name, rows, formatTime(createdAt)),
          })),
        ]}
        className="w-auto! max-w-full"
      />
      {chosen !== undefined && canWrite && <IconButton icon={Trash2} size="small" label={words.delete} onClick={() => setAsking(true)} />}
      {chosen !== undefined && (
        <ConfirmDialog
          open={isAsking}
          onOpenChange={setAsking}
          title={words.deleteTitle(chosen.name)}
          confirm={words.delete}
          danger
          onConfirm={async () => {
            await client.model(chosen.model).deleteEvaluation(chosen.version, chosen.id)
            onChange(undefined)
            await onDeleted()
            notify({ title: words.deleted })
          }}
        >
          {words.deleteText}
        </ConfirmDialog>
      )}
    </div>
  )
}

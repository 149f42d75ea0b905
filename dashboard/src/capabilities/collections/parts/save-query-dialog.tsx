// The question of the playground, saved: new documents are compared with it from now on.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { SavedQueryRequest } from '../../../../../src/collections.ts'
import { client } from '../../../client.ts'
import { savedText as words } from '../../../text/collections.ts'
import { stateText } from '../../../text/shell.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Input, Select } from '../../../ui/field.tsx'
import type { PlaygroundSearch } from '../search.ts'

const FORM = 'save-query'
const LEAST_COSINE = 0.5

export interface SaveQueryDialogProps {
  readonly collection: string
  readonly search: Pick<PlaygroundSearch, 'q' | 'filter' | 'show'>
  /** Whether its documents have vectors. */
  readonly embeds: boolean
  readonly onClose: () => void
}

export function SaveQueryDialog({ collection, search: { q, filter, show }, embeds, onClose }: SaveQueryDialogProps): ReactNode {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const [name, setName] = useState(q?.slice(0, 80) ?? words.filterName)
  const [mode, setMode] = useState<'semantic' | 'keyword'>(embeds && show !== 'keyword' ? 'semantic' : 'keyword')
  const [threshold, setThreshold] = useState(String(LEAST_COSINE))
  const saving = useMutation({
    mutationFn: (query: SavedQueryRequest<never>) => client.collection(collection).savedQueries.create(query as never),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['saved-queries', collection, 'list'] })
      await navigate({ to: '/collections/$collection/saved', params: { collection } })
    },
  })
  const least = Number(threshold)
  const wrong = { name: name.trim() === '', threshold: threshold.trim() === '' || !(least >= -1 && least <= 1) }
  const bySense = q !== undefined && mode === 'semantic'
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (wrong.name || (bySense && wrong.threshold)) return
    const asked = q === undefined ? {} : { query: q, mode, ...(bySense ? { threshold: least } : {}) }
    saving.mutate({ name: name.trim(), ...asked, ...(filter === undefined ? {} : { filter: filter as never }) })
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => open || saving.isPending || onClose()}
      title={words.save}
      description={words.saveHint}
      footer={
        <>
          <Button onClick={onClose} disabled={saving.isPending}>
            {stateText.cancel}
          </Button>
          <Button tone="primary" type="submit" form={FORM} busy={saving.isPending}>
            {words.submit}
          </Button>
        </>
      }
    >
      <form id={FORM} onSubmit={submit} noValidate className="grid gap-4">
        <Field label={words.name} error={wrong.name ? words.nameMissing : undefined} required>
          {(control) => <Input {...control} value={name} maxLength={200} onChange={({ target }) => setName(target.value)} />}
        </Field>
        {q !== undefined && (
          <Field label={words.mode} hint={words.modeHints[mode]}>
            {(control) => (
              <Select
                {...control}
                value={mode}
                disabled={!embeds}
                options={(['semantic', 'keyword'] as const).map((value) => ({ value, label: words.modes[value] }))}
                onChange={({ target }) => setMode(target.value === 'keyword' ? 'keyword' : 'semantic')}
              />
            )}
          </Field>
        )}
        {bySense && (
          <Field label={words.threshold} hint={words.thresholdHint} error={wrong.threshold ? words.thresholdWrong : undefined}>
            {(control) => (
              <Input {...control} inputMode="decimal" value={threshold} onChange={({ target }) => setThreshold(target.value)} />
            )}
          </Field>
        )}
        {filter !== undefined && <p className="text-muted">{words.withFilter(JSON.stringify(filter))}</p>}
      </form>
      {saving.error !== null && <ErrorPanel error={saving.error} title={words.save} />}
    </Dialog>
  )
}

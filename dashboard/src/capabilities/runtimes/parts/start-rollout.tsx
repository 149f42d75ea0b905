import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { client } from '../../../client.ts'
import { rolloutText } from '../../../text/comparison.ts'
import { stateText } from '../../../text/shell.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Input, Select } from '../../../ui/field.tsx'
import { notify } from '../../../ui/toast.tsx'
import { embeddersQuery } from '../queries.ts'

/** Which model, in which steps, and how good it must be. */
export function StartRollout({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { data } = useQuery(embeddersQuery)
  const queries = useQueryClient()
  const models = (data?.models ?? []).filter(({ kind, state }) => kind === 'onnx' && state !== 'absent')
  const [given, setGiven] = useState({ model: '', steps: '10, 50, 100', hold: '60', texts: '100', cosine: '0.95' })
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const model = given.model === '' ? models[0]?.name : given.model
  const shares = sharesOf(given.steps)
  const start = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      const numbers = { holdSeconds: Number(given.hold), minTexts: Number(given.texts), minCosine: Number(given.cosine) }
      await client.embeddings.rollouts.start({ model: model!, steps: shares!, ...numbers })
      notify({ title: rolloutText.started })
      await queries.invalidateQueries({ queryKey: ['runtimes'] })
      onClose()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  const numberField = (name: 'hold' | 'texts' | 'cosine'): ReactNode => (
    <Field label={rolloutText[name]}>
      {(control) => (
        <Input
          {...control}
          inputMode={name === 'cosine' ? 'decimal' : 'numeric'}
          value={given[name]}
          onChange={({ target }) => setGiven({ ...given, [name]: target.value })}
        />
      )}
    </Field>
  )
  return (
    <Dialog
      open
      onOpenChange={(open) => open || busy || onClose()}
      title={rolloutText.title}
      description={rolloutText.hint}
      footer={
        <>
          <Button onClick={onClose} disabled={busy}>
            {stateText.cancel}
          </Button>
          <Button tone="primary" busy={busy} disabled={model === undefined || shares === undefined} onClick={() => void start()}>
            {rolloutText.start}
          </Button>
        </>
      }
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={rolloutText.model} error={data !== undefined && models.length === 0 ? rolloutText.noModel : undefined}>
          {(control) => (
            <Select
              {...control}
              options={models.map(({ name }) => ({ value: name, label: name }))}
              value={model ?? ''}
              onChange={({ target }) => setGiven({ ...given, model: target.value })}
            />
          )}
        </Field>
        <Field label={rolloutText.steps} error={shares === undefined ? rolloutText.stepsWrong : undefined}>
          {(control) => <Input {...control} value={given.steps} onChange={({ target }) => setGiven({ ...given, steps: target.value })} />}
        </Field>
        {numberField('hold')}
        {numberField('texts')}
        {numberField('cosine')}
      </div>
      {error !== undefined && <ErrorPanel error={error} title={rolloutText.start} />}
    </Dialog>
  )
}

/** "10, 50, 100" as shares; undefined where it is no such list. */
function sharesOf(text: string): number[] | undefined {
  const shares = text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((part) => Number(part.replace('%', '')) / 100)
  const grows = shares.every((share, at) => share > (shares[at - 1] ?? 0) && share <= 1)
  return shares.length > 0 && grows ? shares : undefined
}

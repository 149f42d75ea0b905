// Saying what came true for a prediction.
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Model } from '../../../../../src/capabilities/models/schema.ts'
import { client } from '../../../client.ts'
import { tryText } from '../../../text/models.ts'
import { Button } from '../../../ui/button.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Input, Select } from '../../../ui/field.tsx'

interface OutcomeFormProps {
  readonly model: Model
  readonly id: string
  /** Of a classification. */
  readonly classes: readonly string[] | undefined
}

export function OutcomeForm({ model, id, classes }: OutcomeFormProps): ReactNode {
  const [value, setValue] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [said, setSaid] = useState<string>()
  const [error, setError] = useState<unknown>()
  const queryClient = useQueryClient()
  const record = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    try {
      const outcome = { predictionId: id, value: classes === undefined ? Number(value.replace(',', '.')) : value }
      const { accepted } = await client.model(model.name).recordOutcomes([outcome])
      setSaid(accepted > 0 ? tryText.recorded : tryText.known)
      await queryClient.invalidateQueries({ queryKey: ['models', 'performance'] })
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  if (said !== undefined) {
    return (
      <p role="status" className="mt-4 border-t border-line pt-3">
        {said}
      </p>
    )
  }
  return (
    <form onSubmit={(event) => void record(event)} className="mt-4 border-t border-line pt-3">
      <Field label={tryText.outcome} hint={`${model.definition.target} · ${tryText.outcomeHint}`}>
        {(control) =>
          classes === undefined ? (
            <Input {...control} inputMode="decimal" value={value} onChange={({ target }) => setValue(target.value)} />
          ) : (
            <Select
              {...control}
              value={value}
              onChange={({ target }) => setValue(target.value)}
              options={[{ value: '', label: '' }, ...classes.map((name) => ({ value: name, label: name }))]}
            />
          )
        }
      </Field>
      <Button type="submit" className="mt-2" busy={isBusy} disabled={value.trim() === ''}>
        {tryText.record}
      </Button>
      {error !== undefined && <ErrorPanel error={error} title={tryText.record} />}
    </form>
  )
}

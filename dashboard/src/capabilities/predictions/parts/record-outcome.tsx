import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { LoggedPrediction } from '../../../../../src/capabilities/predictions/schema.ts'
import { client } from '../../../client.ts'
import { useCan } from '../../../session.ts'
import { predictionText as words } from '../../../text/predictions.ts'
import { Button } from '../../../ui/button.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Input, Select } from '../../../ui/field.tsx'
import { notify } from '../../../ui/toast.tsx'

/** Says what came true for a prediction: one of its classes, or a number. */
export function RecordOutcome({ prediction }: { readonly prediction: LoggedPrediction }): ReactNode {
  const { model, predictionId, probabilities } = prediction
  const classes = Object.keys(probabilities ?? {})
  const [value, setValue] = useState(classes.length > 0 ? String(prediction.value) : '')
  const queryClient = useQueryClient()
  const recording = useMutation({
    mutationFn: () => client.model(model).recordOutcomes([{ predictionId, value: classes.length > 0 ? value : Number(value) }]),
    onSuccess: async ({ accepted }) => {
      await queryClient.invalidateQueries({ queryKey: ['predictions'] })
      notify({ title: accepted > 0 ? words.recorded : words.already })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    recording.mutate()
  }
  const isUsable = value.trim() !== '' && (classes.length > 0 || Number.isFinite(Number(value)))
  if (!useCan('predict')) return <p className="text-muted">{words.outcomeMissing}</p>
  return (
    <form onSubmit={submit}>
      <p className="mb-2 text-muted">{words.outcomeMissing}</p>
      <div className="flex gap-2">
        {classes.length > 0 ? (
          <Select
            aria-label={words.outcome}
            value={value}
            onChange={({ target }) => setValue(target.value)}
            options={classes.map((name) => ({ value: name, label: name }))}
          />
        ) : (
          <Input aria-label={words.outcome} inputMode="decimal" value={value} onChange={({ target }) => setValue(target.value)} />
        )}
        <Button type="submit" busy={recording.isPending} disabled={!isUsable}>
          {words.record}
        </Button>
      </div>
      {recording.error !== null && <ErrorPanel error={recording.error} />}
    </form>
  )
}

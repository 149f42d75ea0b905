// Training a model again on what is stored of it.
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { Model } from '../../../../../src/capabilities/models/schema.ts'
import type { TrainOptions } from '../../../../../src/tandem.ts'
import { type Algorithm, useAlgorithms, useIsPythonOnly } from '../../../algorithms.ts'
import { client } from '../../../client.ts'
import { FitterField, type TrainingRuntime, useHasPython } from '../../../fitter.tsx'
import { fitterText } from '../../../text/fitter.ts'
import { trainText } from '../../../text/models.ts'
import { stateText } from '../../../text/shell.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Check, Field, Input, Select } from '../../../ui/field.tsx'
import { linkLook } from '../../../ui/text-link.tsx'
import { algorithmName } from '../metrics.ts'
import { trainingKey } from '../queries.ts'

export interface TrainDialogProps {
  readonly model: Model
  readonly open: boolean
  readonly onClose: () => void
}

type Policy = NonNullable<TrainOptions['activate']>

const POLICIES = Object.entries(trainText.activatePolicies) as readonly [Policy, string][]

export function TrainDialog({ model, open, onClose }: TrainDialogProps): ReactNode {
  const [algorithm, setAlgorithm] = useState<Algorithm | ''>('')
  const [runtime, setRuntime] = useState<TrainingRuntime | ''>('')
  const [activate, setActivate] = useState<Policy>('if_not_worse')
  const [seed, setSeed] = useState('')
  const [budget, setBudget] = useState('60')
  const [tune, setTune] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const queryClient = useQueryClient()
  const algorithms = useAlgorithms(model.definition.task)
  const isPythonOnly = useIsPythonOnly()
  const hasPython = useHasPython()
  const triesAll = (algorithm || model.definition.algorithm) === 'auto'
  const close = (): void => {
    setError(undefined)
    onClose()
  }
  const start = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      const options = {
        activate,
        algorithm: algorithm || undefined,
        runtime: runtime || undefined,
        seed: numberOf(seed),
        budgetSeconds: triesAll || tune !== '' ? numberOf(budget) : undefined,
        tune: numberOf(tune),
      }
      const job = await client.model(model.name).startRetraining(options)
      queryClient.setQueryData(['jobs', 'one', job.id], job)
      queryClient.setQueryData(trainingKey(model.name), job.id)
      close()
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
      title={trainText.title(model.name)}
      description={trainText.description}
      footer={
        <>
          <Link to="/train" search={{ model: model.name }} className={`mr-auto self-center ${linkLook}`}>
            {trainText.newData}
          </Link>
          <Button onClick={close} disabled={busy}>
            {stateText.cancel}
          </Button>
          <Button tone="primary" busy={busy} onClick={() => void start()}>
            {trainText.start}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <Field label={trainText.algorithm} hint={trainText.algorithmHint}>
          {(control) => (
            <Select
              {...control}
              value={algorithm}
              onChange={({ target }) => {
                setAlgorithm(target.value as Algorithm | '')
                setRuntime('')
              }}
              options={[
                { value: '', label: trainText.algorithmOf(algorithmName(model.definition.algorithm)) },
                ...algorithms
                  .filter((value) => hasPython || !isPythonOnly(value))
                  .map((value) => ({
                    value,
                    label: isPythonOnly(value) ? `${algorithmName(value)} ${fitterText.byPython}` : algorithmName(value),
                  })),
              ]}
            />
          )}
        </Field>
        <FitterField
          algorithm={algorithm || model.definition.algorithm}
          value={runtime}
          usual={model.definition.runtime === undefined ? fitterText.usual : fitterText.asDefined(model.definition.runtime)}
          onChange={setRuntime}
        />
        <Field label={trainText.tune} hint={trainText.tuneHint}>
          {(control) => (
            <Input {...control} inputMode="numeric" value={tune} onChange={({ target }) => setTune(target.value)} className="sm:w-40" />
          )}
        </Field>
        {(triesAll || tune !== '') && (
          <Field label={trainText.budget} hint={trainText.budgetHint}>
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                value={budget}
                onChange={({ target }) => setBudget(target.value)}
                className="sm:w-40"
              />
            )}
          </Field>
        )}
        <fieldset>
          <legend className="mb-1 font-medium">{trainText.activate}</legend>
          <div className="grid gap-1.5">
            {POLICIES.map(([policy, label]) => (
              <Check
                key={policy}
                kind="radio"
                name="activate"
                label={label}
                checked={activate === policy}
                onChange={() => setActivate(policy)}
              />
            ))}
          </div>
        </fieldset>
        <Field label={trainText.seed} hint={trainText.seedHint}>
          {(control) => (
            <Input {...control} inputMode="numeric" value={seed} onChange={({ target }) => setSeed(target.value)} className="sm:w-40" />
          )}
        </Field>
      </div>
      {error !== undefined && <ErrorPanel error={error} title={trainText.failed} />}
    </Dialog>
  )
}

function numberOf(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text)
}

// Changing a definition made over HTTP. Versions that exist keep theirs; the server checks what is sent.
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Model } from '../../../../../src/capabilities/models/schema.ts'
import { type FieldError, TandemError } from '../../../../../src/errors.ts'
import type { NewModel } from '../../../../../src/tandem.ts'
import { useAlgorithms } from '../../../algorithms.ts'
import { client } from '../../../client.ts'
import { settingsText } from '../../../text/models.ts'
import { Button } from '../../../ui/button.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Input, Select, TextArea } from '../../../ui/field.tsx'
import { type FormTexts, readForm, SchemaForm } from '../../../ui/schema-form.tsx'
import { notify } from '../../../ui/toast.tsx'
import { algorithmName } from '../metrics.ts'
import { useRenewModels } from './version-dialogs.tsx'

/** Absent ones take the default of the algorithm. */
const PARAMETERS = {
  type: 'object',
  properties: {
    nEstimators: { type: 'integer', minimum: 1, maximum: 2000 },
    maxDepth: { type: 'integer', minimum: 1, maximum: 64 },
    minSamplesSplit: { type: 'integer', minimum: 2 },
    minSamplesLeaf: { type: 'integer', minimum: 1 },
    maxFeatures: { type: 'string' },
    learningRate: { type: 'number', minimum: 0, maximum: 1 },
    maxLeaves: { type: 'integer', minimum: 2, maximum: 1024 },
    lambda: { type: 'number', minimum: 0 },
  },
}

export function DefinitionForm({ model }: { readonly model: Model }): ReactNode {
  const { definition } = model
  const algorithms = useAlgorithms(definition.task)
  const [description, setDescription] = useState(definition.description ?? '')
  const [algorithm, setAlgorithm] = useState<string>(definition.algorithm)
  const [parameters, setParameters] = useState<FormTexts>(() => textsOf(definition.parameters))
  const [seed, setSeed] = useState(definition.seed === undefined ? '' : String(definition.seed))
  const [every, setEvery] = useState(definition.retrain?.everyOutcomes === undefined ? '' : String(definition.retrain.everyOutcomes))
  const [features, setFeatures] = useState(() => JSON.stringify(definition.features, undefined, 2))
  const [preparation, setPreparation] = useState(() =>
    definition.preparation === undefined ? '' : JSON.stringify(definition.preparation, undefined, 2),
  )
  const [isBusy, setBusy] = useState(false)
  const [errors, setErrors] = useState<readonly FieldError[]>([])
  const [failure, setFailure] = useState<unknown>()
  const renew = useRenewModels()
  const errorAt = (path: string): string | undefined =>
    errors.find((error) => error.path === path || error.path.startsWith(`${path}/`))?.message

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setFailure(undefined)
    const schema = parseObject(features)
    const prepared = preparation.trim() === '' ? {} : parseObject(preparation)
    const read = readForm(PARAMETERS, parameters, '/parameters')
    const wrong = [
      ...read.errors,
      ...wholeNumber(seed, '/seed'),
      ...wholeNumber(every, '/retrain'),
      ...(schema === undefined ? [{ path: '/features', message: settingsText.featuresWrong }] : []),
      ...(prepared === undefined ? [{ path: '/preparation', message: settingsText.featuresWrong }] : []),
    ]
    setErrors(wrong)
    if (wrong.length > 0 || schema === undefined) return
    setBusy(true)
    try {
      const next = {
        ...definition,
        description: description.trim() || undefined,
        algorithm,
        parameters: someOf({ ...beyondForm(definition.parameters), ...withNumbers(read.values) }),
        seed: seed.trim() === '' ? undefined : Number(seed),
        retrain: every.trim() === '' ? undefined : { everyOutcomes: Number(every) },
        features: schema,
        preparation: someOf(prepared ?? {}),
      }
      await client.putModel(model.name, next as NewModel)
      await renew()
      notify({
        title: settingsText.saved,
        undo: async () => {
          await client.putModel(model.name, definition as NewModel)
          await renew()
        },
      })
    } catch (error) {
      const fields = TandemError.is(error) ? error.errors : undefined
      if (fields !== undefined && fields.length > 0) setErrors(fields)
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }

  return (
    <form onSubmit={(event) => void save(event)} className="grid gap-4" noValidate>
      <Field label={settingsText.description} error={errorAt('/description')}>
        {(control) => <Input {...control} value={description} maxLength={2000} onChange={({ target }) => setDescription(target.value)} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label={settingsText.algorithm} error={errorAt('/algorithm')}>
          {(control) => (
            <Select
              {...control}
              value={algorithm}
              onChange={({ target }) => setAlgorithm(target.value)}
              options={algorithms.map((value) => ({ value, label: algorithmName(value) }))}
            />
          )}
        </Field>
        <Field label={settingsText.seed} error={errorAt('/seed')}>
          {(control) => <Input {...control} inputMode="numeric" value={seed} onChange={({ target }) => setSeed(target.value)} />}
        </Field>
        <Field label={settingsText.retrain} hint={settingsText.retrainHint} error={errorAt('/retrain')}>
          {(control) => <Input {...control} inputMode="numeric" value={every} onChange={({ target }) => setEvery(target.value)} />}
        </Field>
      </div>
      <fieldset>
        <legend className="mb-2 font-semibold">{settingsText.parameters}</legend>
        <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2 lg:grid-cols-4">
          <SchemaForm schema={PARAMETERS} texts={parameters} onChange={setParameters} errors={errors} pointer="/parameters" />
        </div>
      </fieldset>
      <Field label={settingsText.features} hint={settingsText.featuresSubtitle} error={errorAt('/features')}>
        {(control) => <TextArea {...control} rows={14} value={features} onChange={({ target }) => setFeatures(target.value)} />}
      </Field>
      <Field label={settingsText.preparation} hint={settingsText.preparationSubtitle} error={errorAt('/preparation')}>
        {(control) => (
          <TextArea
            {...control}
            rows={preparation === '' ? 2 : 8}
            value={preparation}
            placeholder={settingsText.preparationExample}
            onChange={({ target }) => setPreparation(target.value)}
          />
        )}
      </Field>
      {failure !== undefined && <ErrorPanel error={failure} title={settingsText.save} />}
      <div>
        <Button type="submit" tone="primary" busy={isBusy}>
          {settingsText.save}
        </Button>
      </div>
    </form>
  )
}

function textsOf(values: Readonly<Record<string, unknown>> | undefined): FormTexts {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, String(value)]))
}

/** Parameters that this form does not show stay as they are. */
function beyondForm(values: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([name]) => !(name in PARAMETERS.properties)))
}

function someOf(values: Record<string, unknown>): Record<string, unknown> | undefined {
  return Object.keys(values).length === 0 ? undefined : values
}

/** `maxFeatures` is a word or a share. */
function withNumbers(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' && value !== '' && Number.isFinite(Number(value)) ? Number(value) : value,
    ]),
  )
}

function wholeNumber(text: string, path: string): FieldError[] {
  return text.trim() === '' || /^\d+$/.test(text.trim()) ? [] : [{ path, message: settingsText.notWhole(text) }]
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

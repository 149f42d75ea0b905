// Changing a definition made over HTTP. Versions that exist keep theirs; the server checks what is sent.
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { Model } from '../../../../../src/capabilities/models/schema.ts'
import { type FieldError, TandemError } from '../../../../../src/errors.ts'
import type { AlgorithmInfo } from '../../../../../src/interfaces/client/index.ts'
import type { NewModel } from '../../../../../src/tandem.ts'
import { type Algorithm, useAlgorithmInfo, useAlgorithms } from '../../../algorithms.ts'
import { client } from '../../../client.ts'
import { settingsText } from '../../../text/models.ts'
import { Button } from '../../../ui/button.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Input, Select, TextArea } from '../../../ui/field.tsx'
import { type FormTexts, readForm, SchemaForm } from '../../../ui/schema-form.tsx'
import { notify } from '../../../ui/toast.tsx'
import { algorithmName } from '../metrics.ts'
import { beyondForm, parameterSchema } from './parameter-fields.ts'
import { type Learner, textsOf as preparedTexts, specOf } from './preparation/column-options.ts'
import { columnsOf } from './preparation/feature-types.ts'
import { PreparationEditor, type PreparationTexts } from './preparation/preparation-editor.tsx'
import { useRenewModels } from './version-dialogs.tsx'

export function DefinitionForm({ model }: { readonly model: Model }): ReactNode {
  const { definition } = model
  const algorithms = useAlgorithms(definition.task)
  const [description, setDescription] = useState(definition.description ?? '')
  const [algorithm, setAlgorithm] = useState<string>(definition.algorithm)
  const [parameters, setParameters] = useState<FormTexts>(() => textsOf(definition.parameters))
  const [seed, setSeed] = useState(definition.seed === undefined ? '' : String(definition.seed))
  const [every, setEvery] = useState(definition.retrain?.everyOutcomes === undefined ? '' : String(definition.retrain.everyOutcomes))
  const [stored] = useState(() => JSON.stringify(definition.features, undefined, 2))
  const [features, setFeatures] = useState(stored)
  const [preparation, setPreparation] = useState<PreparationTexts>(() =>
    Object.fromEntries(Object.entries(definition.preparation ?? {}).map(([name, spec]) => [name, preparedTexts(spec)])),
  )
  const info = useAlgorithmInfo().find(({ name }) => name === (algorithm as Algorithm))
  const schema = parameterSchema(info)
  const learner = learnerOf(info)
  const form = useRef<HTMLFormElement>(null)
  const [isBusy, setBusy] = useState(false)
  const [errors, setErrors] = useState<readonly FieldError[]>([])
  const [failure, setFailure] = useState<unknown>()
  const renew = useRenewModels()
  const errorAt = (path: string): string | undefined =>
    errors.find((error) => error.path === path || error.path.startsWith(`${path}/`))?.message

  // What is wrong may stand far above the button.
  useEffect(() => {
    if (errors.length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [errors])

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setFailure(undefined)
    const row = parseObject(features)
    const prepared = readPreparation(features, preparation, learner)
    const read = readForm(schema, parameters, '/parameters')
    const wrong = [
      ...read.errors,
      ...wholeNumber(seed, '/seed'),
      ...wholeNumber(every, '/retrain'),
      ...(row === undefined ? [{ path: '/features', message: settingsText.featuresWrong }] : []),
      ...prepared.errors,
    ]
    setErrors(wrong)
    if (wrong.length > 0 || row === undefined) return
    setBusy(true)
    try {
      const next = {
        ...definition,
        description: description.trim() || undefined,
        algorithm,
        parameters: someOf({ ...beyondForm(definition.parameters, info), ...withNumbers(read.values) }),
        seed: seed.trim() === '' ? undefined : Number(seed),
        retrain: every.trim() === '' ? undefined : { everyOutcomes: Number(every) },
        features: row,
        preparation: someOf(prepared.specs),
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
    <form ref={form} onSubmit={(event) => void save(event)} className="grid gap-4" noValidate>
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
        {algorithm === 'auto' && <p className="text-muted">{settingsText.parametersOfAuto}</p>}
        <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2 lg:grid-cols-4">
          <SchemaForm schema={schema} texts={parameters} onChange={setParameters} errors={errors} pointer="/parameters" />
        </div>
      </fieldset>
      <PreparationEditor
        {...{ features, learner, errors }}
        stored={stored}
        onFeatures={setFeatures}
        texts={preparation}
        onTexts={setPreparation}
      />
      <details open={errorAt('/features') !== undefined || undefined}>
        <summary className="cursor-pointer font-medium">{settingsText.featuresAsJson}</summary>
        <Field label={settingsText.features} hint={settingsText.featuresSubtitle} error={errorAt('/features')} className="mt-2">
          {(control) => <TextArea {...control} rows={14} value={features} onChange={({ target }) => setFeatures(target.value)} />}
        </Field>
      </details>
      {failure !== undefined && <ErrorPanel error={failure} title={settingsText.save} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" tone="primary" busy={isBusy}>
          {settingsText.save}
        </Button>
        {errors.length > 0 && (
          <p role="alert" className="text-bad">
            {settingsText.mistakes(errors.length)}
          </p>
        )}
      </div>
    </form>
  )
}

/** Who learns, as far as it matters for what a column becomes. */
function learnerOf(info: AlgorithmInfo | undefined): Learner {
  return info === undefined ? 'both' : info.family === 'trees' ? 'trees' : 'sums'
}

/** Of the columns there are; what was said of others is dropped with them. */
function readPreparation(
  features: string,
  texts: PreparationTexts,
  learner: Learner,
): { readonly specs: Record<string, unknown>; readonly errors: readonly FieldError[] } {
  const read = (columnsOf(features) ?? []).map(({ name, type }) => ({ name, ...specOf(type, texts[name] ?? {}, learner) }))
  const pointer = (name: string): string => `/preparation/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return {
    specs: Object.fromEntries(read.flatMap(({ name, spec }) => (spec === undefined ? [] : [[name, spec]]))),
    errors: read.flatMap(({ name, errors }) => errors.map(({ path, message }) => ({ path: `${pointer(name)}/${path}`, message }))),
  }
}

function textsOf(values: Readonly<Record<string, unknown>> | undefined): FormTexts {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, String(value)]))
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

// From what was recognised in a file to a version: which model, what it predicts, how features and classes are called.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { FoundModel } from '../../../../../../src/capabilities/training/interchange/schema.ts'
import { TandemError } from '../../../../../../src/errors.ts'
import { importText as words } from '../../../../text/import.ts'
import { Banner } from '../../../../ui/banner.tsx'
import { Button } from '../../../../ui/button.tsx'
import { Card, CardGrid } from '../../../../ui/card.tsx'
import { ErrorPanel } from '../../../../ui/error-panel.tsx'
import { FactList } from '../../../../ui/fact-list.tsx'
import { Check, Field, Input, Select } from '../../../../ui/field.tsx'
import { formatBytes, formatCount } from '../../../../ui/format.ts'
import { notify } from '../../../../ui/toast.tsx'
import { importModelFile, lookAtModelFile } from '../../../../upload.ts'
import { algorithmName } from '../../metrics.ts'
import { allModelsQuery } from '../../queries.ts'
import { FeatureNames } from './feature-names.tsx'

const NAME = /^[a-z][a-z0-9_-]{0,63}$/

interface ImportFormProps {
  readonly file: File
  readonly found: FoundModel
  readonly onAnother: () => void
}

export function ImportForm({ file, found: first, onAnother }: ImportFormProps): ReactNode {
  const models = useQuery(allModelsQuery).data?.items ?? []
  const [name, setName] = useState(() => nameOf(file.name))
  const [found, setFound] = useState(first)
  const [target, setTarget] = useState(first.target ?? '')
  const [classes, setClasses] = useState<readonly string[]>(first.classes)
  const [names, setNames] = useState<readonly string[]>(() => first.features.map((feature) => feature.name))
  const [activates, setActivates] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [wasSent, setWasSent] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const known = models.find((model) => model.name === name)
  const knownName = known?.name
  /** Whose definition the file was last held against. */
  const looked = useRef<string>(undefined)
  const isFixed = found.format === 'tdm'

  // The definition of the model decides whether the file fits: it is asked again for each one.
  useEffect(() => {
    if (looked.current === knownName) return
    looked.current = knownName
    const controller = new AbortController()
    lookAtModelFile(knownName ?? 'a-new-model', file, {}, { signal: controller.signal }).then(
      (next) => {
        setFound(next)
        setNames(next.features.map((feature) => feature.name))
        setClasses(next.classes)
        if (next.target !== null) setTarget(next.target)
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setFailure(error)
      },
    )
    return () => controller.abort()
  }, [file, knownName])

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setWasSent(true)
    if (!NAME.test(name) || target.trim() === '' || new Set(names).size < names.length) return
    setBusy(true)
    setFailure(undefined)
    try {
      const isRenamed = names.some((one, index) => one !== (found.features[index]?.inFile ?? `x${index}`))
      const version = await importModelFile(
        name,
        file,
        {
          target: target.trim(),
          ...(isFixed || !isRenamed ? {} : { features: names }),
          ...(found.classesFrom === 'numbers' ? { classes } : {}),
          ...(activates ? { activate: 'always' as const } : {}),
        },
        { signal: new AbortController().signal },
      )
      await queryClient.invalidateQueries({ queryKey: ['models'] })
      notify({ title: words.done(name) })
      await navigate({ to: '/models/$model/evaluation', params: { model: name }, search: { version: version.version } })
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  const errors = (TandemError.is(failure) ? failure.errors : undefined) ?? found.misfit?.errors ?? []
  const properties = (known?.definition.features as { readonly properties?: object } | undefined)?.properties

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <CardGrid>
        <Card
          title={words.found}
          subtitle={file.name}
          className="xl:col-span-4"
          tools={
            <Button size="small" onClick={onAnother}>
              {words.another}
            </Button>
          }
        >
          <FactList facts={factsOf(found)} />
        </Card>
        <Card title={words.as} className="xl:col-span-8">
          <div className="grid gap-4 sm:grid-cols-2">
            <Field
              label={words.name}
              hint={known === undefined ? words.nameHint : words.nameTaken}
              error={wasSent && !NAME.test(name) ? words.nameWrong : undefined}
            >
              {(control) => <Input {...control} value={name} onChange={({ target: { value } }) => setName(value)} />}
            </Field>
            {models.length > 0 && (
              <Field label={words.asVersion}>
                {(control) => (
                  <Select
                    {...control}
                    value={knownName ?? ''}
                    onChange={({ target: { value } }) => setName(value === '' ? nameOf(file.name) : value)}
                    options={[{ value: '', label: words.asNew }, ...models.map((model) => ({ value: model.name, label: model.name }))]}
                  />
                )}
              </Field>
            )}
            <Field
              label={words.target}
              hint={words.targetHint}
              error={wasSent && target.trim() === '' ? words.targetNeeded : errors.find(({ path }) => path === '/target')?.message}
            >
              {(control) => (
                <Input
                  {...control}
                  value={target}
                  maxLength={200}
                  disabled={known !== undefined || isFixed}
                  onChange={({ target: { value } }) => setTarget(value)}
                />
              )}
            </Field>
            {known !== undefined && known.activeVersion !== null && (
              <Check
                label={words.activate}
                hint={words.activateHint}
                checked={activates}
                onChange={({ target: { checked } }) => setActivates(checked)}
              />
            )}
          </div>
          {found.classesFrom === 'numbers' && (
            <fieldset className="mt-4">
              <legend className="font-semibold">{words.classes}</legend>
              <p className="mb-2 text-sm text-faint">{words.classesHint}</p>
              <div className="grid gap-3 sm:grid-cols-3">
                {classes.map((label, code) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a class is its code.
                  <Field key={code} label={words.classOf(code)}>
                    {(control) => (
                      <Input
                        {...control}
                        value={label}
                        maxLength={200}
                        onChange={({ target: { value } }) => setClasses(classes.map((old, at) => (at === code ? value : old)))}
                      />
                    )}
                  </Field>
                ))}
              </div>
            </fieldset>
          )}
        </Card>
        <Card
          title={words.features}
          subtitle={isFixed ? words.featuresFixed : known === undefined ? words.featuresOfNew : words.featuresOfKnown}
          className="xl:col-span-12"
        >
          {isFixed ? (
            <p className="break-words">{names.join(', ')}</p>
          ) : (
            <FeatureNames
              features={found.features}
              names={names}
              onNames={setNames}
              choices={properties && Object.keys(properties)}
              errors={errors}
            />
          )}
        </Card>
      </CardGrid>
      {found.misfit !== null && failure === undefined && (
        <Banner tone="warn" title={words.misfit} className="mt-4">
          {found.misfit.message}
        </Banner>
      )}
      {failure !== undefined && (
        <div className="mt-4 rounded-lg border border-line bg-surface">
          <ErrorPanel error={failure} title={words.notImported} />
        </div>
      )}
      <Button type="submit" tone="primary" busy={isBusy} className="mt-4 max-sm:w-full">
        {words.start}
      </Button>
    </form>
  )
}

function factsOf({
  format,
  algorithm,
  task,
  features,
  classes,
  classesFrom,
  trees,
  nodes,
  bytes,
}: FoundModel): (readonly [string, string])[] {
  const { factNames: facts } = words
  const isNamed = features.some(({ inFile }) => inFile !== null)
  return [
    [facts.format, words.formats[format]],
    [facts.algorithm, algorithmName(algorithm as 'ridge')],
    [facts.task, task],
    [facts.features, isNamed ? words.named(features.length) : words.unnamed(features.length)],
    ...(classes.length === 0
      ? []
      : ([[facts.classes, classesFrom === 'numbers' ? words.unnamed(classes.length) : classes.slice(0, 20).join(', ')]] as const)),
    ...(trees === null ? [] : ([[facts.trees, formatCount(trees)]] as const)),
    ...(nodes === null ? [] : ([[facts.nodes, formatCount(nodes)]] as const)),
    [facts.size, formatBytes(bytes)],
  ]
}

/** A name for a model, of the name of a file. */
function nameOf(file: string): string {
  const plain = file
    .replace(/\.[a-z]+$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 64)
  return plain === '' ? 'model' : plain
}

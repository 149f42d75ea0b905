// The third step: the algorithm or all of them, how long, under which name; and off it goes.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Model } from '../../../../../src/capabilities/models/schema.ts'
import type { TableView } from '../../../../../src/capabilities/training/schema.ts'
import type { TrainOptions } from '../../../../../src/interfaces/client/index.ts'
import { type Algorithm, useAlgorithms, useIsPythonOnly } from '../../../algorithms.ts'
import { client } from '../../../client.ts'
import { FitterField, useHasPython } from '../../../fitter.tsx'
import { fitterText } from '../../../text/fitter.ts'
import { columnText, runText } from '../../../text/training.ts'
import { Banner } from '../../../ui/banner.tsx'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Check, Field, Input, Select } from '../../../ui/field.tsx'
import { Loaded } from '../../../ui/loaded.tsx'
import { linkLook } from '../../../ui/text-link.tsx'
import { jobQuery } from '../../jobs/queries.ts'
import { tableQuery } from '../queries.ts'
import { BUDGETS, type TrainSearch } from '../search.ts'
import { JudgingFields } from './judging-fields.tsx'
import { planOf } from './plan.ts'
import { searchOf } from './steps.tsx'
import { isModelName, modelNameOf, useModelNamed } from './use-known-model.ts'
import { useSearchUpdate } from './use-search.ts'

interface StepProps {
  readonly table: string
  readonly search: TrainSearch
}

export function RunStep({ table, search }: StepProps): ReactNode {
  const query = useQuery(tableQuery(table, search))
  return <Loaded query={query}>{(view) => <RunForm view={view} search={search} />}</Loaded>
}

const DEFAULT_BUDGET = 60

function RunForm({ view, search }: { readonly view: TableView; readonly search: TrainSearch }): ReactNode {
  const update = useSearchUpdate()
  const { algorithm = 'auto', budget = DEFAULT_BUDGET, seed, splitBy, splitColumn } = search
  const name = search.model ?? modelNameOf(view.table.name)
  const known = useModelNamed(name)
  const target = search.target ?? known?.definition.target
  const plan = planOf(view, { ...search, target }, known ?? undefined)
  const algorithms = useAlgorithms(plan.task)
  const isPythonOnly = useIsPythonOnly()
  const hasPython = useHasPython()
  const ragged = view.warnings.find(({ code }) => code === 'ragged_rows')
  const [skipRagged, setSkipRagged] = useState(true)
  const training = useStart(view, { ...search, algorithm, budget, target }, name, known, ragged !== undefined && skipRagged)
  const isOther = known !== null && known !== undefined && search.target !== undefined && known.definition.target !== search.target
  const nameError = !isModelName(name) ? runText.modelWrong : isOther ? runText.modelOther(name, known.definition.target) : undefined
  const what = plan.task === 'regression' ? columnText.aNumber : columnText.classes(plan.classes ?? 0)
  const choice = (option: Algorithm): ReactNode => (
    <Check
      key={option}
      kind="radio"
      name="algorithm"
      label={runText.algorithms[option]}
      hint={runText.algorithmHints[option]}
      checked={algorithm === option}
      disabled={isPythonOnly(option) && !hasPython}
      // What was said of another algorithm is forgotten: it may not hold for this one.
      onChange={() => update({ algorithm: option === 'auto' ? undefined : option, runtime: undefined })}
    />
  )
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void training.start()
      }}
      className="grid gap-4"
    >
      <Card title={runText.title} subtitle={target === undefined ? undefined : columnText.predicts(target, what, plan.features)}>
        <div className="grid max-w-3xl gap-4">
          <Field label={runText.model} hint={runText.modelHint} error={nameError}>
            {(control) => (
              <Input
                {...control}
                value={name}
                maxLength={64}
                onChange={({ target: { value } }) => update({ model: value })}
                className="sm:max-w-80"
              />
            )}
          </Field>
          {known && !isOther && (
            <Banner tone={search.columns === undefined ? 'info' : 'warn'} title={runText.modelExists(name)}>
              {search.columns !== undefined && runText.modelCorrected(name)}
            </Banner>
          )}
          <fieldset>
            <legend className="mb-1.5 font-medium">{runText.algorithm}</legend>
            <div className="grid gap-2.5">{algorithms.filter((option) => !isPythonOnly(option)).map(choice)}</div>
            {algorithms.some(isPythonOnly) && (
              <>
                <p className="mt-4 mb-1.5 text-sm text-muted">{hasPython ? runText.pythonAlgorithms : fitterText.isMissing}</p>
                <div className="grid gap-2.5">{algorithms.filter(isPythonOnly).map(choice)}</div>
              </>
            )}
          </fieldset>
          <div className="grid gap-4 sm:grid-cols-2">
            <FitterField
              algorithm={algorithm}
              value={search.runtime ?? ''}
              usual={known?.definition.runtime === undefined ? fitterText.usual : fitterText.asDefined(known.definition.runtime)}
              onChange={(runtime) => update({ runtime: runtime || undefined })}
            />
            {algorithm === 'auto' && (
              <Field label={runText.budget} hint={runText.budgetHint}>
                {(control) => (
                  <Select
                    {...control}
                    value={String(budget)}
                    onChange={({ target: { value } }) => update({ budget: Number(value) === DEFAULT_BUDGET ? undefined : Number(value) })}
                    options={BUDGETS.map((seconds) => ({ value: String(seconds), label: runText.budgets[seconds] }))}
                  />
                )}
              </Field>
            )}
            <Field label={runText.seed} hint={runText.seedHint}>
              {(control) => (
                <Input
                  {...control}
                  type="number"
                  min={0}
                  max={4_294_967_295}
                  step={1}
                  placeholder="1"
                  value={seed ?? ''}
                  onChange={({ target: { value } }) => update({ seed: value === '' ? undefined : Number(value) })}
                />
              )}
            </Field>
          </div>
          <JudgingFields view={view} search={search} model={isOther ? null : known} target={target} onChange={update} />
          {ragged !== undefined && (
            <Check
              label={runText.ragged(Number(/^\d+/.exec(ragged.message)?.[0] ?? 1))}
              hint={runText.raggedHint}
              checked={skipRagged}
              onChange={({ target: { checked } }) => setSkipRagged(checked)}
            />
          )}
        </div>
      </Card>
      {training.error !== undefined && (
        <div className="rounded-lg border border-line bg-surface">
          <ErrorPanel error={training.error} title={runText.failed} />
        </div>
      )}
      <div className="flex flex-wrap items-center gap-4">
        <Button
          type="submit"
          tone="primary"
          icon={Play}
          busy={training.busy}
          disabled={nameError !== undefined || known === undefined || (splitBy !== undefined && splitColumn === undefined)}
        >
          {runText.train}
        </Button>
        {training.busy ? (
          <span className="text-muted" role="status">
            {runText.takingIn}
          </span>
        ) : (
          <Link to="/train" search={searchOf('columns', search)} className={linkLook}>
            {runText.back}
          </Link>
        )}
      </div>
    </form>
  )
}

function judgingOf({ weight, splitBy, splitColumn }: TrainSearch): Pick<TrainOptions, 'weight' | 'split'> {
  const split = splitBy === undefined || splitColumn === undefined ? {} : { split: { by: splitBy, column: splitColumn } }
  return { ...(weight === undefined ? {} : { weight }), ...split }
}

interface Start {
  readonly busy: boolean
  readonly error: unknown
  start(): Promise<void>
}

/** Sends it off; the rows are stored when the job is there. */
function useStart(
  view: TableView,
  search: TrainSearch & Required<Pick<TrainSearch, 'algorithm' | 'budget'>>,
  name: string,
  known: Model | null | undefined,
  skipRagged: boolean,
): Start {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const start = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    const { delimiter, encoding, header, decimal, target, columns, algorithm, runtime, budget, seed } = search
    try {
      const job = await client.model(name).startTraining(
        { table: view.table.id, delimiter, encoding, header, decimal },
        {
          algorithm,
          unknownColumns: 'ignore',
          ...(target === undefined ? {} : { target }),
          ...(known === null && columns !== undefined ? { columns } : {}),
          ...(runtime === undefined ? {} : { runtime }),
          ...(algorithm === 'auto' ? { budgetSeconds: budget } : {}),
          ...(seed === undefined ? {} : { seed }),
          ...(known === null ? judgingOf(search) : {}),
          ...(skipRagged ? { raggedRows: 'skip' as const } : {}),
        },
      )
      queryClient.setQueryData(jobQuery(job.id).queryKey, job)
      void queryClient.invalidateQueries({ queryKey: ['models'] })
      void navigate({ to: '/train', search: (old) => ({ ...old, model: name, target, step: 'run', job: job.id }) })
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return { busy, error, start }
}

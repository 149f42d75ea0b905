// One row, every feature: predict it, see why, and if it was logged say later what came true.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { ClipboardPaste, Eraser, Play, Undo2 } from 'lucide-react'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import type { Profile } from '../../../../src/capabilities/models/reports/schema.ts'
import type { Model, Version } from '../../../../src/capabilities/models/schema.ts'
import { tryText } from '../../text/models.ts'
import { promiseText } from '../../text/trust.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardGrid } from '../../ui/card.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Check, Select } from '../../ui/field.tsx'
import { formatShare } from '../../ui/format.ts'
import { SchemaForm } from '../../ui/schema-form.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { featuresByImportance } from './parts/features-by-importance.ts'
import { OutcomeForm } from './parts/outcome-form.tsx'
import { PasteRowDialog } from './parts/paste-row-dialog.tsx'
import { TryResult } from './parts/try-result.tsx'
import { Untrained } from './parts/untrained.tsx'
import { FEATURES_POINTER, useTry } from './parts/use-try.ts'
import { VersionPicker } from './parts/version-picker.tsx'
import { WhatIfCard } from './parts/what-if-card.tsx'
import { modelQuery, profileQuery, useVersion } from './queries.ts'

const route = getRouteApi('/models/$model/try')

/** Fields shown at once; a model with more opens the rest on demand. */
const SHOWN = 24
const COVERAGES = [0.8, 0.9, 0.95, 0.99]
const DEFAULT_COVERAGE = 0.9

export function TryPage(): ReactNode {
  const { model: name } = route.useParams()
  const search = route.useSearch()
  const model = useQuery(modelQuery(name)).data
  const { query, version } = useVersion(name, search.version)
  const profile = useQuery(profileQuery(name, version?.version))
  if (query.error !== null && query.data === undefined) return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
  if (model === undefined || query.data === undefined || profile.isLoading) return <SkeletonLines lines={6} />
  if (version === undefined) return <Untrained model={name} named={search.version} />
  return <TryRow key={version.version} model={model} version={version} profile={profile.data} />
}

interface TryRowProps {
  readonly model: Model
  readonly version: Version
  readonly profile: Profile | undefined
}

function TryRow({ model, version, profile }: TryRowProps): ReactNode {
  const navigate = route.useNavigate()
  const { row } = route.useSearch()
  const { texts, setTexts, typical, errors, failure, answer, isBusy, tryRow, run } = useTry({ model: model.name, version, profile, row })
  const [isLogged, setLogged] = useState(false)
  const [coverage, setCoverage] = useState<number | undefined>(DEFAULT_COVERAGE)
  const [isPasting, setPasting] = useState(false)
  const [showAll, setShowAll] = useState(false)
  const ordered = featuresByImportance(version)
  const names = showAll || errors.length > 0 ? ordered : ordered.slice(0, SHOWN)
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const features = await run({ isLogged, ...(coverage === undefined ? {} : { coverage }) })
    // A logged one is not repeated by whoever opens the address.
    if (features !== undefined) {
      await navigate({ to: '.', search: (old) => ({ ...old, row: JSON.stringify(features) }), replace: true, resetScroll: false })
    }
  }
  return (
    <CardGrid>
      <Card title={tryText.title} subtitle={tryText.subtitle} className="xl:col-span-7">
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <VersionPicker
            model={model.name}
            value={version.version}
            onChange={(next) => void navigate({ to: '.', search: (old) => ({ ...old, version: next }), replace: true })}
          />
          <Button size="small" icon={Undo2} onClick={() => setTexts(typical)}>
            {tryText.typical}
          </Button>
          <Button size="small" icon={Eraser} onClick={() => setTexts({})}>
            {tryText.clear}
          </Button>
          <Button size="small" icon={ClipboardPaste} onClick={() => setPasting(true)}>
            {tryText.paste}
          </Button>
        </div>
        <form onSubmit={(event) => void submit(event)} noValidate>
          <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2 lg:grid-cols-3">
            <SchemaForm
              schema={version.features}
              texts={texts}
              onChange={setTexts}
              errors={errors}
              pointer={FEATURES_POINTER}
              placeholders={typical}
              names={names}
            />
          </div>
          {names.length < ordered.length && (
            <Button tone="quiet" size="small" className="mt-2" onClick={() => setShowAll(true)}>
              {tryText.more(ordered.length - names.length)}
            </Button>
          )}
          <div className="mt-4 flex flex-wrap items-start gap-x-6 gap-y-3">
            <Button type="submit" tone="primary" icon={Play} busy={isBusy}>
              {tryText.predict}
            </Button>
            <CoverageSelect value={coverage} onChange={setCoverage} />
            <Check label={tryText.log} hint={tryText.logHint} checked={isLogged} onChange={({ target }) => setLogged(target.checked)} />
          </div>
        </form>
      </Card>
      <Card title={tryText.answer} className="xl:col-span-5">
        {failure === undefined ? <TryResult answer={answer} /> : <ErrorPanel error={failure} />}
        {answer !== undefined && 'predictionId' in answer.prediction && (
          <OutcomeForm key={answer.prediction.predictionId} model={model} id={answer.prediction.predictionId} classes={version.classes} />
        )}
      </Card>
      {answer !== undefined && answer.prediction.source === 'model' && (
        <WhatIfCard
          key={JSON.stringify(answer.row)}
          model={model.name}
          version={version}
          row={answer.row}
          prediction={answer.prediction}
          onTry={(changed) => tryRow(changed, { isLogged: false, ...(coverage === undefined ? {} : { coverage }) })}
          className="xl:col-span-12"
        />
      )}
      <PasteRowDialog open={isPasting} onClose={() => setPasting(false)} onRow={setTexts} />
    </CardGrid>
  )
}

interface CoverageSelectProps {
  readonly value: number | undefined
  readonly onChange: (coverage: number | undefined) => void
}

function CoverageSelect({ value, onChange }: CoverageSelectProps): ReactNode {
  const id = useId()
  return (
    <div className="flex items-center gap-2" title={promiseText.hint}>
      <label htmlFor={id} className="font-medium">
        {promiseText.label}
      </label>
      <Select
        id={id}
        value={value === undefined ? '' : String(value)}
        onChange={({ target }) => onChange(target.value === '' ? undefined : Number(target.value))}
        options={[
          ...COVERAGES.map((share) => ({ value: String(share), label: promiseText.option(formatShare(share, 0)) })),
          { value: '', label: promiseText.none },
        ]}
        className="w-auto!"
      />
    </div>
  )
}

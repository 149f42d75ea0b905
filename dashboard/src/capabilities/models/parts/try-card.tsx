// A prediction to try on the summary of a model: its most important features, the others at typical values.
import { useQuery } from '@tanstack/react-query'
import type { FormEvent, ReactNode } from 'react'
import type { Model, Version } from '../../../../../src/capabilities/models/schema.ts'
import { useCan } from '../../../session.ts'
import { tryText } from '../../../text/models.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { propertiesOf, SchemaForm } from '../../../ui/schema-form.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { profileQuery } from '../queries.ts'
import { featuresByImportance } from './features-by-importance.ts'
import { TryResult } from './try-result.tsx'
import { FEATURES_POINTER, useTry } from './use-try.ts'

interface TryCardProps {
  readonly model: Model
  readonly version: Version
  readonly className?: string
}

const SHOWN = 4

export function TryCard({ model, version, className }: TryCardProps): ReactNode {
  const canPredict = useCan('predict')
  const profile = useQuery(profileQuery(model.name, version.version))
  if (!canPredict) return null
  return (
    <Card title={tryText.title} subtitle={tryText.notLogged} className={className}>
      {/* The form begins with typical values, so it waits until they are known, or known to be missing. */}
      {profile.isLoading ? (
        <SkeletonLines lines={5} />
      ) : (
        <Form key={version.version} model={model} version={version} profile={profile.data} />
      )}
    </Card>
  )
}

type FormProps = Omit<TryCardProps, 'className'> & { readonly profile: Parameters<typeof useTry>[0]['profile'] }

function Form({ model, version, profile }: FormProps): ReactNode {
  const { texts, setTexts, typical, errors, failure, answer, isBusy, run } = useTry({ model: model.name, version, profile })
  const names = featuresByImportance(version).slice(0, SHOWN)
  const hidden = propertiesOf(version.features).length - names.length
  // A wrong value in a field that is not shown here.
  const unseen = errors.find(({ path }) => !names.some((name) => path === `${FEATURES_POINTER}/${name}`))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    void run({ isLogged: false })
  }
  return (
    <div className="grid gap-x-8 gap-y-4 lg:grid-cols-2">
      <form onSubmit={submit} className="grid content-start gap-3" noValidate>
        <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
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
        {unseen && (
          <p role="alert" className="text-sm text-bad">
            {unseen.path.replace(`${FEATURES_POINTER}/`, '')}: {unseen.message}
          </p>
        )}
        <div className="flex flex-wrap items-center gap-4">
          <Button type="submit" tone="primary" busy={isBusy}>
            {tryText.predict}
          </Button>
          <TextLink to="/models/$model/try" params={{ model: model.name }}>
            {hidden > 0 ? tryText.more(hidden) : tryText.allFields}
          </TextLink>
        </div>
      </form>
      {failure === undefined ? <TryResult answer={answer} /> : <ErrorPanel error={failure} />}
    </div>
  )
}

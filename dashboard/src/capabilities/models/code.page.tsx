// How a program uses this model: snippets with its own features in them.
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import type { Profile } from '../../../../src/capabilities/models/reports/schema.ts'
import type { Model, Version } from '../../../../src/capabilities/models/schema.ts'
import { useSession } from '../../session.ts'
import { codeText } from '../../text/models.ts'
import { Card, CardGrid } from '../../ui/card.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { readForm } from '../../ui/schema-form.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { linkLook, TextLink } from '../../ui/text-link.tsx'
import { type Snippets, snippetsOf } from './parts/snippets.ts'
import { typicalTexts } from './parts/typical-texts.ts'
import { modelQuery, profileQuery, useVersion } from './queries.ts'

const route = getRouteApi('/models/$model/code')

export function CodePage(): ReactNode {
  const { model: name } = route.useParams()
  const model = useQuery(modelQuery(name)).data
  const { query, version } = useVersion(name, undefined)
  const profile = useQuery(profileQuery(name, version?.version))
  if (model === undefined || query.data === undefined || profile.isLoading) return <SkeletonLines lines={6} />
  return <ModelCode model={model} version={version} profile={profile.data} />
}

interface ModelCodeProps {
  readonly model: Model
  readonly version: Version | undefined
  readonly profile: Profile | undefined
}

function ModelCode({ model, version, profile }: ModelCodeProps): ReactNode {
  const session = useSession()
  const withKey = session?.loopback !== true
  const snippets = useMemo(() => snippetsFor(model, version, profile, withKey), [model, version, profile, withKey])
  return (
    <>
      <p className="mb-4 text-muted">
        {codeText.intro(withKey)} {withKey && <TextLink to="/keys">{codeText.newKey}</TextLink>} ·{' '}
        <a href="/docs" className={linkLook}>
          {codeText.reference}
        </a>
      </p>
      <CardGrid>
        <div className="grid content-start gap-4 xl:col-span-6">
          <Card title={codeText.predict}>
            {withKey && (
              <div className="mb-3">
                <CodeBlock label={codeText.setKey} code="export TANDEM_KEY=tdm_..." />
              </div>
            )}
            <CodeBlock label="curl" code={snippets.predict} wrap />
          </Card>
          <Card title={codeText.outcome} subtitle={codeText.outcomeHint}>
            <div id="outcomes" className="scroll-mt-16">
              <CodeBlock label="curl" code={snippets.outcome} wrap />
            </div>
          </Card>
          <Card title={codeText.predictMany} subtitle={codeText.predictManyHint}>
            <CodeBlock label="curl" code={snippets.predictMany} wrap />
          </Card>
        </div>
        <div className="grid content-start gap-4 xl:col-span-6">
          <Card title={codeText.client} subtitle={codeText.clientHint}>
            <CodeBlock label="TypeScript" code={snippets.client} />
          </Card>
          <Card title={codeText.train} subtitle={codeText.trainHint}>
            <CodeBlock label="curl" code={snippets.train} wrap />
          </Card>
          <Card title={codeText.retrain}>
            <CodeBlock label="curl" code={snippets.retrain} wrap />
          </Card>
        </div>
      </CardGrid>
    </>
  )
}

function snippetsFor({ name, definition }: Model, version: Version | undefined, profile: Profile | undefined, withKey: boolean): Snippets {
  const schema = version?.features ?? definition.features
  const { values } = readForm(schema, typicalTexts(schema, profile))
  const names = Object.keys((schema.properties ?? {}) as object)
  return snippetsOf({
    url: location.origin,
    model: name,
    target: definition.target,
    // A feature without a typical value is shown as missing, so that every one is named.
    row: Object.fromEntries(names.map((feature) => [feature, values[feature] ?? null])),
    outcome: version?.classes?.[0] ?? definition.classes?.[0] ?? 1,
    withKey,
  })
}

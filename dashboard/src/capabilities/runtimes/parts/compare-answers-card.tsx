import { useMutation, useQuery } from '@tanstack/react-query'
import { Scale } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { AnswerComparison } from '../../../../../src/interfaces/client/index.ts'
import { client } from '../../../client.ts'
import { answersText } from '../../../text/comparison.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Input, Select } from '../../../ui/field.tsx'
import { formatBytes, formatCount, formatDuration, formatNumber, formatShare } from '../../../ui/format.ts'
import { formatVersion } from '../../../ui/format-time.ts'
import { modelsQuery, versionsOfQuery } from '../queries.ts'
import { SidesTable } from './sides-table.tsx'

const ON_WORKER = 'worker'

/** Asks two versions of a model, or a version and a worker's model, the same rows. */
export function CompareAnswersCard({ withPython }: { readonly withPython: boolean }): ReactNode {
  const models = useQuery(modelsQuery).data?.items ?? []
  const [chosen, setChosen] = useState<{ readonly model?: string; readonly a?: string; readonly b?: string; readonly worker?: string }>({})
  const trained = models.filter(({ activeVersion }) => activeVersion !== null)
  const model = chosen.model ?? trained[0]?.name
  const versions = useQuery({ ...versionsOfQuery(model ?? ''), enabled: model !== undefined }).data?.items ?? []
  const ways = versions.map(({ version, active, runtime }) => ({
    value: version,
    label: answersText.version(formatVersion(version), active, runtime?.name ?? 'node'),
  }))
  const others = withPython ? [...ways, { value: ON_WORKER, label: answersText.onWorker }] : ways
  const a = chosen.a ?? versions.find(({ active }) => active)?.version ?? versions[0]?.version
  const b = chosen.b ?? ways.find(({ value }) => value !== a)?.value ?? others.at(-1)?.value
  const isWorker = b === ON_WORKER
  const compare = useMutation({
    mutationFn: () =>
      client.model(model!).compareAnswers({ a: { version: a! }, b: isWorker ? { worker: chosen.worker! } : { version: b! } }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    compare.mutate()
  }
  if (trained.length === 0) return null
  return (
    <Card title={answersText.title} subtitle={answersText.hint} className="xl:col-span-12">
      <form onSubmit={submit} className="grid gap-3 sm:grid-cols-3">
        <Field label={answersText.model}>
          {(control) => (
            <Select
              {...control}
              options={trained.map(({ name }) => ({ value: name, label: name }))}
              value={model ?? ''}
              onChange={({ target }) => {
                setChosen({ model: target.value })
                compare.reset()
              }}
            />
          )}
        </Field>
        <Field label={answersText.first}>
          {(control) => (
            <Select {...control} options={ways} value={a ?? ''} onChange={({ target }) => setChosen({ ...chosen, a: target.value })} />
          )}
        </Field>
        <Field label={answersText.second}>
          {(control) => (
            <Select {...control} options={others} value={b ?? ''} onChange={({ target }) => setChosen({ ...chosen, b: target.value })} />
          )}
        </Field>
        {isWorker && (
          <Field label={answersText.worker} hint={answersText.workerHint} className="sm:col-span-3">
            {(control) => (
              <Input
                {...control}
                value={chosen.worker ?? ''}
                placeholder="tabular.penguins"
                onChange={({ target }) => setChosen({ ...chosen, worker: target.value })}
                className="sm:max-w-80"
              />
            )}
          </Field>
        )}
        <div className="sm:col-span-3">
          <Button
            type="submit"
            icon={Scale}
            busy={compare.isPending}
            disabled={a === undefined || b === undefined || (isWorker && !chosen.worker)}
          >
            {answersText.compare}
          </Button>
        </div>
      </form>
      {compare.error !== null && <ErrorPanel error={compare.error} title={answersText.failed} />}
      {compare.data !== undefined && <AnswersTable comparison={compare.data} />}
    </Card>
  )
}

function AnswersTable({ comparison }: { readonly comparison: AnswerComparison }): ReactNode {
  const { a, b, rows, sameLabel, probabilityDifference, valueDifference, parity } = comparison
  const head = answersText.columns
  return (
    <SidesTable
      title={answersText.title}
      columns={[head.who, head.p50, head.p99, head.rate, head.size, head.process]}
      sides={[a, b].map(({ version, worker, runtime, single, rowsPerSecond, sizeBytes, rssBytes }) => ({
        who: worker ?? (version === null ? '–' : formatVersion(version)),
        where: answersText.where[runtime],
        values: [
          formatDuration(single.p50Ms),
          formatDuration(single.p99Ms),
          formatCount(Math.round(rowsPerSecond)),
          formatBytes(sizeBytes),
          formatBytes(rssBytes),
        ],
      }))}
      parity={parity}
      verdict={parity ? answersText.parity : answersText.noParity}
    >
      {sameLabel !== null && <span>{answersText.same(formatShare(sameLabel), rows)}</span>}
      {probabilityDifference !== null && (
        <span>{answersText.apart(formatNumber(probabilityDifference.mean), formatNumber(probabilityDifference.largest))}</span>
      )}
      {valueDifference !== null && (
        <span>{answersText.values(formatNumber(valueDifference.mean), formatNumber(valueDifference.largest))}</span>
      )}
    </SidesTable>
  )
}

// What the model is to learn from, and the fine-tuning that is under way.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { GraduationCap } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Collection } from '../../../../../src/capabilities/search/schema.ts'
import type { FineTuneRequest } from '../../../../../src/embeddings.ts'
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { client } from '../../../client.ts'
import { useCan } from '../../../session.ts'
import { fineTuneText as words } from '../../../text/fine-tuning.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Select } from '../../../ui/field.tsx'
import { formatShare } from '../../../ui/format.ts'
import { ProgressBar } from '../../../ui/progress-bar.tsx'
import { TextLink } from '../../../ui/text-link.tsx'
import { facetsQuery } from '../../collections/queries.ts'
import { jobQuery } from '../../jobs/queries.ts'
import { lastFineTuningQuery } from '../queries.ts'

type Method = keyof typeof words.methods
const FROM_FILE = 'file:'

export function StartCard({ collection: { name, fields } }: { readonly collection: Collection }): ReactNode {
  const canTrain = useCan('train')
  const queryClient = useQueryClient()
  const usable = fields.filter(({ kind }) => kind === 'string' || kind === 'boolean')
  const { data: counts } = useQuery(
    facetsQuery(
      name,
      usable.map((field) => field.name),
      undefined,
    ),
  )
  const [chosen, setFrom] = useState<string>()
  const from = chosen ?? mostShared(usable, counts) ?? FROM_FILE
  const [method, setMethod] = useState<Method>('auto')
  const [file, setFile] = useState<File>()
  const start = useMutation({
    mutationFn: async () => {
      const examples = from === FROM_FILE ? await examplesOf(file) : { field: from }
      return client.collection(name).startFineTuning({ ...examples, method })
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['jobs', 'last'] }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    start.mutate()
  }
  return (
    <Card title={words.startTitle} subtitle={words.startHint}>
      {canTrain && (
        <form className="grid gap-4 sm:grid-cols-2" onSubmit={submit}>
          <Field label={words.from} hint={usable.length === 0 ? words.noFields : undefined}>
            {(control) => (
              <Select
                {...control}
                value={from}
                onChange={({ target }) => setFrom(target.value)}
                options={[
                  ...usable.map((field) => ({ value: field.name, label: words.byField(field.name) })),
                  { value: FROM_FILE, label: words.byFile },
                ]}
              />
            )}
          </Field>
          <Field label={words.method}>
            {(control) => (
              <Select
                {...control}
                value={method}
                onChange={({ target }) => setMethod(target.value as Method)}
                options={Object.entries(words.methods).map(([value, label]) => ({ value, label }))}
              />
            )}
          </Field>
          {from === FROM_FILE && (
            <Field label={words.file} hint={words.fileHint} className="sm:col-span-2">
              {(control) => (
                <input
                  {...control}
                  type="file"
                  accept=".ndjson,.jsonl,.json"
                  onChange={({ target }) => setFile(target.files?.[0])}
                  className="w-full min-w-0 text-sm"
                />
              )}
            </Field>
          )}
          <div className="sm:col-span-2">
            <Button type="submit" tone="primary" icon={GraduationCap} busy={start.isPending}>
              {words.start}
            </Button>
          </div>
        </form>
      )}
      {start.error !== null && <ErrorPanel error={start.error} title={words.start} />}
      <RunningJob model={name} />
    </Card>
  )
}

/** The field of the fewest values, but more than one: documents of a value are many then. */
function mostShared(
  fields: readonly { readonly name: string }[],
  counts: Readonly<Record<string, readonly unknown[]>> | undefined,
): string | undefined {
  const many = (name: string): number => counts?.[name]?.length ?? Number.POSITIVE_INFINITY
  const [best] = fields.filter(({ name }) => many(name) > 1).sort((a, b) => many(a.name) - many(b.name))
  return best?.name
}

function RunningJob({ model }: { readonly model: string }): ReactNode {
  const last = useQuery(lastFineTuningQuery(model))
  const known = last.data
  return known == null ? null : <FollowedJob id={known.id} />
}

function FollowedJob({ id }: { readonly id: string }): ReactNode {
  const { data: job } = useQuery(jobQuery(id))
  const cancel = useMutation({ mutationFn: () => client.jobs.cancel(id) })
  if (job === undefined) return null
  const isUnderWay = job.status === 'running' || job.status === 'queued'
  if (!isUnderWay && job.error === undefined) return null
  return (
    <div className="mt-4 border-t border-line pt-3">
      {isUnderWay ? <Progress job={job} /> : <p className="text-bad">{job.error?.message}</p>}
      <div className="mt-2 flex items-center gap-3">
        {isUnderWay && (
          <Button size="small" busy={cancel.isPending} onClick={() => cancel.mutate()}>
            {words.cancel}
          </Button>
        )}
        <TextLink to="/jobs/$job" params={{ job: id }}>
          {words.job}
        </TextLink>
      </div>
    </div>
  )
}

function Progress({ job: { progress, message } }: { readonly job: JobView }): ReactNode {
  return (
    <>
      <p className="mb-1.5 flex flex-wrap gap-x-3">
        <span className="font-semibold">{formatShare(progress, 0)}</span>
        <span className="min-w-0 text-muted">{message}</span>
      </p>
      <ProgressBar value={progress} label={words.progress} />
    </>
  )
}

async function examplesOf(file: File | undefined): Promise<Pick<FineTuneRequest, 'labelled' | 'pairs'>> {
  if (file === undefined) throw new Error(words.fileMissing)
  const lines = (await file.text()).split('\n').flatMap((line, at) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as object]
    } catch (error) {
      throw new Error(words.notJson(at + 1, (error as Error).message))
    }
  })
  const isPairs = lines[0] !== undefined && 'anchor' in lines[0]
  return (isPairs ? { pairs: lines } : { labelled: lines }) as Pick<FineTuneRequest, 'labelled' | 'pairs'>
}

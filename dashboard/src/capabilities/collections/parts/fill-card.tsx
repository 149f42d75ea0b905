// Documents from a file: dropped or chosen, written while one watches, refused ones named.
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import type { Collection } from '../../../../../src/capabilities/search/schema.ts'
import { fillText as words } from '../../../text/collections.ts'
import { Button } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { DropZone } from '../../../ui/drop-zone.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Field, Select } from '../../../ui/field.tsx'
import { ProgressBar } from '../../../ui/progress-bar.tsx'
import { propertiesOf } from './describe-document.ts'
import { type Fill, useFill } from './use-fill.ts'

const ACCEPT = '.csv,.tsv,.ndjson,.jsonl,.json,text/csv,text/plain'

export function FillCard({ collection: { name, definition } }: { readonly collection: Collection }): ReactNode {
  const fill = useFill(name, definition)
  const queryClient = useQueryClient()
  const [idFrom, setIdFrom] = useState('')
  const isOver = fill.state === 'done' || fill.state === 'stopped' || fill.state === 'failed'
  useEffect(() => {
    if (isOver) void queryClient.invalidateQueries({ queryKey: ['collections'] })
  }, [isOver, queryClient])
  return (
    <Card title={words.title} subtitle={words.subtitle} className="mb-4">
      {fill.state === 'idle' ? (
        <div className="grid items-end gap-4 md:grid-cols-[minmax(0,1fr)_16rem]">
          <DropZone isSmall accept={ACCEPT} title={words.drop} hint={words.dropHint} onFile={(file) => fill.start(file, idFrom)} />
          <Field label={words.idFrom} hint={words.idHint}>
            {(control) => (
              <Select
                {...control}
                value={idFrom}
                options={[
                  { value: '', label: words.rowNumber },
                  ...propertiesOf(definition)
                    .filter(([property]) => property !== 'id')
                    .map(([property]) => ({ value: property, label: property })),
                ]}
                onChange={({ target }) => setIdFrom(target.value)}
              />
            )}
          </Field>
        </div>
      ) : (
        <Filling fill={fill} />
      )}
    </Card>
  )
}

function Filling({ fill }: { readonly fill: Fill }): ReactNode {
  const { state, name, size, read, upserted, unchanged, failedCount, refusals, tookMs, error } = fill
  const isRunning = state === 'running'
  return (
    <div className="grid gap-3">
      {state === 'failed' && <ErrorPanel error={error} title={words.failed(name)} />}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="min-w-0 flex-1 break-words" role="status">
          {isRunning ? words.running(name) : state === 'stopped' ? words.stopped : state === 'done' && words.done(name, tookMs)}
        </p>
        <Button size="small" onClick={isRunning ? fill.stop : fill.reset}>
          {isRunning ? words.cancel : words.another}
        </Button>
      </div>
      {isRunning && <ProgressBar value={size === 0 ? undefined : read / size} label={words.running(name)} className="h-2.5" />}
      <p className="text-sm text-muted">
        {isRunning && `${words.progress(read, size)} · `}
        {words.counts(upserted, unchanged, failedCount)}
      </p>
      {refusals.length > 0 && (
        <div>
          <p className="font-medium">{words.refused}</p>
          <ul className="mt-1 grid gap-0.5 text-sm text-muted">
            {refusals.map((refusal) => (
              <li key={refusal.row} className="break-words">
                {words.refusedRow(refusal.row, refusal.error)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}

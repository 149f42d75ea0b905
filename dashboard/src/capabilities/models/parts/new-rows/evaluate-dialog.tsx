// Rows with the target, from a file or from a table that is there, judge a version.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { NewRowsEvaluation } from '../../../../../../src/capabilities/models/reports/new-rows/schema.ts'
import { TandemError } from '../../../../../../src/errors.ts'
import { client } from '../../../../client.ts'
import { newRowsText as words } from '../../../../text/new-rows.ts'
import { stateText } from '../../../../text/shell.ts'
import { Button } from '../../../../ui/button.tsx'
import { Dialog } from '../../../../ui/dialog.tsx'
import { DropZone } from '../../../../ui/drop-zone.tsx'
import { ErrorPanel } from '../../../../ui/error-panel.tsx'
import { Field, Select } from '../../../../ui/field.tsx'
import { formatCount, formatShare } from '../../../../ui/format.ts'
import { uploadTable } from '../../../../upload.ts'
import { tablesQuery } from '../../../training/queries.ts'
import { newRowsListQuery, newRowsQuery } from '../../queries.ts'

interface EvaluateDialogProps {
  readonly model: string
  readonly version: string
  readonly target: string
  readonly open: boolean
  readonly onClose: () => void
  readonly onDone: (evaluation: string) => void
}

const ACCEPT = '.csv,.tsv,.tab,.txt,.ndjson,.jsonl,text/csv,text/plain'

export function EvaluateDialog({ model, version, target, open, onClose, onDone }: EvaluateDialogProps): ReactNode {
  const [table, setTable] = useState('')
  const [state, setState] = useState<string>()
  const [error, setError] = useState<unknown>()
  const controller = useRef<AbortController>(undefined)
  const queryClient = useQueryClient()
  const tables = useQuery({ ...tablesQuery, enabled: open }).data?.items ?? []
  useEffect(() => () => controller.current?.abort(), [])

  const judge = async (rows: (signal: AbortSignal) => Promise<{ readonly id: string; readonly name: string }>): Promise<void> => {
    const own = new AbortController()
    controller.current = own
    setError(undefined)
    try {
      const { id, name } = await rows(own.signal)
      setState(words.judging)
      const options = { name, unknownColumns: 'ignore', raggedRows: 'skip', importances: true, signal: own.signal } as const
      const found: NewRowsEvaluation = await client.model(model).evaluate(version, { table: id }, options)
      queryClient.setQueryData(newRowsQuery(model, found.version, found.id).queryKey, found)
      await queryClient.invalidateQueries(newRowsListQuery(model, found.version))
      void queryClient.invalidateQueries({ queryKey: ['models', 'card', model] })
      onDone(found.id)
    } catch (failure) {
      if (!own.signal.aborted) setError(failure)
    } finally {
      setState(undefined)
    }
  }
  const fromFile = (file: File): void =>
    void judge(async (signal) => {
      const onProgress = (sent: number): void => setState(words.uploading(formatShare(file.size === 0 ? 1 : sent / file.size, 0)))
      onProgress(0)
      const { table: uploaded } = await uploadTable(file, { onProgress, signal })
      void queryClient.invalidateQueries(tablesQuery)
      return uploaded
    })
  const fromTable = (): void =>
    void judge(async () => {
      setState(words.judging)
      return tables.find(({ id }) => id === table)!
    })
  const close = (): void => {
    controller.current?.abort()
    setError(undefined)
    onClose()
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => next || close()}
      title={words.title}
      description={words.description(target)}
      footer={
        <>
          <Button onClick={close}>{stateText.cancel}</Button>
          <Button tone="primary" disabled={table === ''} busy={state !== undefined} onClick={fromTable}>
            {words.start}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        {state === undefined ? (
          <DropZone isSmall accept={ACCEPT} title={words.drop} hint={words.dropHint} onFile={fromFile} />
        ) : (
          <p role="status" className="py-6 text-center text-muted">
            {state}
          </p>
        )}
        {tables.length > 0 && (
          <Field label={words.table}>
            {(control) => (
              <Select
                {...control}
                value={table}
                onChange={({ target: { value } }) => setTable(value)}
                options={[
                  { value: '', label: words.noTable },
                  ...tables.map(({ id, name, rows }) => ({ value: id, label: `${name}, ${formatCount(rows)} rows` })),
                ]}
              />
            )}
          </Field>
        )}
      </div>
      {error !== undefined && (
        <>
          <ErrorPanel error={error} title={words.failed} />
          <Places error={error} />
        </>
      )}
    </Dialog>
  )
}

/** The first places that are wrong. */
function Places({ error }: { readonly error: unknown }): ReactNode {
  const places = (TandemError.is(error) ? error.errors : undefined) ?? []
  if (places.length < 2) return null
  return (
    <ul className="list-disc pl-11 text-sm break-words text-muted">
      {places.slice(0, 5).map(({ path, message }) => (
        <li key={path}>{message}</li>
      ))}
    </ul>
  )
}

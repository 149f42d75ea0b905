// The first step: a file is dropped or chosen, and uploaded while one watches; or one uploaded before is taken again.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { TableInfo } from '../../../../../src/capabilities/training/schema.ts'
import { client } from '../../../client.ts'
import { fileText } from '../../../text/training.ts'
import { Button, IconButton } from '../../../ui/button.tsx'
import { Card } from '../../../ui/card.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { CodeBlock } from '../../../ui/code-block.tsx'
import { DropZone } from '../../../ui/drop-zone.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { formatBytes } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { ProgressBar } from '../../../ui/progress-bar.tsx'
import { linkLook } from '../../../ui/text-link.tsx'
import { Time } from '../../../ui/time.tsx'
import { notify, notifyFailure } from '../../../ui/toast.tsx'
import { tablesQuery } from '../queries.ts'
import type { TrainSearch } from '../search.ts'
import { type Upload, useUpload } from './use-upload.ts'

const ACCEPT = '.csv,.tsv,.tab,.txt,.ndjson,.jsonl,.json,text/csv,text/plain'

export function FileStep({ search }: { readonly search: TrainSearch }): ReactNode {
  const navigate = useNavigate()
  const upload = useUpload((table) => void navigate({ to: '/train', search: { ...search, table } }))
  return (
    <div className="grid gap-4">
      {upload.file === undefined || upload.error !== undefined ? (
        <>
          {upload.error !== undefined && (
            <div className="rounded-lg border border-line bg-surface">
              <ErrorPanel error={upload.error} title={fileText.failed(upload.file?.name ?? '')} />
            </div>
          )}
          <DropZone accept={ACCEPT} title={fileText.drop} hint={fileText.dropHint} onFile={upload.start} />
        </>
      ) : (
        <Uploading upload={upload} file={upload.file} />
      )}
      <Kept search={search} />
      <CodeBlock label={fileText.cli} code="npx tandem train --csv titanic.csv --target survived --algorithm auto" />
    </div>
  )
}

function Uploading({ upload, file }: { readonly upload: Upload; readonly file: File }): ReactNode {
  const { sent, rate, leftMs, cancel } = upload
  const isReading = sent >= file.size
  return (
    <Card
      title={fileText.uploading(file.name)}
      subtitle={isReading ? fileText.reading : fileText.progress(sent, file.size)}
      tools={
        <Button size="small" onClick={cancel}>
          {fileText.cancel}
        </Button>
      }
    >
      <ProgressBar value={isReading ? undefined : sent / file.size} label={fileText.uploading(file.name)} className="h-2.5" />
      <p className="mt-2 min-h-5 text-sm text-muted" aria-live="off">
        {!isReading &&
          rate !== undefined &&
          [fileText.rate(rate), leftMs !== undefined && fileText.left(leftMs)].filter(Boolean).join(' · ')}
      </p>
    </Card>
  )
}

function Kept({ search }: { readonly search: TrainSearch }): ReactNode {
  const query = useQuery(tablesQuery)
  return (
    <Card title={fileText.kept} subtitle={fileText.keptSubtitle} flush>
      <Loaded query={query} skeleton={<div className="h-16" />}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="px-4 pb-4 text-muted">{fileText.keptNone}</p>
          ) : (
            <ul className="pb-1">
              {items.map((table) => (
                <KeptTable key={table.id} table={table} search={search} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}

function KeptTable({ table, search }: { readonly table: TableInfo; readonly search: TrainSearch }): ReactNode {
  const queryClient = useQueryClient()
  const { id, name, rows, columns, bytes, expiresAt } = table
  const remove = async (): Promise<void> => {
    try {
      await client.tables.delete(id)
      notify({ title: fileText.removed(name) })
    } catch (error) {
      notifyFailure(fileText.removeFailed(name), error)
    }
    await queryClient.invalidateQueries({ queryKey: ['tables', 'list'] })
  }
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-0.5 border-t border-line/70 px-4 py-1.5">
      <Link to="/train" search={{ ...search, table: id }} className={classNames(linkLook, 'min-w-0 truncate max-sm:flex-1')}>
        {name}
      </Link>
      <span className="text-sm text-muted max-sm:order-last max-sm:w-full">
        {fileText.size(rows, columns)} · {formatBytes(bytes)}
      </span>
      <span className="ml-auto flex items-center gap-2 text-sm text-faint">
        <span className="max-md:hidden">
          {fileText.expires} <Time at={expiresAt} />
        </span>
        <IconButton icon={Trash2} size="small" label={fileText.remove(name)} onClick={() => void remove()} />
      </span>
    </li>
  )
}

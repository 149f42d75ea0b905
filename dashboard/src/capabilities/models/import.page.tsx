// A model that was trained elsewhere: the file, what was recognised in it, and what it becomes.
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { FoundModel } from '../../../../src/capabilities/training/interchange/schema.ts'
import { importText as words } from '../../text/import.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { DropZone } from '../../ui/drop-zone.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { lookAtModelFile } from '../../upload.ts'
import { ImportForm } from './parts/import/import-form.tsx'

const ACCEPT = '.onnx,.txt,.json,.ubj,.tdm,.lgb,.model'

export function ImportPage(): ReactNode {
  const [file, setFile] = useState<File>()
  const [found, setFound] = useState<FoundModel>()
  const [error, setError] = useState<unknown>()
  const controller = useRef<AbortController>(undefined)
  useEffect(() => () => controller.current?.abort(), [])
  const look = async (chosen: File): Promise<void> => {
    controller.current?.abort()
    const own = new AbortController()
    controller.current = own
    setFile(chosen)
    setFound(undefined)
    setError(undefined)
    try {
      // A name that no model has: what is in the file, whatever stands here.
      setFound(await lookAtModelFile('a-new-model', chosen, {}, { signal: own.signal }))
    } catch (failure) {
      if (!own.signal.aborted) setError(failure)
    }
  }
  const again = (): void => {
    setFile(undefined)
    setFound(undefined)
  }
  return (
    <>
      <PageHead title={words.title} facts={words.facts} />
      {file !== undefined && found !== undefined ? (
        <ImportForm key={`${file.name} ${file.lastModified}`} file={file} found={found} onAnother={again} />
      ) : file !== undefined && error === undefined ? (
        <section aria-label={words.looking(file.name)} aria-busy>
          <p className="mb-2 text-muted">{words.looking(file.name)}</p>
          <SkeletonLines lines={5} />
        </section>
      ) : (
        <div className="grid gap-4">
          {error !== undefined && (
            <div className="rounded-lg border border-line bg-surface">
              <ErrorPanel error={error} title={`${words.failed}: ${file?.name ?? ''}`} />
            </div>
          )}
          <DropZone accept={ACCEPT} title={words.drop} hint={words.dropHint} onFile={(chosen) => void look(chosen)} />
          <CodeBlock label={words.cli} code="npx tandem models import churn --file model.txt --target churned --classes no,yes" />
        </div>
      )}
    </>
  )
}

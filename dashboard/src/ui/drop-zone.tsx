// Where one file is dropped or chosen.
import { FileUp } from 'lucide-react'
import { type DragEvent, type ReactNode, useId, useState } from 'react'
import { fileText } from '../text/training.ts'
import { classNames } from './class-names.ts'
import { notify } from './toast.tsx'

export interface DropZoneProps {
  /** As of an input for files. */
  readonly accept: string
  readonly title: string
  readonly hint: string
  readonly onFile: (file: File) => void
  /** Within a dialog. */
  readonly isSmall?: boolean
}

export function DropZone({ accept, title, hint, onFile, isSmall = false }: DropZoneProps): ReactNode {
  const id = useId()
  const [isOver, setIsOver] = useState(false)
  const take = (files: FileList | null): void => {
    const [file, second] = files ?? []
    if (second !== undefined) notify({ title: fileText.oneFile })
    else if (file !== undefined) onFile(file)
  }
  const onDrag = (event: DragEvent, over: boolean): void => {
    event.preventDefault()
    setIsOver(over)
  }
  return (
    <label
      onDragOver={(event) => onDrag(event, true)}
      onDragLeave={(event) => onDrag(event, false)}
      onDrop={(event) => {
        onDrag(event, false)
        take(event.dataTransfer.files)
      }}
      className={classNames(
        'flex cursor-pointer flex-col items-center rounded-lg border-2 border-dashed px-4 text-center',
        'has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
        isSmall ? 'py-6' : 'py-12',
        isOver ? 'border-accent bg-accent-soft' : 'border-strong bg-surface hover:bg-sunken',
      )}
    >
      <input
        type="file"
        accept={accept}
        className="sr-only"
        aria-describedby={`${id}-hint`}
        onChange={({ target }) => {
          take(target.files)
          // The same file may be chosen again after it was mended.
          target.value = ''
        }}
      />
      {!isSmall && (
        <span className="mb-3 grid size-11 place-items-center rounded-full bg-accent-soft text-accent">
          <FileUp size={22} aria-hidden />
        </span>
      )}
      <span className={isSmall ? 'font-semibold' : 'text-lg font-semibold'}>{isOver ? fileText.dropNow : title}</span>
      <span className="mt-2 inline-flex h-8 items-center rounded-md border border-strong bg-surface px-3 font-medium max-sm:h-11">
        {fileText.choose}
      </span>
      <span id={`${id}-hint`} className="mt-3 max-w-prose text-sm text-muted text-pretty">
        {hint}
      </span>
    </label>
  )
}

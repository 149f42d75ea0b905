// One upload under way: how far, how fast, how long still; canceled when the page is left.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { fileText } from '../../../text/training.ts'
import { notify } from '../../../ui/toast.tsx'
import { uploadTable } from '../../../upload.ts'
import { tableQuery, tablesQuery } from '../queries.ts'

export interface Upload {
  readonly file: File | undefined
  readonly error: unknown
  readonly sent: number
  /** Bytes a second, over the last seconds; undefined while it cannot be said. */
  readonly rate: number | undefined
  readonly leftMs: number | undefined
  start(file: File): void
  cancel(): void
}

interface Sample {
  readonly at: number
  readonly sent: number
}

/** The rate is that of so many milliseconds. */
const RATE_OVER_MS = 3_000
const CANCELED = Symbol('canceled')

export function useUpload(onDone: (table: string) => void): Upload {
  const [file, setFile] = useState<File>()
  const [error, setError] = useState<unknown>()
  const [samples, setSamples] = useState<readonly Sample[]>([])
  const controller = useRef<AbortController>(undefined)
  const queryClient = useQueryClient()
  useEffect(() => () => controller.current?.abort(CANCELED), [])

  const start = async (chosen: File): Promise<void> => {
    controller.current?.abort(CANCELED)
    const own = new AbortController()
    controller.current = own
    setFile(chosen)
    setError(undefined)
    setSamples([{ at: performance.now(), sent: 0 }])
    try {
      const onProgress = (sent: number): void => setSamples((old) => withSample(old, { at: performance.now(), sent }))
      const view = await uploadTable(chosen, { onProgress, signal: own.signal })
      queryClient.setQueryData(tableQuery(view.table.id, {}).queryKey, view)
      void queryClient.invalidateQueries(tablesQuery)
      onDone(view.table.id)
    } catch (failure) {
      if (own.signal.aborted) return
      setError(failure)
    }
  }
  const cancel = (): void => {
    controller.current?.abort(CANCELED)
    setFile(undefined)
    notify({ title: fileText.canceled })
  }
  const [first, last] = [samples[0], samples.at(-1)]
  const elapsed = first && last ? last.at - first.at : 0
  const rate = elapsed > 300 ? ((last!.sent - first!.sent) / elapsed) * 1000 : undefined
  const left = file === undefined || last === undefined ? undefined : file.size - last.sent
  return {
    file,
    error,
    sent: last?.sent ?? 0,
    rate,
    leftMs: rate === undefined || rate === 0 || left === undefined ? undefined : (left / rate) * 1000,
    start: (chosen) => void start(chosen),
    cancel,
  }
}

/** Keeps those of the last seconds, and one before them to measure from. */
function withSample(samples: readonly Sample[], next: Sample): readonly Sample[] {
  const recent = samples.findIndex(({ at }) => at > next.at - RATE_OVER_MS)
  return [...samples.slice(Math.max(0, recent - 1)), next]
}

import { useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'
import type { TrainSearch } from '../search.ts'

/** Changes what the address remembers, in place: going back leaves the step, not the last tick of a box. */
export function useSearchUpdate(): (change: TrainSearch) => void {
  const navigate = useNavigate()
  return useCallback(
    (change) => void navigate({ to: '/train', search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false }),
    [navigate],
  )
}

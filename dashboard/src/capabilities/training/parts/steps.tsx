import { Link } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { fileText } from '../../../text/training.ts'
import { classNames } from '../../../ui/class-names.ts'
import type { TrainSearch } from '../search.ts'

export const STEPS = ['file', 'columns', 'run', 'result'] as const
export type Step = (typeof STEPS)[number]

/** Where one is; steps that were made are links back. */
export function Steps({ now, search }: { readonly now: Step; readonly search: TrainSearch }): ReactNode {
  const place = STEPS.indexOf(now)
  return (
    <ol aria-label={fileText.steps.label} className="mb-4 flex flex-wrap items-center gap-x-1 gap-y-2 border-b border-line pb-3">
      {STEPS.map((step, index) => {
        const back = index < place ? searchOf(step, search) : undefined
        const look = classNames(
          'inline-flex h-8 items-center gap-2 rounded-md px-2 max-sm:px-1',
          index === place ? 'font-semibold text-text' : 'text-muted',
          back !== undefined && 'hover:bg-sunken hover:text-text',
        )
        const content = (
          <>
            <span
              aria-hidden
              className={classNames(
                'grid size-5 shrink-0 place-items-center rounded-full text-xs font-semibold',
                index === place ? 'bg-accent text-on-accent' : index < place ? 'bg-good-soft text-good' : 'bg-sunken text-muted',
              )}
            >
              {index < place ? <Check size={12} strokeWidth={3} /> : index + 1}
            </span>
            {fileText.steps[step]}
          </>
        )
        return (
          <li key={step} aria-current={index === place ? 'step' : undefined} className="flex items-center gap-1">
            {index > 0 && (
              <span aria-hidden className="text-faint max-sm:hidden">
                ›
              </span>
            )}
            {back === undefined ? (
              <span className={look}>{content}</span>
            ) : (
              <Link to="/train" search={back} className={look}>
                {content}
              </Link>
            )}
          </li>
        )
      })}
    </ol>
  )
}

/** The address of a step that was made. */
export function searchOf(step: Step, search: TrainSearch): TrainSearch | undefined {
  const { job: _, step: _step, ...rest } = search
  if (step === 'file') return search.model === undefined ? {} : { model: search.model }
  if (search.table === undefined) return undefined
  return step === 'columns' ? rest : { ...rest, step: 'run' }
}

// Who fits a model: the choice in every form that trains, and how a version tells it.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Version } from '../../src/capabilities/models/schema.ts'
import type { TrainOptions } from '../../src/interfaces/client/index.ts'
import { type Algorithm, useAlgorithmInfo } from './algorithms.ts'
import { client } from './client.ts'
import { fitterText } from './text/fitter.ts'
import { Field, Select } from './ui/field.tsx'

export type TrainingRuntime = NonNullable<TrainOptions['runtime']>

export const RUNTIMES: readonly TrainingRuntime[] = ['node', 'python', 'fastest', 'best']

/** Whether workers are set up here; true until it is known. */
export function useHasPython(): boolean {
  const { data } = useQuery({
    queryKey: ['runtimes', 'list'],
    queryFn: ({ signal }) => client.runtimes.list({ signal }),
  })
  return data?.find(({ kind }) => kind === 'python')?.state !== 'disabled'
}

interface FitterFieldProps {
  /** Undefined while it is not known. */
  readonly algorithm: Algorithm | undefined
  /** Empty: as the definition says. */
  readonly value: TrainingRuntime | ''
  /** What the empty choice stands for. */
  readonly usual: string
  readonly onChange: (runtime: TrainingRuntime | '') => void
}

/** Nothing where there is no choice: an algorithm of one runtime alone. */
export function FitterField({ algorithm, value, usual, onChange }: FitterFieldProps): ReactNode {
  const hasPython = useHasPython()
  const runtimes = useAlgorithmInfo().find(({ name }) => name === algorithm)?.runtimes ?? []
  const choices = algorithm === 'auto' ? (['node', 'best'] as const) : runtimes.length > 1 ? RUNTIMES : []
  if (choices.length === 0) return null
  return (
    <Field label={fitterText.title} hint={hasPython ? fitterText.hints[value === '' ? 'usual' : value] : fitterText.noPython}>
      {(control) => (
        <Select
          {...control}
          value={choices.some((choice) => choice === value) ? value : ''}
          disabled={!hasPython}
          onChange={({ target }) => onChange(target.value as TrainingRuntime | '')}
          options={[
            { value: '', label: usual },
            ...choices.map((choice) => ({
              value: choice,
              label: algorithm === 'auto' && choice === 'best' ? fitterText.bestOfAll : fitterText.choices[choice],
            })),
          ]}
        />
      )}
    </Field>
  )
}

/** "Node", or "Python 3.12.3, scikit-learn 1.9.1". */
export function fitterOf({ runtime }: Version): string {
  if (runtime === undefined || runtime.name === 'node') return fitterText.node
  const { python, lightgbm, ...libraries } = runtime.libraries
  const library = lightgbm === undefined ? `scikit-learn ${libraries['scikit-learn'] ?? ''}` : `LightGBM ${lightgbm}`
  return `Python ${python ?? ''}, ${library}`.trim()
}

/** Why it was this one, where there was a choice. */
export function fitterReason({ runtime }: Version): string | undefined {
  if (runtime === undefined) return undefined
  if (runtime.fallback !== null) return fitterText.fallback(runtime.asked, runtime.fallback.message)
  return runtime.decided ?? undefined
}

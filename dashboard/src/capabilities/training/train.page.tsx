// A table in, a model out: file, columns, run, result. The address holds every choice, so a reload goes on where it was.
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { fileText } from '../../text/training.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { ColumnsStep } from './parts/columns-step.tsx'
import { FileStep } from './parts/file-step.tsx'
import { RunStep } from './parts/run-step.tsx'
import { type Step, Steps } from './parts/steps.tsx'
import { TrainingStep } from './parts/training-step.tsx'
import { useTraining } from './parts/use-training.ts'

const route = getRouteApi('/train')

export function TrainPage(): ReactNode {
  const search = route.useSearch()
  const { table, model, step, target, job } = search
  const training = useTraining(job)
  const now: Step =
    job !== undefined
      ? training.data?.status === 'succeeded'
        ? 'result'
        : 'run'
      : table === undefined
        ? 'file'
        : step === 'run' && (target !== undefined || model !== undefined)
          ? 'run'
          : 'columns'
  return (
    <>
      <PageHead title={fileText.title} facts={model === undefined || table !== undefined ? fileText.facts : fileText.factsFor(model)} />
      <Steps now={now} search={search} />
      {job !== undefined ? (
        <TrainingStep training={training} search={search} />
      ) : table === undefined ? (
        <FileStep search={search} />
      ) : now === 'run' ? (
        <RunStep table={table} search={search} />
      ) : (
        <ColumnsStep table={table} search={search} />
      )}
    </>
  )
}

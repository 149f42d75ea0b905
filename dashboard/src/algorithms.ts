// What models can learn by: the server says it, once.
import { queryOptions, useQuery } from '@tanstack/react-query'
import type { AlgorithmInfo, TrainOptions } from '../../src/interfaces/client/index.ts'
import { client } from './client.ts'

export type Algorithm = NonNullable<TrainOptions['algorithm']>

const algorithmsQuery = queryOptions({
  queryKey: ['algorithms'],
  queryFn: ({ signal }) => client.algorithms({ signal }),
  // They change with the server's version, which a page that is open does not outlive.
  staleTime: Number.POSITIVE_INFINITY,
})

export function useAlgorithmInfo(): readonly AlgorithmInfo[] {
  return useQuery(algorithmsQuery).data ?? []
}

/** `auto` first, then those that do the task, in the server's order; `auto` alone until they are known. */
export function useAlgorithms(task: 'classification' | 'regression' | undefined): readonly Algorithm[] {
  const fitting = useAlgorithmInfo().filter(({ tasks }) => task === undefined || tasks.includes(task))
  return ['auto', ...fitting.map(({ name }) => name)]
}

/** Whether only a Python worker can fit it. */
export function useIsPythonOnly(): (algorithm: Algorithm) => boolean {
  const known = useAlgorithmInfo()
  return (algorithm) => known.find(({ name }) => name === algorithm)?.runtimes.includes('node') === false
}

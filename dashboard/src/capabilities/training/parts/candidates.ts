// What "try all" has compared, from the result of a job or from a version.
import type { Candidate } from '../../../../../src/capabilities/models/schema.ts'

export function candidatesOf(result: unknown): readonly Candidate[] {
  if (typeof result !== 'object' || result === null || !('candidates' in result) || !Array.isArray(result.candidates)) return []
  return result.candidates as readonly Candidate[]
}

/** What tells a candidate from the others of its algorithm: only the settings in which they differ. */
export function detailOf(candidate: Candidate, all: readonly Candidate[]): string {
  const others = all.filter(({ algorithm }) => algorithm === candidate.algorithm)
  const differs = (name: string): boolean => others.some(({ parameters }) => parameters[name] !== candidate.parameters[name])
  return Object.entries(candidate.parameters)
    .filter(([name]) => differs(name))
    .map(([name, value]) => `${NAMES[name] ?? name} ${String(value)}`)
    .join(', ')
}

const NAMES: Readonly<Record<string, string>> = {
  nEstimators: 'trees',
  maxDepth: 'depth',
  maxLeaves: 'leaves',
  learningRate: 'rate',
  minSamplesLeaf: 'rows a leaf',
  minSamplesSplit: 'rows to split',
  lambda: 'penalty',
  alpha: 'penalty',
  maxFeatures: 'columns',
}

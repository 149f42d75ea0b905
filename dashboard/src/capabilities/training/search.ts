// What the address of "Train from a file" remembers: everything, so that a reload goes on where it was.
import type { ColumnChoices } from '../../../../src/capabilities/training/schema.ts'
import type { Algorithm } from '../../algorithms.ts'
import { RUNTIMES, type TrainingRuntime } from '../../fitter.tsx'
import { flag, numberIn, oneOf, text } from '../../search-params.ts'

export const DELIMITERS = [',', ';', '\t', '|'] as const
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export const DECIMALS = ['.', ','] as const
export const KINDS = ['number', 'integer', 'boolean', 'category', 'text', 'date'] as const
export const BUDGETS = [15, 60, 300, 1800] as const

export const SPLITS = ['group', 'time'] as const

export type Kind = (typeof KINDS)[number]

export interface TrainSearch {
  /** The uploaded table. */
  readonly table?: string
  readonly delimiter?: (typeof DELIMITERS)[number]
  readonly encoding?: (typeof ENCODINGS)[number]
  readonly header?: boolean
  readonly decimal?: (typeof DECIMALS)[number]
  readonly target?: string
  readonly columns?: ColumnChoices
  /** Name of the model, new or not. */
  readonly model?: string
  readonly algorithm?: Algorithm
  readonly runtime?: TrainingRuntime
  readonly budget?: number
  readonly seed?: number
  /** Column of the weights of rows. */
  readonly weight?: string
  readonly splitBy?: (typeof SPLITS)[number]
  readonly splitColumn?: string
  /** The columns are settled. */
  readonly step?: 'run'
  /** The training that was started. */
  readonly job?: string
}

export function trainSearch(search: Record<string, unknown>): TrainSearch {
  const budget = numberIn(search, 'budget')
  const seed = numberIn(search, 'seed')
  return {
    table: text(search, 'table'),
    delimiter: oneOf(search, 'delimiter', DELIMITERS),
    encoding: oneOf(search, 'encoding', ENCODINGS),
    header: flag(search, 'header'),
    decimal: oneOf(search, 'decimal', DECIMALS),
    target: text(search, 'target'),
    columns: choicesIn(search.columns),
    model: text(search, 'model'),
    // Which there are, the server knows; it refuses any other by its name.
    algorithm: text(search, 'algorithm') as Algorithm | undefined,
    runtime: oneOf(search, 'runtime', RUNTIMES),
    budget: budget !== undefined && budget >= 1 && budget <= 86_400 ? Math.round(budget) : undefined,
    seed: seed !== undefined && Number.isInteger(seed) && seed >= 0 && seed <= 4_294_967_295 ? seed : undefined,
    weight: text(search, 'weight'),
    splitBy: oneOf(search, 'splitBy', SPLITS),
    splitColumn: text(search, 'splitColumn'),
    step: oneOf(search, 'step', ['run']),
    job: text(search, 'job'),
  }
}

function choicesIn(value: unknown): ColumnChoices | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const choices: ColumnChoices = {}
  for (const [name, given] of Object.entries(value)) {
    if (typeof given !== 'object' || given === null) continue
    const kind = oneOf(given as Record<string, unknown>, 'kind', KINDS)
    const use = flag(given as Record<string, unknown>, 'use')
    if (kind !== undefined || use !== undefined) choices[name] = { ...(kind && { kind }), ...(use === undefined ? {} : { use }) }
  }
  return Object.keys(choices).length === 0 ? undefined : choices
}

// What the job "train" is given and what it leaves behind, as both are stored.
import type { AlgorithmParameters } from '../../definitions.ts'
import type { Candidate, ModelDefinition } from '../models/index.ts'
import type { Policy } from './gate.ts'
import type { TableWarning } from './schema.ts'

export interface TrainPayload {
  readonly model: string
  /** Null: the newest one, if any. */
  readonly dataset: string | null
  /** Instead of the definition's; jobs of older servers have none. */
  readonly runtime?: ModelDefinition['runtime'] | null
  /** Adds predictions whose outcome is known. */
  readonly outcomes: boolean
  /** As it was when the rows were checked; null: as it is when the job runs. */
  readonly definition: ModelDefinition | null
  readonly algorithm: ModelDefinition['algorithm'] | null
  /** How long algorithms are tried, for `auto`; jobs of older servers have none. */
  readonly budgetSeconds?: number | null
  /** How many settings of the algorithm are drawn and compared; jobs of older servers have none. */
  readonly tune?: number | null
  /** Instead of all of the definition's; jobs of older servers have none. */
  readonly parameters?: AlgorithmParameters | null
  readonly seed: number | null
  readonly activate: Policy
  readonly actor: string
  readonly action: 'train' | 'retrain'
  /** What was noticed of the table that defined a new model; jobs of older servers have none. */
  readonly warnings?: readonly TableWarning[]
}

export interface TrainResultSummary {
  readonly model: string
  readonly version: string
  readonly activated: boolean
  readonly reason: string
  readonly rows: number
  readonly skippedRows: number
  /** What `auto` compared. */
  readonly candidates?: readonly Candidate[]
  /** Of a new model whose definition was inferred: columns left out and why, and what else to check in the table. */
  readonly warnings?: readonly TableWarning[]
}

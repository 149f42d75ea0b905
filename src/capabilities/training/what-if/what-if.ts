// Asking a version what it would say: reads its file and its sample of training rows, and lets a thread do the rest.
import { TandemError } from '../../../errors.ts'
import type { Artifacts } from '../../../platform/storage/artifacts.ts'
import type { ThreadPool } from '../../../platform/threads/pool.ts'
import type { Models } from '../../models/index.ts'
import type { CounterfactualsTask } from './counterfactuals-of.ts'
import type { PartialDependenceInput, VersionFiles } from './partial-dependence-of.ts'
import { type Counterfactuals, type CounterfactualsInput, CounterfactualsInputSchema, MOST_GRID, type PartialDependence } from './schema.ts'

export interface PartialDependenceOptions {
  /** A second feature, for a surface over both. */
  readonly with?: string | undefined
  /** Whose probability is followed; the second of two classes, the first of more unless said. */
  readonly class?: string | undefined
  readonly version?: string | undefined
  /** Values at most; default 20. */
  readonly grid?: number | undefined
  /** Single rows to show; default 30. */
  readonly rows?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface CounterfactualsOptions extends Omit<CounterfactualsInput, 'features'> {
  readonly signal?: AbortSignal | undefined
}

export interface WhatIf {
  /** @throws `invalid_input` for what is no feature; `conflict` for a version from before sample rows were kept. */
  partialDependence(model: string, feature: string, options?: PartialDependenceOptions): Promise<PartialDependence>
  /** @throws as above; `conflict` also when the row reaches the goal already. */
  counterfactuals(model: string, features: CounterfactualsInput['features'], options?: CounterfactualsOptions): Promise<Counterfactuals>
}

export interface WhatIfParts {
  readonly models: Models
  readonly artifacts: Artifacts
  readonly pool: ThreadPool
}

/** Single rows beside a curve. */
const MOST_SHOWN = 100
/** Curves in memory: a version never changes, so neither do they. */
const MAX_KNOWN = 200

export function createWhatIf({ models, artifacts, pool }: WhatIfParts): WhatIf {
  const known = new Map<string, Omit<PartialDependence, 'model' | 'version'>>()
  const filesOf = async (model: string, reference: string | undefined): Promise<VersionFiles> => {
    const { activeVersion } = await models.find(model)
    if (reference === undefined && activeVersion === null) {
      throw new TandemError('no_version', `Model "${model}" has no version to ask. Train it with POST /v1/models/${model}/train.`, {
        details: { model },
      })
    }
    const { version, artifact } = await models.getVersion(model, reference ?? activeVersion!)
    const sample = await models.sample(model, version)
    if (sample === undefined) {
      throw new TandemError(
        'conflict',
        `Version ${version} of model "${model}" has no sample of its training rows: it was made before these were kept. Train it again.`,
        { details: { model, version } },
      )
    }
    return { name: model, version, artifact: artifact.sha256, file: await artifacts.get(artifact.sha256), sample }
  }
  return {
    async partialDependence(model, feature, { version: reference, grid = 20, rows = 30, signal, ...asked } = {}) {
      if (!Number.isInteger(grid) || grid < 2 || grid > MOST_GRID)
        throw unfit('/grid', `grid must be a whole number from 2 to ${MOST_GRID}, got ${grid}`)
      if (!Number.isInteger(rows) || rows < 0 || rows > MOST_SHOWN)
        throw unfit('/rows', `rows must be a whole number from 0 to ${MOST_SHOWN}, got ${rows}`)
      const files = await filesOf(model, reference)
      const { version } = files
      const input: PartialDependenceInput = { ...files, feature, with: asked.with, class: asked.class, grid, rows }
      const key = JSON.stringify([model, version, files.artifact, feature, asked.with, asked.class, grid, rows])
      const curve =
        known.get(key) ??
        (await pool.run<Omit<PartialDependence, 'model' | 'version'>>('training.partial-dependence', input, signal ? { signal } : {}))
      if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value!)
      known.set(key, curve)
      return { model, version, ...curve }
    },
    async counterfactuals(model, features, { version: reference, signal, ...asked } = {}) {
      const files = await filesOf(model, reference)
      const input = CounterfactualsInputSchema.safeParse({ features, ...asked })
      if (!input.success) throw unfitInput(input.error.issues)
      const task: CounterfactualsTask = { ...files, input: input.data }
      const found = await pool.run<Omit<Counterfactuals, 'model' | 'version'>>('training.counterfactuals', task, signal ? { signal } : {})
      return { model, version: files.version, ...found }
    },
  }
}

function unfit(path: string, message: string): TandemError {
  return new TandemError('invalid_input', `${message}.`, { errors: [{ path, message }] })
}

function unfitInput(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): TandemError {
  const errors = issues.map(({ path, message }) => ({
    path: `/${path.map(String).join('/')}`,
    message: `${path.map(String).join('.')}: ${message}`,
  }))
  return new TandemError('invalid_input', `${errors[0]!.message}.`, { errors })
}

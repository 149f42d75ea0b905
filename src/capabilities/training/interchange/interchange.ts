// Takes models of other programs over as versions, and gives versions to other programs. Files are read in a thread.
import { createHash } from 'node:crypto'
import { TandemError } from '../../../errors.ts'
import type { Artifacts } from '../../../platform/storage/artifacts.ts'
import type { ThreadPool } from '../../../platform/threads/pool.ts'
import { featureSchemaOf, type Models, type Version } from '../../models/index.ts'
import { type FoundModel, MODEL_FILE_LIMIT_BYTES, type ModelFileFormat } from './schema.ts'
import type { TakeModelInput, TakenModel } from './take-model.ts'
import type { WriteModelInput } from './write-model.ts'

export interface ImportOptions {
  readonly format?: ModelFileFormat
  readonly target?: string
  readonly classes?: readonly string[]
  /** What the features are called, in the order of the file. */
  readonly features?: readonly string[]
  readonly activate?: 'when_first' | 'always' | 'never'
  readonly actor?: string
  readonly signal?: AbortSignal
}

export interface Interchange {
  /** @throws `invalid_input` for a file that cannot be taken over or does not fit the definition; `payload_too_large`; `artifact_damaged`. */
  take(model: string, file: Uint8Array | AsyncIterable<Uint8Array>, options?: ImportOptions): Promise<{ model: string; version: Version }>
  /** What is in the file, and whether it fits the definition; nothing is made of it. @throws `invalid_input` for bytes of no known library. */
  look(model: string, file: Uint8Array | AsyncIterable<Uint8Array>, options?: ImportOptions): Promise<FoundModel>
  /** @throws `version_not_found`; `invalid_input` for a version that the format cannot say. */
  give(model: string, version: string, format: 'onnx' | 'json' | 'tdm'): Promise<Uint8Array>
}

export interface InterchangeParts {
  readonly models: Models
  readonly artifacts: Artifacts
  readonly pool: ThreadPool
  readonly clock: () => number
  readonly libraryVersion: string
}

export function createInterchange({ models, artifacts, pool, clock, libraryVersion }: InterchangeParts): Interchange {
  const inputOf = async (model: string, source: Uint8Array | AsyncIterable<Uint8Array>, asked: ImportOptions) => {
    const { format, target, classes, features: featureNames } = asked
    const bytes = await bytesOf(source)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const known = await models.current(model).catch((error: unknown) => {
      if (TandemError.is(error) && error.code === 'model_not_found') return undefined
      throw error
    })
    const input: TakeModelInput = {
      ...{ bytes, format, model, target, classes, featureNames, libraryVersion },
      definition: known?.definition.definition ?? null,
      fingerprint: sha256,
    }
    return { input, known }
  }
  return {
    async look(model, source, options = {}) {
      const { input } = await inputOf(model, source, options)
      return pool.run<FoundModel>('training.look-at-model', input, options.signal === undefined ? {} : { signal: options.signal })
    },
    async take(model, source, options = {}) {
      const { activate = 'when_first', actor = 'program', signal } = options
      const started = clock()
      const { input, known } = await inputOf(model, source, options)
      const { bytes, fingerprint: sha256 } = input
      const taken = await pool.run<TakenModel>('training.take-model', input, signal === undefined ? {} : { signal })
      if (taken.definition !== null) await models.create(model, taken.definition)
      const inService = known?.activeVersion ?? null
      const activated = activate === 'always' || (activate === 'when_first' && inService === null)
      const from = `Taken over from a file (${taken.format})`
      const reason = activated
        ? `${from}${inService === null ? ', no version was in service' : ', as was asked'}; no rows judged it.`
        : `${from} and kept out of service: no rows judged it. Activate it, or import with activate=always.`
      const { header, file, importances } = taken
      const named = (value: (index: number) => number): Record<string, number> =>
        Object.fromEntries(header.features.map(({ name }, index) => [name, value(index)]))
      try {
        const version = await models.publish({
          ...{ model, file, actor, algorithm: header.algorithm, action: 'import', judgedAgainst: inService },
          details: {
            parameters: { ...header.parameters },
            ...{ seed: header.seed, rows: 0, holdoutRows: 0, metrics: {}, crossValidation: { folds: 0, mean: {}, std: {} } },
            importances: named((index) => importances[index]!),
            permutationImportances: {},
            ...(header.task === 'classification' ? { classes: [...header.classes] } : {}),
            features: featureSchemaOf(header.features) as Version['features'],
            dataFingerprint: header.dataFingerprint,
            libraryVersion,
            ...{ dataUntil: started, target: header.target, task: header.task },
            gate: { activated, reason },
            durationMs: clock() - started,
            imported: { format: taken.format, sha256, bytes: bytes.length },
          },
        })
        return { model, version }
      } catch (error) {
        if (taken.definition !== null) await models.delete(model)
        throw error
      }
    },
    async give(model, reference, format) {
      const { name, version, artifact } = await models.load(model, reference)
      const bytes = await artifacts.get(artifact)
      if (format === 'tdm') return bytes
      const input: WriteModelInput = { bytes, name, version, format }
      return pool.run<Uint8Array>('training.write-model', input)
    },
  }
}

async function bytesOf(source: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return checked(source)
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of source) {
    size += part.length
    if (size > MODEL_FILE_LIMIT_BYTES) throw tooLarge()
    parts.push(part)
  }
  return checked(Buffer.concat(parts))
}

function checked(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MODEL_FILE_LIMIT_BYTES) throw tooLarge()
  if (bytes.length > 0) return bytes
  throw new TandemError('invalid_input', 'The file is empty. Send the bytes of the model file as the body, application/octet-stream.')
}

function tooLarge(): TandemError {
  return new TandemError('payload_too_large', `The model file is larger than ${MODEL_FILE_LIMIT_BYTES / 2 ** 20} MB.`, {
    details: { limitBytes: MODEL_FILE_LIMIT_BYTES },
  })
}

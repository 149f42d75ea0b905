// The endpoints of the Open Inference Protocol V2 (github.com/kserve/open-inference-protocol), with the extensions "binary tensor data"
// and "model repository". They stand beside the server's own API and keep the protocol's names.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'

const TensorMetadata = z.object({
  name: z.string(),
  datatype: z.string(),
  /** -1: any length. */
  shape: z.array(z.int()),
  parameters: z.object({ required: z.boolean().optional(), classes: z.array(z.string()).optional() }).optional(),
})

const ModelMetadata = z.object({
  name: z.string(),
  /** The newest hundred, the newest first. */
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(TensorMetadata),
  outputs: z.array(TensorMetadata),
})

const Ready = z.object({ name: z.string(), ready: z.boolean() })
const Version = z.string().max(40)
const unknownModel = ['model_not_found', 'version_not_found', 'artifact_damaged'] as const

export const serverMetadata = endpoint({
  method: 'GET',
  path: '/v2',
  scope: 'predict',
  summary: 'Name, version and extensions of the server',
  output: z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
})

export const serverLive = endpoint({
  method: 'GET',
  path: '/v2/health/live',
  scope: 'public',
  summary: 'Whether the server answers',
  output: z.object({ live: z.boolean() }),
})

export const serverReady = endpoint({
  method: 'GET',
  path: '/v2/health/ready',
  scope: 'public',
  summary: 'Whether every model can answer',
  output: z.object({ ready: z.boolean() }),
  alsoStatus: [503],
})

const model = { method: 'GET', scope: 'predict', errors: unknownModel } as const

export const modelMetadata = endpoint({
  ...model,
  path: '/v2/models/:model',
  summary: 'Inputs and outputs of a model',
  output: ModelMetadata,
})

export const versionMetadata = endpoint({
  ...model,
  path: '/v2/models/:model/versions/:version',
  summary: 'Inputs and outputs of a version',
  output: ModelMetadata,
})

export const modelReady = endpoint({
  ...model,
  path: '/v2/models/:model/ready',
  summary: 'Whether a model can answer',
  output: Ready,
  alsoStatus: [503],
})

export const versionReady = endpoint({
  ...model,
  path: '/v2/models/:model/versions/:version/ready',
  summary: 'Whether a version can answer',
  output: Ready,
  alsoStatus: [503],
})

const infer = {
  method: 'POST',
  scope: 'predict',
  output: z.object({}),
  idempotent: false,
  errors: ['malformed_body', 'payload_too_large', 'no_version', ...unknownModel],
} as const

export const inferByModel = endpoint({ ...infer, path: '/v2/models/:model/infer', summary: 'Predict rows by the version in service' })

export const inferByVersion = endpoint({
  ...infer,
  path: '/v2/models/:model/versions/:version/infer',
  summary: 'Predict rows by a version or alias',
})

export const repositoryIndex = endpoint({
  method: 'POST',
  path: '/v2/repository/index',
  scope: 'read',
  summary: 'Models and who answers for each',
  input: z.strictObject({ ready: z.boolean().optional() }),
  output: z.array(
    z.object({ name: z.string(), version: z.string().optional(), state: z.enum(['READY', 'UNAVAILABLE']), reason: z.string() }),
  ),
  idempotent: false,
})

export const loadModel = endpoint({
  method: 'POST',
  path: '/v2/repository/models/:model/load',
  scope: 'write',
  summary: 'Bring a version into memory; what is in service stays',
  input: z.strictObject({ parameters: z.strictObject({ version: Version.optional() }).optional() }),
  output: z.object({}),
  idempotent: false,
  errors: ['no_version', ...unknownModel],
})

export const unloadModel = endpoint({
  method: 'POST',
  path: '/v2/repository/models/:model/unload',
  scope: 'write',
  summary: 'Drop a version that is not in service from memory',
  input: z.strictObject({
    parameters: z.strictObject({ version: Version.optional(), unload_dependents: z.boolean().optional() }).optional(),
  }),
  output: z.object({}),
  idempotent: false,
  errors: ['model_not_found', 'conflict'],
})

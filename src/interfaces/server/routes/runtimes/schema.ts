// Endpoints of the runtimes: where models are computed, how that goes, and what the workers say.
import { z } from 'zod'
import { endpoint } from '../../../../endpoint.ts'
import { RuntimeLogLineSchema, RuntimeSchema, WorkerAnswersSchema, WorkerRowSchema } from '../../../../platform/python/schema.ts'

export const listRuntimes = endpoint({
  method: 'GET',
  path: '/v1/runtimes',
  scope: 'read',
  summary: 'The runtimes that compute models: node (this server) and python (its workers), with their state, queue and latency',
  output: z.object({ items: z.array(RuntimeSchema) }),
})

export const getRuntime = endpoint({
  method: 'GET',
  path: '/v1/runtimes/:runtime',
  scope: 'read',
  summary: 'One runtime',
  output: RuntimeSchema,
})

export const getRuntimeLog = endpoint({
  method: 'GET',
  path: '/v1/runtimes/:runtime/log',
  scope: 'read',
  summary: 'The last lines its workers wrote, oldest first',
  query: z.strictObject({ limit: z.int().min(1).max(500).default(100) }),
  output: z.object({ items: z.array(RuntimeLogLineSchema) }),
})

export const startRuntime = endpoint({
  method: 'POST',
  path: '/v1/runtimes/:runtime/start',
  scope: 'write',
  summary: 'Starts the workers now, also those that wait after a failure',
  output: RuntimeSchema,
  errors: ['conflict'],
  idempotent: false,
})

export const stopRuntime = endpoint({
  method: 'POST',
  path: '/v1/runtimes/:runtime/stop',
  scope: 'write',
  summary: 'Lets the workers finish and ends them; until they are started again, Node answers what it can',
  output: RuntimeSchema,
  errors: ['conflict'],
  idempotent: false,
})

export const restartRuntime = endpoint({
  method: 'POST',
  path: '/v1/runtimes/:runtime/restart',
  scope: 'write',
  summary: 'Replaces each worker by a new one; the old one serves until the new one has answered a canary',
  output: RuntimeSchema,
  errors: ['conflict', 'unavailable'],
  idempotent: false,
})

/** Rows of one request; more than wait at once for all are refused. */
const MOST_ROWS = 10_000

export const predictOnRuntime = endpoint({
  method: 'POST',
  path: '/v1/runtimes/:runtime/models/:model/predict',
  scope: 'predict',
  summary: 'Asks a tabular model that only the workers have: tabular.NAME of a Tandem worker, or any model of a remote inference server',
  description:
    'Calls that come while a request is under way go to the worker together. Nothing is logged as a prediction: the model has no versions here.',
  input: z.strictObject({
    rows: z.array(WorkerRowSchema).min(1).max(MOST_ROWS),
    version: z.string().min(1).max(100).optional().describe('Of the model on the worker; its newest unless said'),
    timeoutMs: z.int().min(1).max(600_000).optional().describe('Default 30,000'),
  }),
  output: z.object({ model: z.string(), ...WorkerAnswersSchema.shape }).meta({ id: 'RuntimePredictions' }),
  errors: ['conflict', 'overloaded', 'unavailable', 'dependency_missing'],
  idempotent: false,
})

// Endpoints of the runtimes: where models are computed, how that goes, and what the workers say.
import { z } from 'zod'
import { endpoint } from '../../../../endpoint.ts'
import { RuntimeLogLineSchema, RuntimeSchema } from '../../../../platform/python/schema.ts'

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

// The server looked at by its operator: checks and settings.
import { z } from 'zod'
import { endpoint } from '../../../../endpoint.ts'

export const DoctorSchema = z
  .object({
    checks: z.array(
      z.object({
        name: z.string(),
        status: z.enum(['ok', 'warn', 'fail']),
        message: z.string(),
        remedy: z.string().nullable().describe('How to make it right'),
      }),
    ),
    ranAt: z.iso.datetime(),
  })
  .meta({ id: 'Doctor' })

export const SettingsSchema = z
  .object({
    items: z.array(
      z.object({
        name: z.string().describe('In `settings` of the config'),
        variable: z.string().describe('In the environment'),
        value: z.string().describe('A secret shows as "set" or "not set"'),
        default: z.string(),
        source: z.enum(['default', 'environment', 'config']),
        description: z.string(),
      }),
    ),
    storage: z.object({
      engine: z.enum(['sqlite', 'postgres']),
      location: z.string().describe('Without secrets'),
      sizeBytes: z.number(),
      version: z.string(),
    }),
    runtime: z.object({
      node: z.string(),
      platform: z.string(),
      arch: z.string(),
      cores: z.int(),
      memoryBytes: z.number(),
      rssBytes: z.number(),
      uptimeMs: z.number(),
      tandem: z.string(),
    }),
  })
  .meta({ id: 'Settings' })

export const runDoctor = endpoint({
  method: 'GET',
  path: '/v1/doctor',
  scope: 'admin',
  summary: 'What `tandem doctor` says of this server',
  description: 'Checks Node.js, the settings, the data folder, the database and whether every model answers. Changes nothing.',
  output: DoctorSchema,
})

export const getSettings = endpoint({
  method: 'GET',
  path: '/v1/settings',
  scope: 'admin',
  summary: 'The settings in force and where each comes from, the storage, and what the server runs on',
  description: 'Secrets are never shown, only whether they are set.',
  output: SettingsSchema,
})

// The server looked at by its operator, over HTTP.
import { availableParallelism, totalmem } from 'node:os'
import type { SettingFact } from '../../../../config.ts'
import { implement, type Route } from '../../../../endpoint.ts'
import type { Check } from '../../../../platform/diagnosis/check.ts'
import type { Database } from '../../../../platform/storage/database.ts'
import { getSettings, runDoctor } from './schema.ts'

/** What an operator may look at. */
export interface Operations {
  diagnose(): Promise<readonly Check[]>
  settings(): readonly SettingFact[]
  readonly database: Pick<Database, 'engine' | 'location' | 'version' | 'sizeBytes'>
}

const STATUS = { ok: 'ok', warning: 'warn', failed: 'fail' } as const

export function operationRoutes({ diagnose, settings, database }: Operations, version: string): readonly Route[] {
  return [
    implement(runDoctor)(async () => {
      const checks = await diagnose()
      return {
        checks: checks.map(({ name, status, message, remedy }) => ({ name, status: STATUS[status], message, remedy: remedy ?? null })),
        ranAt: new Date().toISOString(),
      }
    }),
    implement(getSettings)(async () => ({
      items: [...settings()],
      storage: {
        engine: database.engine,
        location: database.location,
        sizeBytes: await database.sizeBytes(),
        version: database.version,
      },
      runtime: {
        node: process.versions.node,
        platform: process.platform,
        arch: process.arch,
        cores: availableParallelism(),
        memoryBytes: totalmem(),
        rssBytes: process.memoryUsage.rss(),
        uptimeMs: Math.round(process.uptime() * 1000),
        tandem: version,
      },
    })),
  ]
}

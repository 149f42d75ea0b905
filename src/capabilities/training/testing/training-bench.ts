// Everything training needs, wired as the application wires it, on a database of a test.
import { createEvents } from '../../../platform/events/create-events.ts'
import type { Jobs } from '../../../platform/jobs/jobs.ts'
import { createJobs } from '../../../platform/jobs/queue.ts'
import type { Artifacts } from '../../../platform/storage/artifacts.ts'
import { createArtifacts } from '../../../platform/storage/artifacts-sql.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { createThreadPool } from '../../../platform/threads/create-thread-pool.ts'
import type { ThreadPool } from '../../../platform/threads/pool.ts'
import { createStreamThread } from '../../../platform/threads/stream-thread.ts'
import { createModels, type Models, type ModelsOptions } from '../../models/index.ts'
import { ROWS_PROGRAM, TRAINING_PROGRAM } from '../program.ts'
import type { PythonTraining } from '../python/fit-in-python.ts'
import { SHORT_ROW_TASKS } from '../row-tasks.ts'
import { createTraining, type Training, type TrainingSettings } from '../training.ts'

export interface TrainingBench {
  readonly database: Database
  readonly artifacts: Artifacts
  readonly models: Models
  readonly training: Training
  readonly pool: ThreadPool
  readonly jobs: Jobs
  /** What was logged, newest last. */
  readonly lines: { readonly level: string; readonly message: string }[]
  close(): Promise<void>
}

export interface TrainingBenchOptions {
  readonly settings?: Partial<TrainingSettings>
  readonly definitions?: ModelsOptions['definitions']
  readonly runJobs?: boolean
  readonly threads?: number
  readonly leaseMs?: number
  /** Default: none. */
  readonly python?: PythonTraining
}

export async function openTrainingBench(database: Database, options: TrainingBenchOptions = {}): Promise<TrainingBench> {
  const { settings, definitions, python, runJobs = true, threads = 1, leaseMs = 30_000 } = options
  const lines: { level: string; message: string }[] = []
  const write = (level: string) => (details: object, message: string) =>
    void lines.push({ level, message: `${message} ${JSON.stringify(details)}` })
  const log = { info: write('info'), warn: write('warn'), error: write('error') }
  const clock = Date.now
  const events = await createEvents({ database })
  const artifacts = createArtifacts({ db: database.db })
  const jobs = createJobs({ database, events, clock, log, leaseMs, pollMinMs: 20, pollMaxMs: 100 })
  const pool = createThreadPool({ size: threads, program: TRAINING_PROGRAM })
  const streams = createStreamThread({ program: ROWS_PROGRAM, tasks: SHORT_ROW_TASKS })
  const models = createModels({ database, artifacts, events, clock, log, ...(definitions ? { definitions } : {}) })
  const limits = { maxRows: 100_000, uploadLimitBytes: 64 * 1024 * 1024, tablesLimitBytes: 256 * 1024 * 1024, ...settings }
  const training = createTraining({
    models,
    database,
    artifacts,
    jobs,
    pool,
    streams,
    events,
    clock,
    log,
    settings: limits,
    libraryVersion: '0.0.0',
    ...(python === undefined ? {} : { python }),
  })
  await models.start()
  if (runJobs) await jobs.start()
  return {
    ...{ database, artifacts, models, training, pool, jobs, lines },
    async close() {
      await jobs.stop({ drainMs: 0 })
      await streams.close()
      await pool.close()
      models.close()
      await events.close()
      await database.close()
    },
  }
}

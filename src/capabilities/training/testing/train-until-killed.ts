// A process of its own that trains until a test kills it: `node train-until-killed.ts DATA_DIR`. Says `running` when folds are computed.
import { openDatabase } from '../../../platform/storage/open-database.ts'
import { openTrainingBench } from './training-bench.ts'

export const KILLED_DEFINITION = {
  task: 'classification',
  target: 'y',
  features: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
  algorithm: 'random-forest',
  parameters: { nEstimators: 300 },
} as const

async function main(dataDir: string): Promise<void> {
  const bench = await openTrainingBench(await openDatabase({ dataDir }), { leaseMs: 1000 })
  await bench.models.put('churn', KILLED_DEFINITION as never)
  const rows = Array.from({ length: 6000 }, (_, index) => ({
    a: index % 97,
    b: index % 89,
    y: (index % 97) + (index % 89) + (index % 7) * 4 > 100,
  }))
  const job = await bench.training.start('churn', { rows })
  process.stdout.write(`accepted ${job.id}\n`)
  for await (const state of bench.jobs.watch(job.id)) if (state.progress > 0.2) process.stdout.write('running\n')
}

if (process.argv[1] === import.meta.filename) void main(process.argv[2]!)

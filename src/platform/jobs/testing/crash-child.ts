// A server that takes a job and never finishes it, for the test that kills its process.
import { createJobs } from '../queue.ts'
import { openServer } from './engines.ts'

// The child lives until it is killed, whatever its connections do.
setInterval(() => {}, 1_000)

const [dataDir = '', url = ''] = process.argv.slice(2)
const server = await openServer({ dataDir, url: url || undefined })
const jobs = createJobs({ ...server, leaseMs: 1_500, pollMinMs: 20, pollMaxMs: 50 })
jobs.register('mortal', async (_: null, { progress }) => {
  progress(0.4, 'half way')
  // Held a moment, so that the progress is written before the process dies.
  setTimeout(() => process.stdout.write('running\n'), 300)
  await new Promise(() => {})
})
await jobs.start()
await jobs.enqueue('mortal', null)

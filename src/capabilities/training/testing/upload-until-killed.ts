// A process of its own that uploads a table that never ends, until a test kills it: `node upload-until-killed.ts DATA_DIR`.
// Says `stored` when parts are in the database.
import { openDatabase } from '../../../platform/storage/open-database.ts'
import { openTrainingBench } from './training-bench.ts'

async function main(dataDir: string): Promise<void> {
  const bench = await openTrainingBench(await openDatabase({ dataDir }))
  const line = new TextEncoder().encode('1.5,some text,yes\n'.repeat(4000))
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode('a,b,c\n')
    for (let sent = 0; ; sent++) {
      yield line
      if (sent % 40 === 39) process.stdout.write('stored\n')
    }
  }
  await bench.training.tables.upload(endless(), { name: 'endless.csv' })
}

if (process.argv[1] === import.meta.filename) void main(process.argv[2]!)

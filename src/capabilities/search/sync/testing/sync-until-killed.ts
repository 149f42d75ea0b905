// Started by a test in a process of its own: syncs a collection and tells how far it is, until killed.
import { createTandem } from '../../../../app.ts'
import { createLog } from '../../../../platform/telemetry/log.ts'

async function syncUntilKilled(dataDir: string, path: string): Promise<void> {
  const tandem = await createTandem(
    { embeddings: { default: ['hash-384'] } },
    { log: createLog({ logLevel: 'silent' }), settings: { dataDir, sourcesDir: path.slice(0, path.lastIndexOf('/')), jobLeaseMs: 1_000 } },
  )
  await tandem.putCollection('rows', {
    schema: { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } }, required: ['id'] },
    text: '{{name}}',
    source: { kind: 'csv', path },
  })
  await tandem.collection('rows').sync({ onProgress: (_, message) => process.stdout.write(`${message}\n`) })
}

if (process.argv[2] !== undefined && process.argv[3] !== undefined) void syncUntilKilled(process.argv[2], process.argv[3])

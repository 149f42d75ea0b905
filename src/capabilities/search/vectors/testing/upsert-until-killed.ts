// Started by a test in a process of its own: writes vectors, tells each write once it is acknowledged, until killed. The vector of key k in
// round r is `vectorOf(k, r)`; a line is `put KEY ROUND` or `delete KEY ROUND`.
import { openVectorIndex } from '../open-vector-index.ts'

export function vectorOf(key: number, round: number): Float32Array {
  return Float32Array.from({ length: 16 }, (_, j) => Math.sin(1 + key * 7 + round * 13 + j * (key % 5)))
}

async function upsertUntilKilled(dataDir: string): Promise<void> {
  // A snapshot is being written most of the time.
  const index = await openVectorIndex({ dimensions: 16, dataDir, snapshots: { leastRows: 20, quietMs: 1 } })
  process.stdout.write('ready\n')
  for (let round = 1; ; round++) {
    const keys = Array.from({ length: 40 }, (_, i) => (round * 17 + i * 3) % 500)
    const single = (round * 31) % 500
    const gone = (round * 53) % 500
    // At once: a batch, one vector, one deletion.
    await Promise.all([
      index.upsert({ keys, vectors: keys.map((key) => vectorOf(key, round)) }).then(() => tell('put', keys, round)),
      index.upsert({ keys: [1000 + single], vectors: [vectorOf(1000 + single, round)] }).then(() => tell('put', [1000 + single], round)),
      index.delete([1000 + gone]).then(() => tell('delete', [1000 + gone], round)),
    ])
  }
}

function tell(what: string, keys: readonly number[], round: number): void {
  process.stdout.write(keys.map((key) => `${what} ${key} ${round}\n`).join(''))
}

if (process.argv[2] !== undefined && process.argv[1]?.includes('upsert-until-killed')) void upsertUntilKilled(process.argv[2])

// Made the model files that models/saved-models.test.ts opens, of ../../models/fixtures: node --conditions=tandem-source with this file.
// They stand for files that an earlier version saved and that must be readable for ever: made once, by the state of 3f090cd (0.1.0,
// 2026-11-26), before coverage was kept and before categories never seen were told apart from missing values. Not made again.
import { readFileSync, writeFileSync } from 'node:fs'
import { memoryEngine } from '../../../platform/storage/testing/test-engines.ts'
import type { Cell } from '../../../tandem.ts'
import { openTrainingBench } from './training-bench.ts'

const rows: Record<string, Cell>[] = JSON.parse(readFileSync('node_modules/vega-datasets/data/penguins.json', 'utf8'))
const properties = {
  Island: { type: 'string' },
  Sex: { type: ['string', 'null'] },
  'Beak Length (mm)': { type: ['number', 'null'] },
  'Body Mass (g)': { type: ['number', 'null'] },
}
const features = { type: 'object', properties, required: ['Island'] }
const asked = [
  { Island: 'Torgersen', Sex: 'MALE', 'Beak Length (mm)': 39.1, 'Body Mass (g)': 3750 },
  { Island: 'Biscoe', Sex: null, 'Beak Length (mm)': null, 'Body Mass (g)': 5200 },
  { Island: 'Dream', Sex: 'FEMALE', 'Beak Length (mm)': 46, 'Body Mass (g)': null },
]

const bench = await openTrainingBench(await memoryEngine().open())
const saved: object[] = []
for (const [algorithm, parameters] of [
  ['logistic-regression', {}],
  ['boosted-trees', { nEstimators: 8, categories: 'native' }],
  ['random-forest', { nEstimators: 8, maxDepth: 5 }],
] as const) {
  await bench.models.put(algorithm, { task: 'classification', target: 'Species', features, algorithm, parameters } as never)
  const known = rows.map((row) => Object.fromEntries([...Object.keys(properties), 'Species'].map((name) => [name, row[name] ?? null])))
  const { version } = await bench.training.train(algorithm, { rows: known })
  const live = await bench.models.load(algorithm, version.version)
  writeFileSync(new URL(`../../models/fixtures/${algorithm}.tdm`, import.meta.url), await bench.artifacts.get(version.artifact.sha256))
  saved.push({ file: `${algorithm}.tdm`, answers: asked.map((row) => ({ row, probabilities: live.score(row)!.probabilities })) })
}
writeFileSync(new URL('../../models/fixtures/saved-models.json', import.meta.url), `${JSON.stringify(saved, undefined, 1)}\n`)
await bench.close()

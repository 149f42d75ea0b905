import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Feature } from '../models/index.ts'
import { estimateTrainingBytes, refuseTooLarge } from './memory.ts'
import { recipeOf } from './recipe.ts'
import type { PeakAsked } from './testing/peak-memory.ts'

const program = fileURLToPath(new URL('./testing/peak-memory.ts', import.meta.url))
const featuresOf = (numbers: number, texts: number): Feature[] =>
  Array.from({ length: numbers + texts }, (_, f) => ({ name: `f${f}`, kind: f < numbers ? 'number' : 'text' }) as Feature)

const CASES: readonly PeakAsked[] = [
  // Many classes, answers out of the bag, many leaves, several scores, words: what an estimate forgets easily.
  { rows: 40_000, features: 10, classes: 20, texts: 0, algorithm: 'random-forest', options: { nEstimators: 3, oobScore: true } },
  { rows: 40_000, features: 10, classes: 0, texts: 0, algorithm: 'random-forest', options: { nEstimators: 3, maxDepth: 40 } },
  { rows: 60_000, features: 10, classes: 2, texts: 0, algorithm: 'boosted-trees', options: { nEstimators: 5, maxLeaves: 1024 } },
  { rows: 40_000, features: 10, classes: 5, texts: 0, algorithm: 'logistic-regression', options: { maxIterations: 3 } },
  { rows: 4000, features: 2, classes: 8, texts: 1, algorithm: 'naive-bayes', options: {} },
]

describe('the memory of a training', () => {
  test.each(CASES)('is at most what is estimated, and not a small part of it: $algorithm, $classes classes, $texts texts', (asked) => {
    const { rows, features, texts, classes } = asked
    const child = spawnSync(process.execPath, [program, JSON.stringify(asked)], { encoding: 'utf8' })
    expect(child.stderr).toBe('')
    const { bytes: measured, textBytes } = JSON.parse(child.stdout) as { bytes: number; textBytes: number }
    const size = { rows, features: featuresOf(features, texts), classes, bytes: textBytes }
    // The process held the table before it began to measure.
    const table = rows * ((features + texts) * 4 + 13) + textBytes
    const estimated = estimateTrainingBytes(size, [asked], 1) - table
    expect(measured).toBeLessThan(estimated)
    expect(measured).toBeGreaterThan((estimated - 16 * 2 ** 20) / 4)
  })

  const size = { rows: 50_000, features: featuresOf(20, 0), classes: 2, bytes: 0 }
  const forest = (parameters: object, task: 'classification' | 'regression' = 'classification') =>
    recipeOf({ task, parameters }, 'random-forest', 1)
  const boosting = (parameters: object) => recipeOf({ task: 'classification', parameters }, 'boosted-trees', 1)
  const bytes = (more: object, ...recipes: ReturnType<typeof forest>[]) => estimateTrainingBytes({ ...size, ...more }, recipes, 2)

  test('grows with classes, leaves, texts, answers out of the bag, and is that of the hungriest recipe', () => {
    expect(bytes({ classes: 500 }, forest({}))).toBeGreaterThan(2 * bytes({}, forest({})))
    expect(bytes({ classes: 100 }, boosting({}))).toBeGreaterThan(bytes({}, boosting({})) + 50_000 * 98 * 12)
    expect(bytes({}, boosting({ maxLeaves: 1024 }))).toBeGreaterThan(bytes({}, boosting({})) + 50e6)
    expect(bytes({ classes: 10 }, forest({ oobScore: true }))).toBeGreaterThan(bytes({ classes: 10 }, forest({})) + 50_000 * 80)
    const text = { features: featuresOf(19, 1), bytes: 50e6 }
    expect(bytes(text, recipeOf({ task: 'classification' }, 'logistic-regression', 1))).toBeGreaterThan(1e9)
    expect(bytes({}, forest({}), boosting({ maxLeaves: 1024 }))).toBe(bytes({}, boosting({ maxLeaves: 1024 })))
  })

  test('is refused before it starts, with what would help', () => {
    const refused = (recipe: ReturnType<typeof forest>, more = {}) => {
      try {
        refuseTooLarge({ ...size, ...more }, [recipe], 2, 2 ** 30)
      } catch (error) {
        return error as { code: string; message: string; details: { bytes: number; limitBytes: number } }
      }
      return undefined
    }
    expect(refused(boosting({}))).toBeUndefined()
    const trees = refused(boosting({ nEstimators: 2000, maxLeaves: 1024 }), { classes: 100 })!
    expect(trees.code).toBe('memory_limit')
    expect(trees.details.bytes).toBeGreaterThan(trees.details.limitBytes)
    expect(trees.message).toMatch(/50000 rows of 20 features and 100 classes .* 1024 MB .*nEstimators.*maxLeaves/)
  })
})

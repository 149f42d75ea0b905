// What happens to stored rows and running trainings when a model changes, is trained twice at once, or goes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../algorithms/math/rng.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import type { Cell } from '../../tandem.ts'
import { createPredictions, type Predictions } from '../predictions/index.ts'
import { openTrainingBench, type TrainingBench } from './testing/training-bench.ts'

const FEATURES = {
  visits: { type: 'number', minimum: 0 },
  plan: { type: 'string', enum: ['free', 'pro'] },
  age: { type: 'integer' },
}
const define = (properties: object = FEATURES, required = ['visits', 'plan'], more: object = {}) =>
  ({
    task: 'classification',
    target: 'churned',
    features: { type: 'object', properties, required },
    algorithm: 'random-forest',
    parameters: { nEstimators: 10 },
    ...more,
  }) as never

/** Every second row has no age. */
function rows(count: number, seed = 1): Record<string, Cell>[] {
  const rng = createRng(seed)
  return Array.from({ length: count }, (_, index) => {
    const visits = Math.round(rng.next() * 200) / 10
    const plan = rng.next() < 0.5 ? 'free' : 'pro'
    return { visits, plan, ...(index % 2 === 0 ? { age: 20 + rng.below(50) } : {}), churned: visits < 10 }
  })
}

async function rejection(work: Promise<unknown>): Promise<{ code: string; message: string; details: Record<string, unknown> }> {
  return work.then(
    () => ({ code: 'no error', message: '', details: {} }),
    (error) => error,
  )
}

function checkChanges(name: string, makeEngine: () => Promise<TestEngine | undefined>): void {
  describe(`on ${name}`, () => {
    let engine: TestEngine | undefined
    let bench: TrainingBench
    let predictions: Predictions
    beforeAll(async () => {
      engine = await makeEngine()
      if (engine === undefined) return
      bench = await openTrainingBench(await engine.open())
      const { models, database } = bench
      const log = { info() {}, warn() {}, error() {} }
      predictions = createPredictions({ models, database, clock: Date.now, log, settings: { predictionLogMaxRows: 5000 } })
    })
    afterAll(async () => {
      await predictions?.close()
      await bench?.close()
      await engine?.dispose()
    })
    const check = (what: string, work: () => Promise<void>): void =>
      test(what, async ({ skip }) => {
        if (engine === undefined) return skip(POSTGRES_ABSENT)
        await work()
      })
    const stored = async (): Promise<Record<string, number>> => {
      const counts: Record<string, number> = {}
      for (const table of ['artifacts', 'datasets', 'versions', 'aliases', 'activations'] as const) {
        counts[table] = (await bench.database.db.selectFrom(table).selectAll().execute()).length
      }
      return counts
    }

    describe('training again after the definition changed', () => {
      let number = 0
      /** A model with 200 stored rows, and then another definition. */
      const changed = async (definition: never): Promise<string> => {
        const model = `changed_${++number}`
        await bench.models.put(model, define())
        await bench.training.train(model, { rows: rows(200) })
        await bench.models.put(model, definition)
        return model
      }
      const retrain = async (model: string) => {
        const { job, version } = await bench.training.retrain(model)
        return { rows: version.rows, skipped: (job.result as { skippedRows: number }).skippedRows, version }
      }

      check('uses every row without a feature that is gone, and with one that may be missing', async () => {
        const { age: _, ...fewer } = FEATURES
        expect(await retrain(await changed(define(fewer)))).toMatchObject({ rows: 200, skipped: 0 })
        const more = await retrain(await changed(define({ ...FEATURES, region: { type: 'string', enum: ['n', 's'] } })))
        expect(more).toMatchObject({ rows: 200, skipped: 0 })
        expect(more.version.importances.region).toBe(0)
      })

      check('skips and counts rows that lack what is required now, or lie out of range', async () => {
        expect(await retrain(await changed(define(FEATURES, ['visits', 'plan', 'age'])))).toMatchObject({ rows: 100, skipped: 100 })
        const low = rows(200).filter(({ visits }) => (visits as number) <= 15).length
        const bounded = { ...FEATURES, visits: { type: 'number', minimum: 0, maximum: 15 } }
        expect(await retrain(await changed(define(bounded)))).toMatchObject({ rows: low, skipped: 200 - low })
        const pro = rows(200).filter(({ plan }) => plan === 'pro').length
        const narrowed = { ...FEATURES, plan: { type: 'string', enum: ['pro', 'team'] } }
        expect(await retrain(await changed(define(narrowed)))).toMatchObject({ rows: pro, skipped: 200 - pro })
      })

      check('reads numbers as named texts, and skips texts where numbers are wanted', async () => {
        const whole = rows(200).filter(({ visits }) => Number.isInteger(visits))
        const texts = [...new Set(whole.map(({ visits }) => String(visits)))]
        const named = { ...FEATURES, visits: { type: 'string', enum: texts } }
        expect(await retrain(await changed(define(named)))).toMatchObject({ rows: whole.length, skipped: 200 - whole.length })
        const error = await rejection(retrain(await changed(define({ ...FEATURES, plan: { type: 'number' } }))))
        expect(error).toMatchObject({ code: 'too_few_rows' })
        expect(error.message).toMatch(/only 0 of 200 rows fit it: 200 have a "plan" that is not, as it is defined now, a number/)
      })

      check('says which feature keeps the rows out when too few are left', async () => {
        const model = await changed(define({ ...FEATURES, region: { type: 'string' } }, ['visits', 'plan', 'region']))
        const error = await rejection(bench.training.retrain(model))
        expect(error).toMatchObject({ code: 'too_few_rows', message: expect.stringContaining('200 have a "region"') })
        // The version before goes on answering.
        expect((await bench.models.get(model)).serving).toMatchObject({ source: 'model' })
        // Rows that fit are trained on as ever.
        const fresh = rows(40).map((row) => ({ ...row, region: 'north' }))
        expect((await bench.training.train(model, { rows: fresh })).version.rows).toBe(40)
      })

      check('skips labels that are no class any more, and says when one class is left', async () => {
        const model = `labels_${++number}`
        const labels = ['a', 'b', 'c']
        const data = rows(90).map((row, index) => ({ ...row, churned: labels[index % 3]! }))
        await bench.models.put(model, define(FEATURES, ['visits', 'plan'], { classes: labels }))
        await bench.training.train(model, { rows: data })
        await bench.models.put(model, define(FEATURES, ['visits', 'plan'], { classes: ['a', 'b'] }))
        expect(await retrain(model)).toMatchObject({ rows: 60, skipped: 30, version: { classes: ['a', 'b'] } })
        await bench.models.put(model, define(FEATURES, ['visits', 'plan'], { classes: ['a', 'd'] }))
        const error = await rejection(bench.training.retrain(model))
        expect(error).toMatchObject({ code: 'too_few_classes', message: expect.stringContaining('one class ("a")') })
        expect(error.message).toContain('60 have a churned that is no class any more')
      })

      check('counts rows of another target as left out', async () => {
        const model = await changed(define({ visits: FEATURES.visits }, ['visits'], { target: 'plan' }))
        const error = await rejection(bench.training.retrain(model))
        expect(error).toMatchObject({ code: 'too_few_rows', message: expect.stringContaining('200 more were left out') })
      })

      check('uses logged predictions without features that are gone, and skips those that lack a new one', async () => {
        const model = `logged_${++number}`
        const definition = (properties: object, required: string[]) =>
          define(properties, required, { classes: ['false', 'true'], fallback: { kind: 'weighted-score', weights: { visits: 1 } } })
        await bench.models.put(model, definition(FEATURES, ['visits', 'plan']))
        const record = async (data: Record<string, Cell>[]): Promise<void> => {
          const { predictions: answers } = await predictions.predictMany(
            model,
            data.map(({ churned: _, ...features }) => features),
          )
          await predictions.recordOutcomes(
            model,
            answers.map(({ predictionId }, index) => ({ predictionId, value: data[index]!.churned as boolean })),
          )
        }
        await record(rows(60))
        const { age: _, ...fewer } = FEATURES
        await bench.models.put(model, definition(fewer, ['visits', 'plan']))
        expect(await retrain(model)).toMatchObject({ rows: 60, skipped: 0 })
        await bench.models.put(model, definition({ ...fewer, region: { type: 'string' } }, ['visits', 'region']))
        expect(await rejection(bench.training.retrain(model))).toMatchObject({ code: 'too_few_rows' })
        // The version in service asks for what it was trained on, so the new feature comes with new rows.
        const north = (data: Record<string, Cell>[]) => data.map(({ age: _, ...row }) => ({ ...row, region: 'north' }))
        await bench.training.train(model, { rows: north(rows(40, 3)) })
        await record(north(rows(30, 2)))
        expect(await retrain(model)).toMatchObject({ rows: 70, skipped: 60 })
      })
    })

    describe('a running training', () => {
      const running = async (model: string, definition = define(FEATURES, ['visits', 'plan'], { parameters: { nEstimators: 400 } })) => {
        await bench.models.put(model, definition)
        const job = await bench.training.start(model, { rows: rows(4000) })
        for await (const state of bench.jobs.watch(job.id)) if (state.progress > 0.12) break
        return job
      }

      check('of a model that is deleted is canceled and leaves nothing', async () => {
        const before = await stored()
        const job = await running('gone')
        await bench.models.delete('gone')
        const ended = await bench.jobs.wait(job.id, { timeoutMs: 60_000 })
        expect(ended).toMatchObject({ status: 'canceled' })
        expect(await stored()).toEqual(before)
      })

      check('of a model that is deleted and made anew puts nothing into the new one', async () => {
        const before = await stored()
        const job = await running('anew')
        await bench.models.delete('anew')
        await bench.models.put('anew', define())
        const ended = await bench.jobs.wait(job.id, { timeoutMs: 60_000 })
        expect(ended).toMatchObject({ status: 'canceled' })
        expect((await bench.models.listVersions('anew')).items).toEqual([])
        expect(await stored()).toEqual(before)
        expect((await bench.training.train('anew', { rows: rows(50) })).version.active).toBe(true)
      })

      check('keeps the definition it was started with, and its version serves under the new one', async () => {
        const job = await running('edited')
        const { age: _, ...fewer } = FEATURES
        await bench.models.put('edited', define(fewer))
        const { version } = await bench.training.waitFor(job.id, { timeoutMs: 60_000 })
        expect(Object.keys(version!.importances)).toEqual(['visits', 'plan', 'age'])
        expect(await predictions.predict('edited', { visits: 3, plan: 'pro', age: 40 })).toMatchObject({ source: 'model' })
      })

      check('lets activate, rollback and predictions go on', async () => {
        await bench.models.put('busy', define())
        const first = (await bench.training.train('busy', { rows: rows(100) })).version.version
        const second = (await bench.training.train('busy', { rows: rows(100, 2) }, { activate: 'always' })).version.version
        const job = await running('busy')
        await bench.models.activate('busy', first)
        await bench.models.rollback('busy')
        expect(await predictions.predict('busy', { visits: 3, plan: 'pro' })).toMatchObject({ version: second })
        expect(await rejection(bench.models.deleteVersion('busy', second))).toMatchObject({ code: 'version_active' })
        expect((await bench.jobs.get(job.id)).status).toBe('running')
        const { version } = await bench.training.waitFor(job.id, { timeoutMs: 60_000 })
        expect(version!.gate.reason).toContain(second)
      })
    })

    check('two trainings of one model at once make two versions, one after the other in service', async () => {
      // On PostgreSQL the other server takes one of the two; SQLite has one server, which takes them in turn.
      const other = engine!.options.url === undefined ? undefined : await openTrainingBench(await engine!.open())
      try {
        await bench.models.put('twice', define())
        const starts = [1, 2].map((seed) => bench.training.start('twice', { rows: rows(600) }, { seed, activate: 'always' }))
        const ended = await Promise.all(starts.map(async (job) => bench.jobs.wait((await job).id, { timeoutMs: 60_000 })))
        expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'succeeded'])
        const versions = (await bench.models.listVersions('twice')).items
        expect(new Set(versions.map(({ version }) => version)).size).toBe(2)
        const [second, first] = (await bench.models.listActivations('twice')).items
        expect([first!.previous, second!.previous]).toEqual([null, first!.version])
        // What the other server put in service is heard of here a moment later.
        await expect.poll(async () => (await bench.models.get('twice')).activeVersion).toBe(second!.version)
        expect((await bench.models.getVersion('twice', second!.version)).parent).toBe(first!.version)
      } finally {
        await other?.close()
      }
    })
  })
}

checkChanges('SQLite', async () => memoryEngine())
checkChanges('PostgreSQL', () => postgresEngine('training_changes'))

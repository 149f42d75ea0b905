import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { classifier, weightedScore } from '../../definitions.ts'
import { createEvents } from '../../platform/events/create-events.ts'
import { createArtifacts } from '../../platform/storage/artifacts-sql.ts'
import type { Database } from '../../platform/storage/database.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import { createModels, type Models, type ModelsOptions } from './models.ts'
import { TINY_DEFINITION, tinyVersion } from './testing/tiny-version.ts'

interface Server {
  readonly models: Models
  readonly lines: string[]
  close(): Promise<void>
}

async function serve(database: Database, options: Partial<ModelsOptions> = {}): Promise<Server> {
  const lines: string[] = []
  const write = (_: object, message: string): void => void lines.push(message)
  const log = { info: write, warn: write, error: write }
  const events = await createEvents({ database })
  const models = createModels({
    database,
    artifacts: createArtifacts({ db: database.db }),
    events,
    clock: Date.now,
    log,
    pollMs: 100,
    ...options,
  })
  await models.start()
  return {
    ...{ models, lines },
    async close() {
      models.close()
      await events.close()
    },
  }
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: { code: string }) => error.code,
  )

async function until(what: () => boolean, ms = 60_000): Promise<void> {
  const end = Date.now() + ms
  while (!what()) {
    if (Date.now() > end) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function checkModels(name: string, makeEngine: () => Promise<TestEngine | undefined>): void {
  describe(`models on ${name}`, () => {
    let engine: TestEngine | undefined
    let database: Database
    let server: Server
    let models: Models
    beforeAll(async () => {
      engine = await makeEngine()
      if (engine === undefined) return
      database = await engine.open()
      server = await serve(database)
      models = server.models
    })
    afterAll(async () => {
      await server?.close()
      await database?.close()
      await engine?.dispose()
    })
    const check = (what: string, work: () => Promise<void>): void =>
      test(what, async ({ skip }) => {
        if (engine === undefined) return skip(POSTGRES_ABSENT)
        await work()
      })
    const put = (model: string) => models.put(model, TINY_DEFINITION as never)
    const publish = async (model: string, threshold: number, activated = true): Promise<string> =>
      (await models.publish(tinyVersion(model, threshold, models.serving(model)?.activeVersion ?? null, activated))).version
    const answer = (model: string, a: number) => models.serving(model)?.live?.score({ a })?.value

    check('creates, changes, lists and deletes a model', async () => {
      expect((await put('one')).created).toBe(true)
      expect((await put('one')).created).toBe(false)
      await models.put('two', { ...TINY_DEFINITION, description: 'another' } as never)
      const first = await models.list({ limit: 1 })
      expect(first.items[0]).toMatchObject({ name: 'one', origin: 'api', activeVersion: null, serving: { source: 'none' }, retrain: null })
      expect((await models.list({ limit: 5, cursor: first.nextCursor! })).items.map((model) => model.name)).toEqual(['two'])
      await models.delete('two')
      expect(await codeOf(models.get('two'))).toBe('model_not_found')
      expect(models.serving('two')).toBeUndefined()
    })

    check('gives 20 versions made at once 20 names, and one of them the service', async () => {
      await put('many')
      const made = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => models.publish(tinyVersion('many', index / 2, null, index === 0))),
      )
      const versions = made.flatMap((result) => (result.status === 'fulfilled' ? [result.value.version] : []))
      const conflicts = made.filter((result) => result.status === 'rejected' && (result.reason as { code: string }).code === 'conflict')
      expect(versions.length + conflicts.length).toBe(20)
      expect(new Set(versions).size).toBe(versions.length)
      // Those that were judged against no version while there was one by then must be judged again.
      const rest = await Promise.all(Array.from({ length: 10 }, () => publish('many', 3, false)))
      expect(new Set([...versions, ...rest]).size).toBe(versions.length + 10)
      expect(rest.every((version) => /^\d{8}_\d{6}(_\d+)?$/.test(version))).toBe(true)
      const paged: string[] = []
      let cursor: string | undefined
      do {
        const page = await models.listVersions('many', { limit: 4, ...(cursor === undefined ? {} : { cursor }) })
        paged.push(...page.items.map(({ version }) => version))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      expect(paged.length).toBe(versions.length + 10)
      expect(new Set(paged).size).toBe(paged.length)
    })

    check('puts versions in service, goes back step by step, and knows who was live when', async () => {
      await put('walk')
      const [low, middle, high] = [await publish('walk', 2), await publish('walk', 5), await publish('walk', 8)]
      expect([answer('walk', 3), answer('walk', 9)]).toEqual(['no', 'yes'])
      expect(await models.activate('walk', low, { actor: 'me', reason: 'a try' })).toEqual({ model: 'walk', version: low, previous: high })
      expect(answer('walk', 3)).toBe('yes')
      await new Promise((resolve) => setTimeout(resolve, 5))
      const then = new Date().toISOString()
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect(await models.rollback('walk', { actor: 'me' })).toMatchObject({ version: high, previous: low })
      expect(await models.rollback('walk')).toMatchObject({ version: middle })
      expect(await models.rollback('walk')).toMatchObject({ version: low })
      expect(await codeOf(models.rollback('walk'))).toBe('conflict')
      const history = (await models.listActivations('walk')).items
      expect(history.map(({ action }) => action)).toEqual(['rollback', 'rollback', 'rollback', 'activate', 'train', 'train', 'train'])
      expect(history[3]).toMatchObject({ version: low, previous: high, actor: 'me', reason: 'a try' })
      expect((await models.listActivations('walk', { at: then })).items.map(({ version }) => version)).toEqual([low])
    })

    check('deletes a version, but not the one in service nor one with an alias', async () => {
      await put('prune')
      const [old, now] = [await publish('prune', 2), await publish('prune', 5)]
      expect(await codeOf(models.deleteVersion('prune', now))).toBe('version_active')
      await models.setAlias('prune', 'challenger', old)
      expect(await codeOf(models.deleteVersion('prune', old))).toBe('version_active')
      expect((await models.load('prune', 'challenger')).version).toBe(old)
      expect((await models.listAliases('prune')).items).toEqual([
        { alias: 'active', version: now },
        { alias: 'challenger', version: old },
      ])
      expect(await codeOf(models.setAlias('prune', 'active', old))).toBe('conflict')
      expect(await codeOf(models.deleteAlias('prune', 'nothing'))).toBe('not_found')
      await models.deleteAlias('prune', 'challenger')
      const { artifact } = await models.getVersion('prune', old)
      await models.deleteVersion('prune', old)
      expect(await createArtifacts({ db: database.db }).has(artifact.sha256)).toBe(false)
      expect(await codeOf(models.activate('prune', old))).toBe('version_not_found')
      expect(await codeOf(models.getVersion('prune', old))).toBe('version_not_found')
    })

    check('keeps a file that another version still uses', async () => {
      await put('twin')
      const [first, second] = [await publish('twin', 4), await publish('twin', 4)]
      await models.deleteVersion('twin', first)
      expect((await models.load('twin', second)).version).toBe(second)
    })

    check('serves every request during switches, each by one whole version', async () => {
      await put('busy')
      const [low, high] = [await publish('busy', 2), await publish('busy', 8)]
      let done = false
      let answered = 0
      const asking = (async () => {
        while (!done) {
          for (let i = 0; i < 50; i++) {
            const live = models.serving('busy')!.live!
            expect(live.score({ a: 5 })!.value).toBe(live.version === low ? 'yes' : 'no')
            answered++
          }
          await new Promise((resolve) => setImmediate(resolve))
        }
      })()
      await Promise.all(Array.from({ length: 30 }, (_, index) => models.activate('busy', index % 2 ? low : high)))
      done = true
      await asking
      expect(answered).toBeGreaterThan(1000)
      const history = (await models.listActivations('busy', { limit: 200 })).items
      // Serialised: each activation left the one before it.
      for (const [index, { previous }] of history.entries()) expect(previous).toBe(history[index + 1]?.version ?? null)
      expect((await models.get('busy')).activeVersion).toBe(models.serving('busy')!.live!.version)
    })

    check('answers by the fallback while the file is damaged, and by itself again when it is restored', async () => {
      await models.put('hurt', { ...TINY_DEFINITION, fallback: { kind: 'weighted-score', weights: { a: 1 } } } as never)
      const version = await publish('hurt', 5)
      const { artifact } = await models.getVersion('hurt', version)
      const { content } = await database.db
        .selectFrom('artifacts')
        .select('content')
        .where('hash', '=', artifact.sha256)
        .executeTakeFirstOrThrow()
      const flipped = Uint8Array.from(content)
      flipped[Math.floor(flipped.length / 2)]! ^= 1
      const store = (bytes: Uint8Array) =>
        database.db.updateTable('artifacts').set({ content: bytes }).where('hash', '=', artifact.sha256).execute()
      await store(flipped)
      // What is in memory goes on; a new server cannot load it.
      expect(answer('hurt', 9)).toBe('yes')
      expect(await codeOf(models.activate('hurt', version))).toBe('artifact_damaged')
      const second = await serve(database)
      try {
        expect((await second.models.get('hurt')).serving).toMatchObject({
          source: 'fallback',
          reason: expect.stringMatching(/^artifact_damaged: /),
        })
        expect(second.models.readiness().models.find(({ model }) => model === 'hurt')).toMatchObject({ source: 'fallback' })
        expect(second.models.readiness().ready).toBe(true)
        await store(Uint8Array.from(content))
        await until(() => second.models.serving('hurt')?.live?.version === version)
        expect((await second.models.get('hurt')).serving).toEqual({ source: 'model', reason: null })
        expect(second.lines.filter((line) => line.includes('cannot be loaded')).length).toBe(1)
        expect(second.lines.filter((line) => line.includes('is loaded again')).length).toBe(1)
      } finally {
        await second.close()
      }
    })

    check('is not ready when a version in service cannot answer and there is no fallback', async () => {
      await put('mute')
      const version = await publish('mute', 5)
      const { artifact } = await models.getVersion('mute', version)
      await database.db.deleteFrom('artifacts').where('hash', '=', artifact.sha256).execute()
      const second = await serve(database)
      expect(second.models.readiness()).toMatchObject({ ready: false })
      await second.close()
      await models.delete('mute')
    })

    check('takes definitions from the config, changes them there only, and defines them alike over HTTP', async () => {
      const Features = z.strictObject({
        quality: z.number().min(0).max(1),
        plan: z.enum(['free', 'pro']),
        age: z.int().optional(),
        note: z.string().nullable(),
      })
      const churn = classifier({ features: Features, target: 'left', fallback: weightedScore({ quality: 1 }) })
      const second = await serve(database, { definitions: { coded: churn } })
      const model = await second.models.get('coded')
      expect(model).toMatchObject({
        origin: 'config',
        definition: { classes: ['false', 'true'], target: 'left', fallback: { weights: { quality: 1 } } },
      })
      expect(model.definition.features).toMatchObject({
        required: ['quality', 'plan', 'note'],
        properties: {
          quality: { type: 'number', minimum: 0, maximum: 1 },
          plan: { enum: ['free', 'pro'] },
          age: { type: 'integer' },
          note: { type: ['string', 'null'] },
        },
      })
      expect(await codeOf(second.models.put('coded', TINY_DEFINITION as never))).toBe('conflict')
      expect(await codeOf(second.models.delete('coded'))).toBe('conflict')
      await second.close()
      const third = await serve(database, { definitions: { coded: { ...churn, target: 'gone' } } })
      expect((await third.models.get('coded')).definition.target).toBe('gone')
      await third.close()
    })

    check('deletes everything of a model', async () => {
      await put('whole')
      await publish('whole', 2)
      await publish('whole', 6)
      await models.delete('whole')
      const counts = await Promise.all(
        (['versions', 'aliases', 'activations'] as const).map(
          async (table) => (await database.db.selectFrom(table).select('model').where('model', '=', 'whole').execute()).length,
        ),
      )
      expect(counts).toEqual([0, 0, 0])
    })

    check('tells another server of a switch', async () => {
      if (engine?.name !== 'PostgreSQL') return
      await put('far')
      const low = await publish('far', 2)
      const second = await serve(await engine.open(), { pollMs: 60_000 })
      await publish('far', 8)
      await until(() => second.models.serving('far')?.live?.score({ a: 5 })?.value === 'no')
      await second.models.activate('far', low)
      await until(() => answer('far', 5) === 'yes')
      await second.close()
      // An event that is lost is made up for by the poll.
      const third = await serve(await engine.open(), { pollMs: 50 })
      await sql`update aliases set version = (select max(version) from versions where model = 'far') where model = 'far' and alias = 'active'`.execute(
        database.db,
      )
      await until(() => third.models.serving('far')?.activeVersion !== low)
      await third.close()
    })
  })
}

checkModels('SQLite', async () => memoryEngine())
checkModels('PostgreSQL', () => postgresEngine('models'))

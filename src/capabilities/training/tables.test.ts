// Uploaded tables on both engines: what is found out, what can be corrected, what is refused and leaves nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../algorithms/math/rng.ts'
import { fileEngine, memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../../platform/storage/testing/test-engines.ts'
import type { TrainOptions } from '../../tandem.ts'
import type { TableView } from './schema.ts'
import { KEPT_MS, type UploadOptions } from './tables.ts'
import { openTrainingBench, type TrainingBench } from './testing/training-bench.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf16le'))
const latin = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

async function* inChunks(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const upload = (bench: TrainingBench, content: string | Uint8Array, options?: UploadOptions): Promise<TableView> =>
  bench.training.tables.upload(inChunks(typeof content === 'string' ? utf8(content) : content), options)

/** People who come seldom leave. */
function people(count: number, row: (index: number, leaves: boolean, visits: number) => string): string {
  const rng = createRng(7)
  return Array.from({ length: count }, (_, index) => {
    const visits = rng.below(200)
    return row(index, visits + rng.below(60) < 120, visits)
  }).join('\n')
}
const PEOPLE = `id;visits;plan;left\n${people(300, (index, leaves, visits) => `${index + 1};${visits};${index % 3 ? 'free' : 'pro'};${leaves ? 'yes' : 'no'}`)}\n`
const warningsOf = ({ warnings }: TableView): string[] =>
  warnings.map(({ code, column }) => (column === undefined ? code : `${code} ${column}`))

function checkTables(name: string, makeEngine: () => Promise<TestEngine | undefined>): void {
  describe(`tables on ${name}`, () => {
    let engine: TestEngine | undefined
    let bench: TrainingBench
    beforeAll(async () => {
      engine = await makeEngine()
      if (engine !== undefined) bench = await openTrainingBench(await engine.open())
    })
    afterAll(async () => {
      await bench?.close()
      await engine?.dispose()
    })
    const check = (what: string, work: () => Promise<void>): void =>
      test(what, async ({ skip }) => {
        if (engine === undefined) return skip(POSTGRES_ABSENT)
        await work()
      })
    const count = async (table: 'uploads' | 'upload_parts' | 'datasets' | 'artifacts'): Promise<number> =>
      (await bench.database.db.selectFrom(table).selectAll().execute()).length

    check('are described, listed, described for a target without a second upload, and deleted', async () => {
      const made = await upload(bench, PEOPLE, { name: 'people.csv' })
      expect(made.table).toMatchObject({ name: 'people.csv', bytes: PEOPLE.length, rows: 300, columns: 4 })
      expect(Date.parse(made.table.expiresAt) - Date.parse(made.table.createdAt)).toBe(KEPT_MS)
      const dialect = { format: 'csv', delimiter: ';', encoding: 'utf-8', header: true, decimal: '.', lineEnding: 'lf', bom: false }
      expect(made.dialect).toEqual(dialect)
      expect(made.columns.map(({ kind }) => kind)).toEqual(['id', 'integer', 'category', 'category'])
      expect(made.columns[2]!.spread).toEqual({
        top: [
          { value: 'free', count: 200 },
          { value: 'pro', count: 100 },
        ],
        others: 0,
      })
      expect(made.columns[1]!.spread.histogram?.counts.reduce((sum, value) => sum + value, 0)).toBe(300)
      expect(made.preview).toHaveLength(20)
      expect(made.preview[0]).toEqual(PEOPLE.split('\n')[1]!.split(';'))
      expect(warningsOf(made)).toEqual(['looks_like_id id'])
      expect((await bench.training.tables.list()).items.map(({ id }) => id)).toContain(made.table.id)

      const seen = await bench.training.tables.describe(made.table.id, { target: 'left' })
      expect(seen.definition).toMatchObject({ task: 'classification', target: 'left', classes: ['no', 'yes'] })
      expect(Object.keys((seen.definition!.features as { properties: object }).properties)).toEqual(['visits', 'plan'])

      await bench.training.tables.delete(made.table.id)
      expect(await count('upload_parts')).toBe(0)
      await expect(bench.training.tables.describe(made.table.id)).rejects.toMatchObject({ code: 'table_not_found' })
    })

    check('with decimal commas are read as numbers, unless told otherwise, and trained on as they are shown', async () => {
      const prices = people(200, (index, leaves, visits) => `${visits};${(leaves ? 1000 : 0) + index},5;${leaves ? 'yes' : 'no'}`)
      const made = await upload(bench, `visits;price;left\n${prices.replace(/1(\d{3}),5/g, '1.$1,5')}\n`)
      expect(made.dialect).toMatchObject({ decimal: ',' })
      expect(made.columns[1]).toMatchObject({ name: 'price', kind: 'number' })
      expect(warningsOf(made)).not.toContain('decimal_comma price')
      const told = await bench.training.tables.describe(made.table.id, { reading: { decimal: '.' } })
      expect(told.dialect).toMatchObject({ decimal: '.' })
      expect(told.columns[1]!.kind).not.toBe('number')
      const { version } = await bench.training.train(
        'prices',
        { table: made.table.id },
        { target: 'left', columns: { visits: { use: false } } },
      )
      expect(version.features).toMatchObject({ properties: { price: { type: 'number' } } })
      expect(version.metrics.accuracy).toBeGreaterThan(0.95)
    })

    check('that are streamed to a new model: what was noticed is told, decimal commas are read when they are plain', async () => {
      const rows = people(
        200,
        (index, leaves, visits) => `${visits},${index % 20 === 3 ? 'inf' : index / 7},${index % 20 === 4 ? 'NaN' : leaves}`,
      )
      const { job } = await bench.training.train('told', { csv: `visits,rate,left\n${rows}\n` }, { target: 'left' })
      const { warnings, ...result } = job.result as { warnings: { code: string; column: string }[]; rows: number; skippedRows: number }
      expect(result).toMatchObject({ rows: 190, skippedRows: 10 })
      expect(warnings.map(({ code, column }) => `${code} ${column}`)).toEqual(['mixed rate', 'missing_label left'])

      const priced = (cell: (index: number) => string): string =>
        `visits;price;size;left\n${people(260, (index, leaves, visits) => `${visits};${cell(index)};${36 + (index % 3)},5;${leaves}`)}\n`
      const start = (name: string, csv: string, options: TrainOptions & { decimal?: ',' | '.' } = {}) =>
        bench.training.start(name, { csv, decimal: options.decimal }, options)
      // English thousands, or decimals.
      const unclear = priced((index) => `1,${100 + index}`).replaceAll(',5;', ';')
      await expect(start('unclear', unclear, { target: 'left' })).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [{ path: '/columns/price' }],
      })
      await start('ignored', unclear, { target: 'left', columns: { price: { use: false } } })
      const read = await bench.training.train('said', { csv: unclear, decimal: ',' }, { target: 'left' })
      expect((await bench.models.profile('said', read.version.version)).features.find(({ name }) => name === 'price')).toMatchObject({
        minimum: 1.1,
      })

      const plain = await bench.training.train('plain', { csv: priced((index) => `1.${200 + index},5`) }, { target: 'left' })
      const profile = await bench.models.profile('plain', plain.version.version)
      expect(profile.features.find(({ name }) => name === 'price')).toMatchObject({ minimum: 1200.5 })
      // Of a model that is there the columns that are numbers tell it, and what is written otherwise further down is refused.
      await start(
        'plain',
        priced((index) => (index % 2 === 0 ? `${index}` : `1.${200 + index},5`)),
      )
      await expect(
        start(
          'plain',
          priced((index) => (index < 250 ? `1.${200 + index},5` : '7.5')),
        ),
      ).rejects.toMatchObject({
        code: 'invalid_input',
        details: { line: 252, column: 'price' },
      })
      await expect(start('plain', priced((index) => `1,${100 + index}`).replaceAll(/;3(.),5/g, ';3$1'))).rejects.toMatchObject({
        details: { line: 2, column: 'price' },
      })
      await bench.training.evaluate('plain', 'active', { csv: priced((index) => `${index},25`) })
      await bench.training.evaluate('plain', 'active', { csv: priced((index) => `1,${100 + index}`), decimal: ',' })
      await expect(bench.training.inspect({ csv: unclear, decimal: ',' })).resolves.toMatchObject({
        columns: [{}, { kind: 'number', minimum: 1.1 }, {}, {}],
      })
    })

    check('are read as they are written, and otherwise when told', async () => {
      const found = async (content: string | Uint8Array, options?: UploadOptions) => (await upload(bench, content, options)).dialect
      const rows = 'name,size\nRenée,1.5\nGoße,2\n'
      expect(await found(new Uint8Array([0xef, 0xbb, 0xbf, ...utf8(rows)]))).toMatchObject({ encoding: 'utf-8', bom: true })
      expect(await found(latin(rows))).toMatchObject({ encoding: 'windows-1252' })
      expect(await found(utf16(`\ufeff${rows}`))).toMatchObject({ encoding: 'utf-16le', bom: true })
      expect(await found(utf16(rows))).toMatchObject({ encoding: 'utf-16le', bom: false })
      expect(await found(rows.replaceAll('\n', '\r\n'))).toMatchObject({ lineEnding: 'crlf' })
      expect(await found(rows.replaceAll('\n', '\r'))).toMatchObject({ lineEnding: 'cr' })
      expect(await found('a|b\n1|2\n')).toMatchObject({ delimiter: '|' })
      expect(await found('a\tb\n1\t2\n')).toMatchObject({ delimiter: '\t' })
      expect(await found('{"a":1}\n{"a":2,"b":"x"}\n')).toMatchObject({ format: 'ndjson', delimiter: null })
      expect(await found('1,2.5\n2,3.5\n')).toMatchObject({ header: false })
      expect(await found('country,2019,2020\nItaly,1.5,2\nSpain,2,3.5\n')).toMatchObject({ header: true })

      const { table, columns, preview } = await upload(bench, latin(rows.repeat(3000)))
      expect(columns.map((column) => column.name)).toEqual(['name', 'size'])
      expect(preview[0]).toEqual(['Renée', '1.5'])
      const told = await bench.training.tables.describe(table.id, { reading: { delimiter: ';', header: false } })
      expect(told.columns.map((column) => column.name)).toEqual(['column_1'])
      expect(told.dialect).toMatchObject({ delimiter: ';', header: false, encoding: 'windows-1252' })
      expect(warningsOf(told)).toContain('one_column')
      await expect(bench.training.tables.describe(table.id, { reading: { encoding: 'utf-8' } })).rejects.toMatchObject({
        code: 'malformed_body',
        message: expect.stringMatching(/not UTF-8 text: after ".*Ren" comes/),
      })
    })

    check('that stop being UTF-8 late are read again, and trained on as they were read', async () => {
      const content = new Uint8Array([...utf8(`${PEOPLE}${';;;\n'.repeat(30_000)}`), ...latin('301;4;Grün;no\n')])
      const made = await upload(bench, content)
      expect(made.dialect.encoding).toBe('windows-1252')
      expect(warningsOf(made)).toContain('encoding_guessed')
      expect(made.columns[2]!.categories).toContain('Grün')
      const job = await bench.training.start('late', { table: made.table.id }, { target: 'left' })
      expect((await bench.jobs.wait(job.id, { timeoutMs: 60_000 })).result).toMatchObject({ rows: 301, skippedRows: 30_000 })
    })

    check('give columns without a name or with the name of another their own, with a warning', async () => {
      const made = await upload(bench, ',price,price,price_2,__proto__\n0,1,2,3,4\n1,2,3,4,5\n')
      expect(made.columns.map((column) => column.name)).toEqual(['column_1', 'price', 'price_3', 'price_2', '__proto___2'])
      expect(warningsOf(made).slice(0, 3)).toEqual(['unnamed_column column_1', 'renamed_column price_3', 'renamed_column __proto___2'])
    })

    check('with ragged rows are described with their lines; training refuses the rows or skips them', async () => {
      const made = await upload(bench, `${PEOPLE}9;9;free;yes;more\n9;9\n`)
      expect(made.rows).toBe(300)
      expect(made.warnings.find(({ code }) => code === 'ragged_rows')?.message).toMatch(/^2 rows have .* line 302 \(5\), line 303 \(2\)/)
      const train = (options: object) => bench.training.start('ragged', { table: made.table.id }, { target: 'left', ...options })
      await expect(train({})).rejects.toMatchObject({ code: 'invalid_input', errors: [{ path: '/line/302' }, { path: '/line/303' }] })
      await expect(bench.models.get('ragged')).rejects.toMatchObject({ code: 'model_not_found' })
      const job = await train({ raggedRows: 'skip' })
      expect((await bench.jobs.wait(job.id, { timeoutMs: 60_000 })).result).toMatchObject({ rows: 300, skippedRows: 2 })
    })

    check('train a model with corrected columns, and later an existing one', async () => {
      const { table } = await upload(bench, PEOPLE)
      const columns = { visits: { kind: 'integer' }, plan: { use: false }, id: { use: true } } as const
      const start = (options: object) => bench.training.start('corrected', { table: table.id }, options)
      await expect(start({ target: 'left', columns: { plna: { use: false } } })).rejects.toMatchObject({
        errors: [{ path: '/columns/plna', message: expect.stringContaining('did you mean "plan"?') }],
      })
      await start({ target: 'left', columns })
      const { definition } = await bench.models.get('corrected')
      expect(definition.features).toMatchObject({
        properties: { id: { type: 'number' }, visits: { type: 'integer' } },
        required: ['id', 'visits'],
      })
      await expect(start({ columns })).rejects.toMatchObject({ code: 'invalid_input', errors: [{ path: '/columns' }] })
      expect(await start({ unknownColumns: 'ignore' })).toMatchObject({ kind: 'train' })
      await expect(start({ target: 'visits' })).rejects.toMatchObject({ code: 'invalid_input' })
    })

    check('take the task from the kind that is chosen for the target', async () => {
      const { table } = await upload(bench, `x,y\n${people(300, (_, __, visits) => `${visits},${visits % 7}`)}\n`)
      await bench.training.start('as-number', { table: table.id }, { target: 'y', columns: { y: { kind: 'number' } } })
      expect((await bench.models.get('as-number')).definition.task).toBe('regression')
      await bench.training.start('as-classes', { table: table.id }, { target: 'x', columns: { x: { kind: 'category' } } })
      expect((await bench.models.get('as-classes')).definition).toMatchObject({
        task: 'classification',
        classes: expect.arrayContaining(['7']),
      })
    })

    check('that are no tables are refused by name, and nothing stays', async () => {
      const before = await count('uploads')
      const header = Array.from({ length: 10_000 }, (_, index) => `c${index}`).join(',')
      const refused: [string | Uint8Array, string, RegExp][] = [
        ['', 'malformed_body', /empty: 0 bytes/],
        ['\n\n', 'malformed_body', /CSV is empty/],
        ['a,b\n1,\0\n', 'malformed_body', /NUL byte near byte 6/],
        [new Uint8Array([0x50, 0x4b, 3, 4, ...utf8('x'.repeat(9000))]), 'malformed_body', /Excel workbook/],
        [new Uint8Array([0x1f, 0x8b, 8, 0]), 'malformed_body', /gzip/],
        [`${header}\n`, 'malformed_body', /10000 columns .* at most 2000/],
        ['a,b\n1,"open\n2,3\n', 'malformed_body', /line 2 begins a record that does not end/],
        ['{"a":1}\n{"a":\n', 'malformed_body', /line 2 is no JSON/],
        [`a\n${'1\n'.repeat(100_001)}`, 'too_many_rows', /more than 100000 rows/],
      ]
      for (const [content, code, message] of refused) {
        await expect(upload(bench, content)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
      }
      expect(await count('uploads')).toBe(before)
    })

    check('with a header only are described and cannot be trained on', async () => {
      const made = await upload(bench, 'a,b\n')
      expect(made).toMatchObject({ rows: 0, columns: [{ name: 'a', kind: 'empty' }, { name: 'b' }] })
      expect(warningsOf(made)).toEqual(['too_few_rows'])
      await expect(bench.training.start('none', { table: made.table.id }, { target: 'a' })).rejects.toMatchObject({
        code: 'target_missing',
      })
    })

    check('warn of what makes a model worthless', async () => {
      const lines = people(400, (index, leaves, visits) =>
        [
          visits,
          visits,
          leaves ? 'J' : 'N',
          leaves ? 1 + (index % 40) : -1 - (index % 40),
          index % 50 ? 'no' : 'yes',
          '1,5',
          index % 60 ? index % 7 : 'x',
          leaves ? 'yes' : 'no',
        ]
          .map((cell) => `"${cell}"`)
          .join(','),
      )
      const { table } = await upload(bench, `visits,again,code,closed,rare,comma,odd,left\n${lines}\n`)
      const { describe: look } = bench.training.tables
      expect(warningsOf(await look(table.id, { target: 'left' })).sort()).toEqual([
        'constant comma',
        'leaks_target closed',
        'mixed odd',
        'same_as_target code',
        'same_values again',
      ])
      const rare = await look(table.id, { target: 'rare' })
      expect(warningsOf(rare)).toEqual(expect.arrayContaining(['imbalanced rare', 'rare_class rare']))
      expect(rare.warnings.find(({ code }) => code === 'imbalanced')?.message).toMatch(/^98.0 % of the rows are "no"/)
      expect(warningsOf(await look(table.id, { target: 'comma' }))).toContain('no_model comma')
      expect(warningsOf(await look(table.id, { target: 'lfet' }))).toContain('no_model lfet')
    })

    check('that are broken off, canceled or too large leave nothing', async () => {
      const before = [await count('uploads'), await count('upload_parts')]
      const { tables } = bench.training
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield utf8(`a,b\n${'1,2\n'.repeat(600_000)}`)
        throw new Error('the line went dead')
      }
      await expect(tables.upload(broken())).rejects.toThrow('the line went dead')
      const controller = new AbortController()
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        for (let sent = 0; ; sent++) {
          if (sent === 3) controller.abort(new Error('enough'))
          yield utf8('1,2\n'.repeat(200_000))
        }
      }
      await expect(tables.upload(endless(), { signal: controller.signal })).rejects.toThrow('enough')
      await expect(tables.upload(inChunks(new Uint8Array(70 * 1024 * 1024).fill(65), 1 << 20))).rejects.toMatchObject({
        code: 'payload_too_large',
        details: { limitBytes: 64 * 1024 * 1024 },
      })
      expect([await count('uploads'), await count('upload_parts')]).toEqual(before)
    })

    check('are deleted when their time is over', async () => {
      const { table } = await upload(bench, PEOPLE)
      await bench.database.db
        .updateTable('uploads')
        .set({ expires_at: Date.now() - 1 })
        .where('id', '=', table.id)
        .execute()
      await expect(bench.training.tables.describe(table.id)).rejects.toMatchObject({ code: 'table_not_found' })
      expect(await bench.training.tables.sweep()).toBe(1)
      expect((await bench.database.db.selectFrom('upload_parts').selectAll().where('upload', '=', table.id).execute()).length).toBe(0)
    })

    check('that are damaged in the database are told apart from wrong rows', async () => {
      const { table } = await upload(bench, PEOPLE)
      const content = new Uint8Array(utf8('no compressed part'))
      await bench.database.db.updateTable('upload_parts').set({ content }).where('upload', '=', table.id).execute()
      await expect(bench.training.start('damaged', { table: table.id }, { target: 'left' })).rejects.toMatchObject({
        code: 'artifact_damaged',
      })
    })
  })
}

checkTables('SQLite', async () => memoryEngine())
checkTables('PostgreSQL', () => postgresEngine('tables'))

describe('the room for tables', () => {
  test('is bounded in bytes, and says so', async () => {
    const engine = memoryEngine()
    const bench = await openTrainingBench(await engine.open(), { settings: { tablesLimitBytes: 2 * PEOPLE.length } })
    await upload(bench, PEOPLE)
    await upload(bench, PEOPLE)
    await expect(upload(bench, PEOPLE)).rejects.toMatchObject({
      code: 'payload_too_large',
      details: { storedBytes: 2 * PEOPLE.length, limitBytes: 2 * PEOPLE.length },
    })
    await bench.close()
  })

  test('that the disk does not have is told, and what was written is freed', async () => {
    const engine = await fileEngine()
    const bench = await openTrainingBench(await engine.open({ maxPageCount: 350 }))
    const rng = createRng(3)
    const noise = `a\n${Array.from({ length: 250_000 }, () => rng.next()).join('\n')}\n`
    await expect(upload(bench, noise)).rejects.toMatchObject({ code: 'storage_full' })
    await bench.training.tables.sweep()
    const { table } = await upload(bench, PEOPLE)
    expect((await bench.training.tables.list()).items.map(({ id }) => id)).toEqual([table.id])
    await bench.close()
    await engine.dispose()
  })

  test('holds nothing of a server that was killed in the middle of an upload', async () => {
    const engine = await fileEngine()
    const program = new URL('./testing/upload-until-killed.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [program, engine.options.dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const bench = await openTrainingBench(await engine.open())
    const rows = async () => [
      (await bench.database.db.selectFrom('uploads').selectAll().execute()).length,
      (await bench.database.db.selectFrom('upload_parts').select('part').execute()).length > 0,
    ]
    expect(await rows()).toEqual([1, true])
    expect((await bench.training.tables.list()).items).toEqual([])
    expect(await bench.training.tables.sweep()).toBe(1)
    expect(await rows()).toEqual([0, false])
    await bench.close()
    await engine.dispose()
  })
})

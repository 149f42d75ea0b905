import { readFileSync } from 'node:fs'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importTreesJson } from '../../../algorithms/format/ensemble-json.ts'
import { importOnnx } from '../../../algorithms/format/import-onnx.ts'
import { predictRows } from '../../../algorithms/tree/predict.ts'
import { memoryEngine, type TestEngine } from '../../../platform/storage/testing/test-engines.ts'
import { createPredictions, type Predictions } from '../../predictions/index.ts'
import { openTrainingBench, type TrainingBench } from '../testing/training-bench.ts'

interface Case {
  readonly name: string
  readonly format: string
  readonly file: string
  readonly x: (number | null)[][]
  readonly predictions: number[][]
}

// Reference: the predictions of the libraries themselves, src/algorithms/format/fixtures/make-interchange.py.
const { cases } = JSON.parse(readFileSync(new URL('../../../algorithms/format/fixtures/interchange.json', import.meta.url), 'utf8')) as {
  cases: Case[]
}
const fixture = (format: string, name: string): Case => cases.find((each) => each.format === format && each.name === name)!
const bytesOf = ({ format, file }: Case): Uint8Array => (format === 'onnx' ? Buffer.from(file, 'base64') : new TextEncoder().encode(file))
const rowOf = (values: readonly (number | null)[], names = ['x0', 'x1', 'x2', 'x3']): Record<string, number | null> =>
  Object.fromEntries(values.map((value, index) => [names[index]!, value]))

describe('models of other programs as versions', () => {
  let engine: TestEngine
  let bench: TrainingBench
  let predictions: Predictions
  beforeAll(async () => {
    engine = (await memoryEngine())!
    bench = await openTrainingBench(await engine.open(), { threads: 1 })
    const { models, database } = bench
    const log = { info: () => {}, warn: () => {}, error: () => {} }
    predictions = createPredictions({ models, database, clock: Date.now, log, settings: { predictionLogMaxRows: 1000 } })
  })
  afterAll(async () => {
    await predictions.close()
    await bench.close()
    await engine.dispose()
  })
  const take: TrainingBench['training']['interchange']['take'] = (...asked) => bench.training.interchange.take(...asked)

  test.each([
    ['lightgbm', 'binary'],
    ['lightgbm', 'regression'],
    ['xgboost', 'multi:softprob'],
    ['sklearn', 'RandomForestClassifier 3 classes'],
    ['sklearn', 'Ridge'],
  ])('answer what they answered there: %s, %s', async (format, name) => {
    const each = fixture(format, name)
    const model = `imported-${format}-${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`
    const { version } = await take(model, bytesOf(each), { target: 'y' })
    expect(version).toMatchObject({ rows: 0, metrics: {}, active: true, imported: { format } })
    const classes = version.classes ?? []
    // A linear model of scikit-learn knows no gaps.
    const rows = each.x.map((values, at) => ({ values, at })).filter(({ values }) => format !== 'sklearn' || !values.includes(null))
    for (const { values, at } of rows.slice(0, 10)) {
      const answer = await predictions.predict(model, rowOf(values))
      const found = classes.length === 0 ? [answer.value as number] : classes.map((label) => answer.probabilities![label]!)
      for (const [output, value] of each.predictions[at]!.entries())
        expect(Math.abs(found[output]! - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)))
    }
    expect(rows.length).toBeGreaterThan(0)
  })

  // Reference: src/algorithms/format/fixtures/make-interchange-sklearn.py.
  test.each(['pipeline of mixed columns, forest, 2 classes', 'pipeline of mixed columns, logistic regression, 2 classes'])(
    'bring a Pipeline along, with the texts of its categories and which features may be missing: %s',
    async (name) => {
      const path = new URL('../../../algorithms/format/fixtures/interchange-sklearn.json', import.meta.url)
      const all = (
        JSON.parse(readFileSync(path, 'utf8')) as { cases: { name: string; file: string; x: unknown[][]; predictions: number[][] }[] }
      ).cases
      const { file, x, predictions: expected } = all.find((each) => each.name === name)!
      const model = name.includes('forest') ? 'pipeline-forest' : 'pipeline-sum'
      const { version } = await take(model, new TextEncoder().encode(file), { target: 'sold' })
      const properties = (version.features as { properties: Record<string, object> }).properties
      expect(properties.city).toMatchObject({ enum: ['Aachen', 'Bonn', 'Graz', 'Zürich', 'Łódź', null] })
      const names = ['size', 'price', 'age', 'city', 'level']
      for (const [at, values] of x.entries()) {
        const row = Object.fromEntries(values.map((value, index) => [names[index]!, value as string | number | null]))
        if (row.city === 'Rome') {
          await expect((async () => predictions.predict(model, row))()).rejects.toThrow(expect.objectContaining({ code: 'invalid_input' }))
        } else expect((await predictions.predict(model, row)).probabilities!.yes).toBeCloseTo(expected[at]![1]!, 6)
      }
    },
  )

  test('take the names, the order and the categories of a definition', async () => {
    const each = fixture('lightgbm', 'binary')
    const number = { type: ['number', 'null'] }
    const codes = Array.from({ length: 12 }, (_, code) => `city ${code}`)
    const named = each.file.replace('feature_names=Column_0 Column_1 Column_2 Column_3', 'feature_names=net_price age size city')
    await bench.models.put('shop', {
      task: 'classification',
      target: 'sold',
      classes: ['no', 'yes'],
      features: {
        type: 'object',
        properties: { city: { type: ['string', 'null'], enum: [...codes, null] }, age: number, size: number, 'net price': number },
      },
      algorithm: 'auto',
    })
    await take('shop', new TextEncoder().encode(named))
    for (const [at, [price, age, size, city]] of each.x.slice(0, 12).entries()) {
      if (city !== null && city! > 11) continue
      const row = { city: city === null ? null : codes[city!]!, age: age!, size: size!, 'net price': price! }
      const { probabilities } = await predictions.predict('shop', row)
      expect(probabilities!.yes).toBeCloseTo(each.predictions[at]![1]!, 6)
    }
  })

  test('stay out of service where another version serves, unless asked', async () => {
    const file = bytesOf(fixture('lightgbm', 'regression'))
    await take('second', file, { target: 'y' })
    const { version } = await take('second', file)
    expect(version.active).toBe(false)
    expect(version.gate.reason).toContain('no rows judged it')
    expect((await take('second', file, { activate: 'always' })).version.active).toBe(true)
    expect((await bench.models.listActivations('second')).items[0]).toMatchObject({ action: 'import' })
    await expect(bench.models.evaluation('second', 'active')).rejects.toThrow('taken over from a file')
    await expect((async () => predictions.predict('second', rowOf([1, 2, 3, 4]), { coverage: 0.9 }))()).rejects.toThrow(
      expect.objectContaining({ code: 'no_calibration' }),
    )
  })

  test('are refused by what does not fit, and leave no model behind', async () => {
    const file = bytesOf(fixture('lightgbm', 'binary'))
    const bad = (message: string) => expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(message) })
    await expect(take('absent', file)).rejects.toThrow(bad('Say with target'))
    await expect(take('absent', file, { target: 'y', classes: ['a', 'b', 'c'] })).rejects.toThrow(bad('2 classes'))
    await expect(take('absent', new Uint8Array(0), { target: 'y' })).rejects.toThrow(bad('empty'))
    await expect(take('absent', new TextEncoder().encode('hello'), { target: 'y' })).rejects.toThrow(bad('ONNX'))
    await expect(take('absent', new TextEncoder().encode('{}'), { target: 'y' })).rejects.toThrow(bad('XGBoost'))
    await expect(take('absent', bytesOf(fixture('sklearn', 'LinearSVC')), { target: 'y' })).rejects.toThrow(bad('no probabilities'))
    await expect(bench.models.get('absent')).rejects.toThrow(expect.objectContaining({ code: 'model_not_found' }))
    const properties = { a: { type: 'number' }, b: { type: 'number' } }
    await bench.models.put('narrow', { task: 'classification', target: 'y', features: { type: 'object', properties }, algorithm: 'auto' })
    await expect(take('narrow', file)).rejects.toThrow(bad('4 features'))
    await expect(take('narrow', bytesOf(fixture('lightgbm', 'regression')))).rejects.toThrow(bad('regression'))
    const open = { ...properties, c: { type: 'number' }, d: { type: 'string' } }
    await bench.models.put('open', {
      task: 'classification',
      target: 'y',
      features: { type: 'object', properties: open },
      algorithm: 'auto',
    })
    await expect(take('open', file)).rejects.toThrow(bad('"d" is a category without an enum'))
  })

  test('are looked at first: what is in the file, and what does not fit', async () => {
    const look: TrainingBench['training']['interchange']['look'] = (...asked) => bench.training.interchange.look(...asked)
    const binary = await look('not-there', bytesOf(fixture('lightgbm', 'binary')))
    expect(binary).toMatchObject({ format: 'lightgbm', algorithm: 'boosted-trees', task: 'classification', target: null, misfit: null })
    expect(binary).toMatchObject({ classes: ['0', '1'], classesFrom: 'numbers' })
    expect(binary.features.map(({ name, inFile }) => [name, inFile])).toEqual(['x0', 'x1', 'x2', 'x3'].map((name) => [name, null]))
    expect(binary.trees).toBeGreaterThan(0)
    expect(binary.nodes).toBeGreaterThan(binary.trees!)
    expect(await look('not-there', bytesOf(fixture('sklearn', 'Ridge')))).toMatchObject({
      format: 'sklearn',
      algorithm: 'ridge',
      trees: null,
    })
    await expect(bench.models.get('not-there')).rejects.toThrow(expect.objectContaining({ code: 'model_not_found' }))
    const misfit = await look('shop', bytesOf(fixture('lightgbm', 'regression')))
    expect(misfit.misfit!.message).toContain('regression')
    await expect(look('not-there', new TextEncoder().encode('hello'))).rejects.toThrow('ONNX')
  })

  test('take names for their features, in the order of the file', async () => {
    const each = fixture('lightgbm', 'binary')
    const features = ['net price', 'age', 'size', 'city']
    const { version } = await take('named', bytesOf(each), { target: 'y', features })
    expect(Object.keys((version.features as { properties: object }).properties)).toEqual(features)
    const at = each.x.findIndex((values) => !values.includes(null))
    const { probabilities } = await predictions.predict('named', rowOf(each.x[at]!, features))
    expect(probabilities!['1']).toBeCloseTo(each.predictions[at]![1]!, 6)
    const bad = (message: string) => expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(message) })
    await expect(take('unnamed', bytesOf(each), { target: 'y', features: ['a'] })).rejects.toThrow(bad('4 features, and 1 are named'))
    await expect(take('unnamed', bytesOf(each), { target: 'y', features: ['a', 'b', 'a', 'c'] })).rejects.toThrow(
      bad('two features are named "a"'),
    )
  })

  test('leave as ONNX, JSON and .tdm with the same answers, and come back', async () => {
    const rows = Array.from({ length: 200 }, (_, row) => ({
      size: row % 17,
      city: row % 3 === 0 ? 'Bonn' : 'Aachen',
      sold: row % 17 > 8 ? 'yes' : 'no',
    }))
    await bench.training.train('flats', { rows }, { target: 'sold', algorithm: 'boosted-trees', parameters: { nEstimators: 5 } })
    const give = (format: 'onnx' | 'json' | 'tdm') => bench.training.interchange.give('flats', 'active', format)
    const { probabilities } = await predictions.predict('flats', { size: 12, city: 'Bonn' })
    const x = Float32Array.of(12, 1)
    const onnx = await give('onnx')
    expect(predictRows(importOnnx(onnx).ensemble, x, 1)[1]).toBeCloseTo(probabilities!.yes!, 6)
    expect(importOnnx(onnx).classes).toEqual(['no', 'yes'])
    expect(new TextDecoder('latin1').decode(onnx)).toContain('"categories":["Aachen","Bonn"]')
    expect(predictRows(importTreesJson(new TextDecoder().decode(await give('json'))), x, 1)[1]).toBe(probabilities!.yes)
    await take('moved', await give('tdm'))
    const moved = await predictions.predict('moved', { size: 12, city: 'Bonn' }, { coverage: 0.9 })
    expect(moved.probabilities).toEqual(probabilities)
    expect(moved.set).toEqual(['yes'])
  })

  test('with prepared features leave as one graph that reads rows as they are, texts too, and as JSON', async () => {
    const rows = Array.from({ length: 300 }, (_, row) => ({
      ordered: row % 11 === 0 ? null : `2024-0${1 + (row % 9)}-1${row % 10}`,
      carrier: `carrier ${row % 13}`,
      size: row % 7 === 0 ? null : row % 17,
      late: (row % 13) + (row % 9) > 10 ? 'yes' : 'no',
    }))
    const properties = {
      ordered: { type: ['string', 'null'], format: 'date' },
      carrier: { type: 'string' },
      size: { type: ['number', 'null'] },
    }
    const features = { type: 'object', properties, required: ['carrier'] }
    const preparation = { carrier: { kind: 'target' }, size: { kind: 'number', impute: 'median', indicator: true } }
    const parameters = { nEstimators: 5 }
    const definition = { task: 'classification', target: 'late', algorithm: 'boosted-trees', parameters } as const
    await bench.models.put('orders', { ...definition, features, preparation } as never)
    await bench.training.train('orders', { rows })
    const give = (model: string, format: 'onnx' | 'json') => bench.training.interchange.give(model, 'active', format)
    const session = await InferenceSession.create(await give('orders', 'onnx'), { intraOpNumThreads: 1 })
    const asked = [...rows.slice(0, 40), { ordered: '1969-12-31', carrier: 'nobody', size: 3 }]
    const column = <Value>(value: (row: (typeof asked)[number]) => Value): Value[] => asked.map(value)
    const shape = [asked.length, 1]
    const hours = column(({ ordered }) => (ordered === null ? Number.NaN : Date.parse(ordered) / 3_600_000))
    const { probabilities } = await session.run({
      ordered: new Tensor('float32', Float32Array.from(hours), shape),
      carrier: new Tensor(
        'string',
        column(({ carrier }) => carrier),
        shape,
      ),
      size: new Tensor('float32', Float32Array.from(column(({ size }) => size ?? Number.NaN)), shape),
    })
    for (const [at, { ordered, carrier, size }] of asked.entries()) {
      const answer = await predictions.predict('orders', { ordered, carrier, size })
      expect(probabilities!.data[at * 2 + 1]).toBeCloseTo(answer.probabilities!.yes!, 6)
    }
    const json = await give('orders', 'json')
    const { format, inputs } = JSON.parse(new TextDecoder().decode(json))
    expect(format).toBe('tandem-prepared-trees')
    expect(inputs[0]).toMatchObject({ name: 'ordered', kind: 'date', column: { kind: 'date', parts: ['year', 'month', 'day', 'weekday'] } })
    await expect(take('again', json, { target: 'late' })).rejects.toThrow('as tdm')
    await expect(take('again', await give('orders', 'onnx'), { target: 'late' })).rejects.toThrow('LabelEncoder')
    const noted = { ...features, properties: { ...properties, note: { type: 'string', text: true } } }
    await bench.models.put('notes', { ...definition, features: noted } as never)
    await bench.training.train('notes', { rows: rows.map((row, at) => ({ ...row, note: `word${at % 5} word${at % 3}` })) })
    const reader = await InferenceSession.create(await give('notes', 'onnx'), { intraOpNumThreads: 1 })
    const one = { ordered: '2024-03-12', carrier: 'carrier 7', size: 4, note: 'Word1 WORD2, word9' }
    const number = (value: number): Tensor => new Tensor('float32', Float32Array.of(value), [1, 1])
    const told = await reader.run({
      ...{ ordered: number(Date.parse(one.ordered) / 3_600_000), size: number(one.size) },
      ...{ carrier: new Tensor('string', [one.carrier], [1, 1]), note: new Tensor('string', [one.note], [1, 1]) },
    })
    await reader.release()
    expect(told.probabilities!.data[1]).toBeCloseTo((await predictions.predict('notes', one)).probabilities!.yes!, 6)
    expect(JSON.parse(new TextDecoder().decode(await give('notes', 'json'))).inputs[3].column.kind).toBe('text-score')
  })

  test.each([
    ['logistic-regression', 'late'],
    ['linear-svm', 'late'],
    ['naive-bayes', 'late'],
    ['linear-regression', 'days'],
    ['ridge', 'days'],
    ['elastic-net', 'days'],
  ] as const)('%s leaves as one graph that reads rows as they are', async (algorithm, target) => {
    const rows = Array.from({ length: 240 }, (_, row) => ({
      ordered: row % 11 === 0 ? null : `2024-0${1 + (row % 9)}-1${row % 10}`,
      carrier: `carrier ${row % 6}`,
      size: row % 7 === 0 ? null : row % 17,
      ...(target === 'late'
        ? { late: (row % 6) + (row % 9) > 7 ? 'yes' : 'no' }
        : { days: (row % 6) * 3 + (row % 17) / 4 + (row % 5) / 10 }),
    }))
    const model = `sums-${algorithm}`
    const columns = { ordered: { kind: 'date' }, carrier: { kind: 'category' } } as const
    await bench.training.train(model, { rows }, { target, algorithm, columns })
    const file = await bench.training.interchange.give(model, 'active', 'onnx')
    const session = await InferenceSession.create(file, { intraOpNumThreads: 1 })
    const asked = [...rows.slice(0, 30), { ordered: '1969-12-31', carrier: 'carrier 3', size: 99 }]
    const shape = [asked.length, 1]
    const hours = asked.map(({ ordered }) => (ordered === null ? Number.NaN : Date.parse(ordered) / 3_600_000))
    const sizes = asked.map(({ size }) => size ?? Number.NaN)
    const carriers = asked.map(({ carrier }) => carrier)
    const answers = await session.run({
      ordered: new Tensor('float32', Float32Array.from(hours), shape),
      carrier: new Tensor('string', carriers, shape),
      size: new Tensor('float32', Float32Array.from(sizes), shape),
    })
    await session.release()
    for (const [at, { ordered, carrier, size }] of asked.entries()) {
      const { value, probabilities } = await predictions.predict(model, { ordered, carrier, size })
      if (target === 'late') {
        expect(answers.label!.data[at]).toBe(value)
        expect(Math.abs((answers.probabilities!.data[at * 2 + 1] as number) - probabilities!.yes!)).toBeLessThan(1e-6)
      } else expect(Math.abs((answers.prediction!.data[at] as number) / (value as number) - 1)).toBeLessThan(1e-6)
    }
  })

  test('of texts leave as one graph, and what it cannot say is refused by the name of the column', async () => {
    const words = ['gut', 'schlecht', 'neu', 'Größe']
    const rows = Array.from({ length: 120 }, (_, row) => ({
      text: `${words[row % 4]} ${words[(row * 7) % 3]} ${row}`,
      good: row % 4 === 0 || row % 3 === 0 ? 'yes' : 'no',
    }))
    const features = { type: 'object', properties: { text: { type: 'string', format: 'text' } } }
    const about = { task: 'classification', target: 'good', algorithm: 'logistic-regression', features } as const
    await bench.models.put('texts', about as never)
    await bench.training.train('texts', { rows })
    const session = await InferenceSession.create(await bench.training.interchange.give('texts', 'active', 'onnx'), {
      intraOpNumThreads: 1,
    })
    const asked = ['GUT gut 7', 'schlecht GRÖSSE größe', '', 'İstanbul 42']
    const { probabilities } = await session.run({ text: new Tensor('string', asked, [4, 1]) })
    await session.release()
    for (const [row, text] of asked.entries()) {
      const answer = await predictions.predict('texts', { text })
      expect(Math.abs((probabilities!.data[row * 2 + 1] as number) - answer.probabilities!.yes!)).toBeLessThan(1e-6)
    }
    const greek = rows.map((row) => ({ ...row, text: `${row.text} σοφία` }))
    await bench.models.put('greek', about as never)
    await bench.training.train('greek', { rows: greek })
    await expect(bench.training.interchange.give('greek', 'active', 'onnx')).rejects.toThrow('"text" has Greek words')
  })

  test('of weights leave as ONNX and .tdm; as JSON they are refused', async () => {
    const rows = Array.from({ length: 60 }, (_, row) => ({ size: row % 7, price: (row % 7) + (row % 5) }))
    await bench.training.train('line', { rows }, { target: 'price', algorithm: 'ridge', columns: { price: { kind: 'number' } } })
    await expect(bench.training.interchange.give('line', 'active', 'json')).rejects.toThrow('onnx or tdm')
    await take('line-moved', await bench.training.interchange.give('line', 'active', 'tdm'))
    const [here, there] = await Promise.all(['line', 'line-moved'].map((model) => predictions.predict(model, { size: 3 })))
    expect(there!.value).toBe(here!.value)
  })

  test('of scikit-learn that take a number for a category are refused by its name', async () => {
    await expect(bench.training.interchange.give('pipeline-sum', 'active', 'onnx')).rejects.toThrow('"level" is a number and is read as')
  })
})

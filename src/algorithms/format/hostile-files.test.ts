import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { createRng } from '../math/rng.ts'
import { predictAdditive } from '../tabular/predict-additive.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { predictRows } from '../tree/predict.ts'
import { exportTreesJson, importTreesJson } from './ensemble-json.ts'
import { importLightGbm } from './import-lightgbm.ts'
import { importOnnx } from './import-onnx.ts'
import { importSklearn } from './import-sklearn.ts'
import { importXgBoost } from './import-xgboost.ts'
import { readProto } from './protobuf.ts'
import { readUbjson } from './ubjson.ts'

interface Case {
  readonly name: string
  readonly format: string
  readonly file: string
}

const read = (file: string): Case[] => JSON.parse(readFileSync(new URL(`./fixtures/${file}.json`, import.meta.url), 'utf8')).cases
const named = (file: string, format: string | undefined, name: string): Uint8Array => {
  const { file: content } = read(file).find((each) => each.name === name && (format === undefined || each.format === format))!
  return format === 'onnx' || format === 'ubjson' ? Buffer.from(content, 'base64') : Buffer.from(content)
}
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const treesOf = (bytes: Uint8Array): TreeEnsemble | undefined => {
  const imported = importSklearn(textOf(bytes))
  if (imported.kind === 'trees') return imported.ensemble
  if (imported.kind === 'additive') predictAdditive(imported.model, { x: new Float32Array(imported.model.nFeatures), rows: 1 })
  return undefined
}

const lightgbm = named('interchange-edges', 'lightgbm', 'linear_tree')
const ubjson = named('interchange-edges', 'ubjson', 'UBJSON')
const xgboost = named('interchange-edges', 'xgboost', 'multi:softprob of two')
const files: readonly [name: string, bytes: Uint8Array, load: (bytes: Uint8Array) => TreeEnsemble | undefined][] = [
  ['LightGBM', lightgbm, (bytes) => importLightGbm(textOf(bytes)).ensemble],
  ['XGBoost JSON', xgboost, (bytes) => importXgBoost(bytes).ensemble],
  ['XGBoost UBJSON', ubjson, (bytes) => importXgBoost(bytes).ensemble],
  ['scikit-learn', named('interchange-sklearn', undefined, 'histogram boosting, native categories by number'), treesOf],
  ['a Pipeline', named('interchange-sklearn', undefined, 'pipeline of mixed columns, ridge'), treesOf],
  ['ONNX', named('interchange', 'onnx', 'skl2onnx RandomForestClassifier 2 classes'), (bytes) => importOnnx(bytes).ensemble],
  ['Tandem JSON', Buffer.from(exportTreesJson(importXgBoost(ubjson).ensemble)), (bytes) => importTreesJson(textOf(bytes))],
]

/** A file either loads, and then answers with numbers, or is refused by name. */
function tried(load: (bytes: Uint8Array) => TreeEnsemble | undefined, bytes: Uint8Array): string {
  let ensemble: TreeEnsemble | undefined
  try {
    ensemble = load(bytes)
  } catch (error) {
    if (!TandemError.is(error)) throw error
    expect(['invalid_input', 'artifact_damaged']).toContain(error.code)
    expect(error.message.length).toBeLessThan(1000)
    return error.code
  }
  if (ensemble === undefined) return 'loaded'
  const { nFeatures } = ensemble
  const cells = [0, 1, -1, 1e-40, 3e5, Number.NaN, 253, 70_000]
  const x = Float32Array.from({ length: 8 * nFeatures }, (_, at) => cells[(at + Math.floor(at / nFeatures)) % cells.length]!)
  if (nFeatures < 1000) expect(predictRows(ensemble, x, 8).some(Number.isNaN)).toBe(false)
  return 'loaded'
}

describe('damaged files', () => {
  test.each(files)('of %s end in an answer or an error that names them: cut, bits turned, bytes repeated', (_name, bytes, load) => {
    expect(tried(load, bytes)).toBe('loaded')
    const rng = createRng(20261126)
    const place = (): number => Math.floor(rng.next() * bytes.length)
    for (let n = 0; n < 40; n++) {
      const other = Uint8Array.from(bytes)
      for (let at = 0; at <= n % 3; at++) other[place()]! ^= 1 << Math.floor(rng.next() * 8)
      tried(load, other)
    }
    for (let n = 0; n < 20; n++) tried(load, bytes.subarray(0, place()))
    for (let n = 0; n < 15; n++) {
      const [from, to] = [place(), place()]
      const other = Uint8Array.from(bytes)
      other.copyWithin(to, from, from + 64)
      tried(load, other)
    }
  })

  const texts = files.filter(([, bytes]) => bytes[0] === 0x7b && bytes[1] === 0x22)
  test.each(texts)('of %s: values of other types, indices out of range, cycles, names of Object', (_name, bytes, load) => {
    const model = JSON.parse(textOf(bytes))
    const rng = createRng(7)
    const strange = [null, -1, 1e9, 0.5, 'x', [], {}, true, 1e308, [[1]], { length: 1e9 }, '__proto__', -0, 4294967296]
    for (let n = 0; n < 60; n++) {
      const copy = structuredClone(model)
      let parent: Record<string, unknown> = copy
      for (;;) {
        const keys = Object.keys(parent)
        const key = keys[Math.floor(rng.next() * keys.length)]!
        const child = parent[key]
        if (typeof child === 'object' && child !== null && Object.keys(child).length > 0 && rng.next() < 0.9)
          parent = child as typeof parent
        else {
          parent[key] = strange[Math.floor(rng.next() * strange.length)]
          break
        }
      }
      tried(load, Buffer.from(JSON.stringify(copy)))
    }
    const polluted = textOf(bytes).replace('{', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},')
    tried(load, Buffer.from(polluted))
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('of LightGBM: numbers of other sizes in every line', () => {
    const lines = textOf(lightgbm).split('\n')
    const second = lines.findIndex((line) => line.startsWith('Tree=1'))
    for (const [at, line] of lines.slice(0, second).entries()) {
      const [name] = line.split('=')
      if (!line.includes('=')) continue
      for (const value of ['', '-1', '1000000000', '1e400 nan 0.5']) {
        tried((bytes) => importLightGbm(textOf(bytes)).ensemble, Buffer.from(lines.with(at, `${name}=${value}`).join('\n')))
      }
    }
  })
})

describe('files that claim more than they hold', () => {
  const bad = expect.objectContaining({ code: 'invalid_input' })

  test('are refused before memory is taken for it', () => {
    const text = textOf(lightgbm)
    expect(() => importLightGbm(text.replace(/max_feature_idx=\d+/, 'max_feature_idx=4000000000'))).toThrow('max_feature_idx')
    expect(() => importLightGbm(text.replace(/num_leaves=\d+/, 'num_leaves=1000000000'))).toThrow(bad)
    expect(() => importLightGbm(text.replace(/num_tree_per_iteration=\d+/, 'num_tree_per_iteration=1000000000'))).toThrow(
      'num_tree_per_iteration',
    )
    expect(() => importXgBoost(textOf(xgboost).replace('"num_class":"2"', '"num_class":"1000000000"'))).toThrow('classes')
    expect(() => importXgBoost(textOf(xgboost).replaceAll(/"num_feature":"\d+"/g, '"num_feature":"1000000000"'))).toThrow('features')
    // A typed list of 2^40 values that take no bytes, or of more bytes than there are.
    const list = (kind: string, count: bigint): Uint8Array => {
      const bytes = Buffer.concat([Buffer.from(`{i\u0001a[$${kind}#L`), Buffer.alloc(8), Buffer.from('}')])
      bytes.writeBigInt64BE(count, bytes.length - 9)
      return bytes
    }
    for (const kind of ['T', 'Z', 'i', 'D']) expect(() => readUbjson(list(kind, 2n ** 40n))).toThrow(RangeError)
    expect(() => readUbjson(Buffer.concat([Buffer.from('{i\u0001a'), Buffer.alloc(5000, '[')]))).toThrow('nested')
    expect(() => readProto(Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f))).toThrow(RangeError)
  })

  test('as JSON nested a million times, or of millions of brackets, are refused before they are parsed', () => {
    for (const text of ['['.repeat(1_000_000), `{"learner":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`]) {
      for (const load of [importXgBoost, importSklearn, importTreesJson]) expect(() => load(text)).toThrow('nested deeper')
    }
    expect(() => importXgBoost(`[${'[],'.repeat(2 ** 23)}[]]`)).toThrow('parts')
    // Brackets in a text are no brackets.
    expect(() => importXgBoost(JSON.stringify({ learner: '[{"\\'.repeat(1000) }))).toThrow('"learner"')
  })

  // Found by the test of strange values: a table of 4 GB for one category.
  test('as a category of a billion are refused', () => {
    const model = JSON.parse(textOf(named('interchange-sklearn', undefined, 'pipeline of mixed columns, ridge')))
    const table = (model.inputs as { codes?: number[] }[]).find(({ codes }) => codes !== undefined)!
    table.codes![0] = 1e9
    expect(() => importSklearn(JSON.stringify(model))).toThrow('category 1000000000')
    const sets = textOf(named('interchange-edges', 'xgboost', 'rank:ndcg'))
    expect(() => importXgBoost(sets.replace(/"categories":\[\d+/, '"categories":[1000000000'))).toThrow('category 1000000000')
  })

  test('whose keys stand twice say the last, as JSON does', () => {
    const twice = textOf(xgboost).replace('"name":"multi:softprob"', '"name":"multi:softprob","name":"oracle"')
    expect(() => importXgBoost(twice)).toThrow('oracle')
  })
})

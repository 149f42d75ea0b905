import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { createRng } from '../math/rng.ts'
import { sumCovers, type TreeEnsemble } from '../tree/ensemble.ts'
import { fitBoostedTrees } from '../tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../tree/fit-random-forest.ts'
import { predictRows } from '../tree/predict.ts'
import { canonicalJson, type Json } from './canonical-json.ts'
import { decodeEnsemble, encodeEnsemble } from './ensemble-file.ts'
import { sha256, toHex } from './sha256.ts'
import { decodeTdm, encodeTdm, type TdmContent } from './tdm.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

/** The message of the `artifact_damaged` error that reading throws; fails when the bytes are accepted. */
function refusal(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown = decodeTdm): string {
  try {
    read(bytes)
  } catch (error) {
    if (TandemError.is(error) && error.code === 'artifact_damaged') return error.message
    throw error
  }
  throw new Error('the damaged file was accepted')
}

describe('sha256', () => {
  // NIST CAVP and FIPS 180-2 appendix B vectors.
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('gives the NIST digest of %.10s', (text, expected) => {
    expect(toHex(sha256(utf8(text)))).toBe(expected)
  })

  test('equals node:crypto for every length around the block borders and at any address', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 9 }), (bytes, skip) => {
        const part = bytes.subarray(Math.min(skip, bytes.length))
        expect(toHex(sha256(part))).toBe(createHash('sha256').update(part).digest('hex'))
      }),
      { seed: 7 },
    )
    for (let length = 0; length < 200; length++) {
      const bytes = new Uint8Array(length).fill(length)
      expect(toHex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'))
    }
  })
})

describe('canonicalJson', () => {
  test('is JSON whose text does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value as Json))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { seed: 7 },
    )
    expect(canonicalJson({ b: 1, a: { d: [2, { z: 0, y: 0 }], c: undefined } })).toBe('{"a":{"d":[2,{"y":0,"z":0}]},"b":1}')
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, new Date(0), new Map(), () => 1])('refuses %s and says where', (value) => {
    expect(() => canonicalJson({ a: [0, value as unknown as Json] })).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    expect(() => canonicalJson({ a: [0, value as unknown as Json] })).toThrow('"/a/1"')
  })
})

const content: TdmContent = {
  header: { name: 'match', classes: ['no', 'yes'], seed: 7 },
  sections: {
    bytes: Uint8Array.of(1, 2, 3),
    empty: new Float32Array(0),
    values: Float64Array.of(0.1, Number.NaN, -0),
    ids: Int16Array.of(-1),
  },
}

describe('.tdm', () => {
  test('reads back what was written, as views into the bytes', () => {
    const bytes = encodeTdm(content)
    const read = decodeTdm(bytes)
    expect(read).toEqual(content)
    for (const section of Object.values(read.sections)) {
      expect(section.buffer).toBe(bytes.buffer)
      expect(section.byteOffset % 64).toBe(0)
    }
  })

  test('any header and sections survive, also from an odd address', () => {
    const section = fc.oneof(fc.uint8Array(), fc.int16Array(), fc.int32Array(), fc.uint32Array(), fc.float32Array(), fc.float64Array())
    const name = fc.string().filter((text) => text !== '__proto__')
    const header = fc.dictionary(name, fc.jsonValue({ noUnicodeString: false }))
    fc.assert(
      fc.property(header, fc.dictionary(name, section, { maxKeys: 6 }), (given, sections) => {
        const bytes = encodeTdm({ header: given as TdmContent['header'], sections })
        const moved = new Uint8Array(bytes.length + 3).subarray(3)
        moved.set(bytes)
        const read = decodeTdm(moved)
        expect(read.header).toEqual(JSON.parse(JSON.stringify(given)))
        expect(Object.keys(read.sections)).toEqual(Object.keys(sections))
        for (const [key, array] of Object.entries(sections))
          expect(Object.is(read.sections[key], array) || read.sections[key]).toEqual(array)
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  test('equal content gives equal bytes, and another hash function the same file', () => {
    const turned = { header: { seed: 7, classes: ['no', 'yes'], name: 'match' }, sections: content.sections }
    const native = { sha256: (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest()) }
    expect(encodeTdm(turned)).toEqual(encodeTdm(content))
    expect(encodeTdm(content, native)).toEqual(encodeTdm(content))
    expect(decodeTdm(encodeTdm(content), native)).toEqual(content)
  })

  test('every flipped bit, every truncation and anything appended is refused', () => {
    const bytes = encodeTdm(content)
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = bytes.slice()
        changed[at]! ^= 1 << bit
        refusal(changed)
      }
      refusal(bytes.slice(0, at))
    }
    refusal(Uint8Array.of(...bytes, 0))
    expect(refusal(bytes.slice(0, 200))).toMatch(/has 200 bytes, but was written with \d+/)
    expect(refusal(new Uint8Array(0))).toContain('0 bytes')
    expect(refusal(utf8('{"not": "a model"}'))).toContain('does not begin like')
  })

  test('refuses to write what cannot be read back', () => {
    const bad = (sections: unknown, header: unknown = {}) =>
      expect(() => encodeTdm({ header, sections } as TdmContent)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    bad({ list: [1, 2] })
    bad({ big: new BigInt64Array(1) })
    bad({}, { auc: Number.NaN })
    bad({}, { text: 'x'.repeat(16 * 1024 * 1024) })
    bad(Object.fromEntries(Array.from({ length: 1025 }, (_, at) => [`s${at}`, new Uint8Array(1)])))
  })
})

/** A file with a right hash and length around any header text, as a forger would make it. */
function forge(headerText: string, data: Uint8Array = new Uint8Array(0), claimed = utf8(headerText).length): Uint8Array {
  const header = utf8(headerText)
  const start = Math.ceil((24 + header.length) / 64) * 64
  const bytes = new Uint8Array(start + data.length + 32)
  bytes.set(Uint8Array.of(0x89, 0x54, 0x44, 0x4d, 0x0d, 0x0a, 0x1a, 0x0a))
  const view = new DataView(bytes.buffer)
  view.setUint32(8, 1, true)
  view.setUint32(12, claimed, true)
  view.setBigUint64(16, BigInt(bytes.length), true)
  bytes.set(header, 24)
  bytes.set(data, start)
  bytes.set(sha256(bytes.subarray(0, -32)), bytes.length - 32)
  return bytes
}

describe('.tdm with a right hash but a wrong structure', () => {
  const section = (changes: object) => ({ name: 'a', type: 'f32', offset: 0, length: 4, ...changes })
  const file = (sections: unknown, data = new Uint8Array(16)) => forge(JSON.stringify({ header: {}, sections }), data)

  test('is accepted when nothing is wrong', () => {
    expect(decodeTdm(file([section({})])).sections.a).toEqual(new Float32Array(4))
  })

  test.each<[string, Uint8Array, string]>([
    ['an unknown type', file([section({ type: 'u64' })]), 'unknown type "u64"'],
    ['a type that every object has', file([section({ type: 'constructor' })]), 'unknown type'],
    ['a length beyond the file', file([section({ length: 5 })]), 'ends at'],
    ['a length that leaves bytes over', file([section({ length: 3 })]), 'sections end at'],
    ['a negative length', file([section({ length: -1 })]), 'the length -1'],
    ['a fractional length', file([section({ length: 1.5 })]), 'the length 1.5'],
    ['a huge length', file([section({ length: 2 ** 53 - 1 })]), 'ends at'],
    ['a length that is a text', file([section({ length: '4' })]), 'the length 4'],
    ['an unaligned offset', file([section({ offset: 4, length: 3 })]), 'not at a multiple of 64'],
    ['a gap', file([section({ offset: 64, length: 4 })], new Uint8Array(80)), 'expected'],
    ['overlap', file([section({}), section({ name: 'b' })]), 'the part before it ends at'],
    ['a name twice', file([section({ length: 0 }), section({})]), 'names section "a" twice'],
    ['no name', file([section({ name: 7 })]), 'no usable name'],
    ['a section that is null', file([null]), 'not described'],
    ['sections that are no list', file({}), 'not of the form'],
    ['too many sections', file(Array.from({ length: 1025 }, (_, at) => section({ name: `${at}`, length: 0 }))), '1025 sections'],
    ['data without a section', file([]), 'sections end at'],
    [
      'bytes hidden between sections',
      file([section({ type: 'u8', length: 1 }), section({ name: 'b', offset: 64, length: 0 })], new Uint8Array(64).fill(9)),
      'is 9, expected 0',
    ],
    ['a header that is no JSON', forge('{"header":'), 'not JSON'],
    ['a header that is a list', forge('[]'), 'not of the form'],
    ['a header longer than the file', forge('{}', undefined, 4096), 'claims 4096 bytes'],
    ['an oversized header', forge('{}', undefined, 2 ** 31), 'claims 2147483648 bytes'],
  ])('%s is refused', (_name, bytes, reason) => {
    expect(refusal(bytes)).toContain(reason)
  })

  test('another format version is refused by number', () => {
    const bytes = encodeTdm(content)
    bytes[8] = 2
    expect(refusal(bytes)).toContain('format version 2')
  })
})

/** x0 <= 0.5 ? class 0 : (x1 <= 2 ? class 1 : class 2), as a forest of one tree. */
const forest: TreeEnsemble = {
  kind: 'random-forest',
  task: 'classification',
  nFeatures: 2,
  nClasses: 3,
  nTrees: 1,
  leafSize: 2,
  feature: Int32Array.of(0, -1, 1, -1, -1),
  threshold: Float32Array.of(0.5, 0, 2, 0, 0),
  left: Uint32Array.of(1, 0, 3, 1, 2),
  missingLeft: Uint8Array.of(1, 0, 0, 0, 0),
  leafValues: Float32Array.of(0, 0, 1, 0, 0, 1),
  roots: Uint32Array.of(0),
  baseScores: Float64Array.of(0),
  importances: Float64Array.of(0.6, 0.4),
}

describe('trees in a .tdm file', () => {
  test('come back as they were, with the header beside them', () => {
    const header = { features: ['age', 'income'], metrics: { rocAuc: 0.9 }, parent: null }
    const bytes = encodeEnsemble(forest, header)
    expect(decodeEnsemble(bytes)).toEqual({ ensemble: forest, header })
    expect(encodeEnsemble({ ...forest }, { parent: null, metrics: { rocAuc: 0.9 }, features: ['age', 'income'] })).toEqual(bytes)
  })

  test.each([2, 3, 0])('predict the same after reading, and fitting twice gives the same file: %i classes', (classes) => {
    const rows = 300
    const rng = createRng(5)
    const x = Float32Array.from({ length: rows * 3 }, () => rng.next())
    const y = Float64Array.from({ length: rows }, (_, row) => {
      const value = x[row * 3]! + 0.5 * rng.next()
      return classes === 0 ? value : Math.min(classes - 1, Math.floor((value / 1.5) * classes))
    })
    const set = { x, rows, features: 3, y, classes }
    for (const learn of [fitRandomForest, fitBoostedTrees]) {
      const ensemble = learn(set, { nEstimators: 10, randomState: 1 })
      const bytes = encodeEnsemble(ensemble)
      expect(encodeEnsemble(learn(set, { nEstimators: 10, randomState: 1 }))).toEqual(bytes)
      expect(predictRows(decodeEnsemble(bytes).ensemble, x, rows)).toEqual(predictRows(ensemble, x, rows))
    }
  })

  test('cost at most 13 bytes a node with their covers, and read without them', () => {
    const nodes = 20_001
    const chain: TreeEnsemble = {
      ...forest,
      task: 'regression',
      nClasses: 0,
      leafSize: 1,
      feature: Int32Array.from({ length: nodes }, (_, at) => (at < nodes - 1 && at % 2 === 0 ? 0 : -1)),
      left: Uint32Array.from({ length: nodes }, (_, at) => (at < nodes - 1 && at % 2 === 0 ? at + 1 : 0)),
      threshold: new Float32Array(nodes),
      missingLeft: new Uint8Array(nodes),
      leafValues: new Float32Array(0),
    }
    const cover = new Uint32Array(nodes).fill(70_000)
    sumCovers(chain.feature, chain.left, cover)
    for (const ensemble of [chain, { ...chain, cover }]) {
      expect(encodeEnsemble(ensemble).length).toBeLessThan(13 * nodes + 2048)
      expect(decodeEnsemble(encodeEnsemble(ensemble)).ensemble).toEqual(ensemble)
    }
    const wide = { ...chain, cover, nFeatures: 300, importances: new Float64Array(300) }
    expect(encodeEnsemble(wide).length).toBeLessThan(13 * nodes + 300 * 8 + 2048)
    expect(decodeEnsemble(encodeEnsemble(wide)).ensemble).toEqual(wide)
  })

  test.each<[string, Partial<TreeEnsemble>]>([
    ['a walk that goes back', { left: Uint32Array.of(1, 0, 0, 1, 2) }],
    ['a child outside', { left: Uint32Array.of(1, 0, 4, 1, 2) }],
    ['an unknown feature', { feature: Int32Array.of(0, -1, 2, -1, -1) }],
    ['a root outside', { roots: Uint32Array.of(5) }],
    ['leaf values outside', { left: Uint32Array.of(1, 0, 3, 1, 3) }],
    ['a missing-value direction of 2', { missingLeft: Uint8Array.of(2, 0, 0, 0, 0) }],
    ['arrays of other lengths', { threshold: Float32Array.of(0) }],
    ['an unknown kind', { kind: 'oracle' as TreeEnsemble['kind'] }],
  ])('%s is refused, in writing and in reading a forged file', (_name, changes) => {
    const broken = { ...forest, ...changes }
    expect(() => encodeEnsemble(broken)).toThrow(expect.objectContaining({ code: 'artifact_damaged' }))
    const { kind, task, nFeatures, nClasses, nTrees, leafSize, link: _link, oobScore: _oobScore, leafLines: _lines, ...sections } = broken
    const header = { form: 'tree-ensemble', ensemble: { kind, task, nFeatures, nClasses, nTrees, leafSize }, model: {} }
    refusal(encodeTdm({ header, sections }), decodeEnsemble)
  })

  test('covers of inner nodes are added up when somebody looks, once, and a copy has them', () => {
    const covered = { ...forest, cover: Uint32Array.of(9, 4, 5, 3, 2) }
    const { ensemble } = decodeEnsemble(encodeEnsemble(covered))
    expect(Object.getOwnPropertyDescriptor(ensemble, 'cover')?.get).toBeTypeOf('function')
    expect(ensemble.cover).toBe(ensemble.cover)
    expect(structuredClone(ensemble)).toEqual(covered)
  })

  test('covers above what 32 bits hold are refused, those below are not', () => {
    const { header, sections } = decodeTdm(encodeEnsemble({ ...forest, cover: Uint32Array.of(9, 4, 5, 3, 2) }))
    const forged = (...leafCover: number[]) => encodeTdm({ header, sections: { ...sections, leafCover: Uint32Array.from(leafCover) } })
    expect(decodeEnsemble(forged(2 ** 32 - 3, 1, 1)).ensemble.cover![0]).toBe(2 ** 32 - 1)
    expect(refusal(forged(2 ** 32 - 3, 2, 1), decodeEnsemble)).toContain('node 0 covers 4294967296 rows')
  })

  test('covers that do not add up or fit no leaf are refused', () => {
    const covered = { ...forest, cover: Uint32Array.of(9, 4, 5, 3, 2) }
    const { header, sections } = decodeTdm(encodeEnsemble(covered))
    expect(sections.leafCover).toEqual(Uint8Array.of(4, 3, 2))
    expect(() => encodeEnsemble({ ...covered, cover: Uint32Array.of(9, 4, 4, 2, 2) })).toThrow('node 0 covers 9 rows, its children 8')
    const forged = (leafCover: Uint8Array | Float32Array) => encodeTdm({ header, sections: { ...sections, leafCover } })
    expect(refusal(forged(Uint8Array.of(4, 3)), decodeEnsemble)).toContain('2 entries for 3 leaves')
    expect(refusal(forged(Uint8Array.of(4, 0, 2)), decodeEnsemble)).toContain('covers no rows')
    expect(refusal(forged(Float32Array.of(4, 3, 2)), decodeEnsemble)).toContain('expected a Uint8Array or Uint16Array or Uint32Array')
  })

  test('another kind of file, a missing section and a section of another type are refused', () => {
    const { header, sections } = decodeTdm(encodeEnsemble(forest))
    const { roots: _roots, ...without } = sections
    expect(refusal(encodeTdm({ header, sections: without }), decodeEnsemble)).toContain('"roots" is absent')
    const other = { ...sections, left: Int32Array.from(forest.left) }
    expect(refusal(encodeTdm({ header, sections: other }), decodeEnsemble)).toContain('expected a Uint32Array')
    expect(refusal(encodeTdm(content), decodeEnsemble)).toContain('not "tree-ensemble"')
    expect(refusal(encodeTdm({ header: { form: 'tree-ensemble' }, sections }), decodeEnsemble)).toContain('no object "ensemble"')
  })

  test('every flipped byte is refused', () => {
    const bytes = encodeEnsemble(forest, { classes: ['a', 'b', 'c'] })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = bytes.slice()
        changed[at]! ^= mask
        refusal(changed, decodeEnsemble)
      }),
      { numRuns: 500, seed: 7 },
    )
  })
})

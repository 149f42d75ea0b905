import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkDefinition } from './definition.ts'
import { createRowEncoder } from './feature-encoder.ts'
import { featureSchemaOf, parseFeatureSchema } from './feature-schema.ts'

const schema = {
  type: 'object',
  properties: {
    rate: { type: 'number', minimum: 0, maximum: 1 },
    count: { type: 'integer', exclusiveMinimum: 0 },
    plan: { type: 'string', enum: ['free', 'pro'] },
    city: { type: ['string', 'null'] },
    paid: { anyOf: [{ type: 'boolean' }, { type: 'null' }] },
  },
  required: ['rate', 'plan'],
}
const features = parseFeatureSchema(schema)
const encoder = createRowEncoder(features, [null, null, ['free', 'pro'], ['Oslo', 'Rome'], null])

function encode(row: Record<string, unknown>): (number | null)[] | string[] {
  const out = new Float32Array(7).fill(-1)
  if (!encoder.encode(row, out, 1)) return encoder.problems(row, '/features').map(({ message }) => message)
  expect([out[0], out[6]]).toEqual([-1, -1])
  return [...out.subarray(1, 6)].map((value) => (Number.isNaN(value) ? null : value))
}

describe('createRowEncoder', () => {
  test('writes numbers, codes of categories, 0 and 1, and NaN for what is missing', () => {
    expect(encode({ rate: 0.5, count: 3, plan: 'pro', city: 'Rome', paid: true })).toEqual([0.5, 3, 1, 1, 1])
    expect(encode({ rate: 0, plan: 'free', city: null, paid: false })).toEqual([0, null, 0, null, 0])
    expect(encode({ rate: 1, plan: 'free', city: 'Lima', count: undefined })).toEqual([1, null, 0, null, null])
  })

  test.each([
    [{ rate: 'high', plan: 'pro' }, 'features.rate must be a number between 0 and 1, got string "high"'],
    [{ rate: '0.5', plan: 'pro' }, 'features.rate must be a number between 0 and 1, got string "0.5"'],
    [{ rate: 1.5, plan: 'pro' }, 'features.rate must be a number between 0 and 1, got number 1.5'],
    [{ rate: Number.NaN, plan: 'pro' }, /features\.rate must be a finite number, got NaN/],
    [{ rate: Number.POSITIVE_INFINITY, plan: 'pro' }, /must be a finite number, got Infinity/],
    [{ rate: 0, plan: 'gold' }, 'features.plan must be one of "free", "pro", got string "gold"'],
    [{ rate: 0, plan: 1 }, 'features.plan must be one of "free", "pro", got number 1'],
    [{ rate: 0, plan: null }, 'features.plan must be one of "free", "pro", got null'],
    [{ rate: 0, plan: 'pro', count: 0 }, 'features.count must be an integer above 0, got number 0'],
    [{ rate: 0, plan: 'pro', count: 1.5 }, 'features.count must be an integer above 0, got number 1.5'],
    [{ rate: 0, plan: 'pro', count: 3.5e38 }, /must lie between -3\.4028235e38 and 3\.4028235e38 .*got 3\.5e\+38/],
    [{ rate: 0, plan: 'pro', paid: 1 }, 'features.paid must be a boolean or null, got number 1'],
    [{ rate: 0, plan: 'pro', citty: 'Oslo' }, 'features.citty is not a known feature; did you mean "city"?'],
    [{ plan: 'pro' }, 'features.rate is required: a number between 0 and 1'],
  ])('says what is wrong with %j', (row, message) => {
    const [first, ...rest] = encode(row)
    expect(rest).toEqual([])
    expect(first).toMatch(message)
  })

  test('names every wrong place, at most 20', () => {
    expect(encoder.problems({ rate: 2, plan: 'x', zzz: 1 }, '/rows/3').map(({ path }) => path)).toEqual([
      '/rows/3/rate',
      '/rows/3/plan',
      '/rows/3/zzz',
    ])
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key${index}`, 1]))
    expect(encoder.problems(many, '/features').length).toBe(20)
    expect(encoder.problems([1], '/features')[0]!.message).toContain('must be an object')
  })

  test('reads features named as something every object inherits', () => {
    const odd = createRowEncoder(
      parseFeatureSchema({ type: 'object', properties: { constructor: { type: 'number' }, toString: { type: 'number' } } }),
    )
    const out = new Float32Array(2)
    expect(odd.encode({}, out, 0)).toBe(true)
    expect([...out]).toEqual([Number.NaN, Number.NaN])
    expect(odd.encode({ constructor: 3 }, out, 0)).toBe(true)
    expect(out[0]).toBe(3)
  })

  // Oracle: Ajv on the schema the features are stored as, within float32.
  test('accepts exactly what the JSON Schema accepts', () => {
    const valid = new Ajv2020({ strict: false, allowUnionTypes: true }).compile(featureSchemaOf(features))
    const value = fc.oneof(
      fc.constantFrom(null, true, false, 'free', 'pro', 'Oslo', '', 0, -0, 1, 1.5, 7, -1),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ maxLength: 4 }),
    )
    const row = fc.dictionary(fc.constantFrom('rate', 'count', 'plan', 'city', 'paid', 'else'), value, { noNullPrototype: true })
    fc.assert(
      fc.property(row, (candidate) => {
        expect(encoder.encode(candidate, new Float32Array(5), 0)).toBe(valid(candidate))
      }),
      { numRuns: 3000, seed: 7 },
    )
  })
})

describe('parseFeatureSchema', () => {
  test('keeps its own output as it is', () => {
    const stored = featureSchemaOf(features)
    expect(featureSchemaOf(parseFeatureSchema(stored))).toEqual(stored)
  })

  test.each([
    [{ type: 'object', properties: { a: { type: 'array' } } }, '/features/properties/a', /its type is "array"/],
    [{ type: 'object', properties: { a: { type: 'object', properties: {} } } }, '/features/properties/a', /its type is "object"/],
    [{ type: 'object', properties: { a: { type: 'string', pattern: 'x' } } }, '/features/properties/a/pattern', /uses "pattern"/],
    [
      { type: 'object', properties: { a: { type: 'number', minimum: 2, maximum: 1 } } },
      '/features/properties/a',
      /no number is at least 2 and at most 1/,
    ],
    [{ type: 'object', properties: { a: { type: 'number', maximum: 1e39 } } }, '/features/properties/a/maximum', /float32/],
    [{ type: 'object', properties: { a: { enum: [1, 2] } } }, '/features/properties/a', /cannot be a feature/],
    [{ type: 'object', properties: { a: { type: 'number' } }, required: ['b'] }, '/features/required', /"b"/],
    [{ type: 'object', properties: {} }, '/features/properties', /1 to 1000 features, got 0/],
    [
      { type: 'object', properties: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`f${i}`, { type: 'number' }])) },
      '/features/properties',
      /got 1001/,
    ],
    [
      { type: 'object', properties: { a: { type: 'number' } }, additionalProperties: true },
      '/features/additionalProperties',
      /false or absent/,
    ],
    [{ type: 'array' }, '/features', /must be a JSON Schema/],
  ])('refuses what cannot be a table of numbers and categories (%#)', (given, path, message) => {
    try {
      parseFeatureSchema(given)
      expect.unreachable('it was accepted')
    } catch (error) {
      const { code, errors } = error as { code: string; errors: { path: string; message: string }[] }
      expect(code).toBe('invalid_input')
      expect(errors[0]).toMatchObject({ path, message: expect.stringMatching(message) })
    }
  })
})

describe('checkDefinition', () => {
  const definition = { task: 'classification', target: 'y', features: schema, algorithm: 'random-forest' }
  test.each([
    [{ ...definition, target: 'rate' }, /also a feature/],
    [{ ...definition, task: 'regression', classes: ['a', 'b'] }, /classes belong to/],
    [{ ...definition, classes: ['a', 'a'] }, /the same label twice/],
    [{ ...definition, fallback: { kind: 'weighted-score', weights: { nope: 1 } } }, /no feature of the model/],
    [{ ...definition, fallback: { kind: 'weighted-score', weights: { rate: 0 } } }, /at least one weight above 0/],
    [
      { ...definition, classes: ['a', 'b', 'c'], fallback: { kind: 'weighted-score', weights: { rate: 1 } } },
      /two classes only; this model has 3/,
    ],
    [{ ...definition, parameters: { nEstimators: 0 } }, /nEstimators/],
  ])('refuses what does not fit together (%#)', (given, message) => {
    expect(() => checkDefinition('churn', given)).toThrow(message)
  })

  test('refuses a name that no address can hold', () => {
    expect(() => checkDefinition('A b', definition)).toThrow(/starts with a small letter/)
  })
})

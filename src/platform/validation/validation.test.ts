import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { compileValidator, forbiddenKinds, serialiserSchema } from './index.ts'

const Features = z.strictObject({ engagementRate: z.number().min(0).max(1), followers: z.int().min(0).optional() })
const Predict = z.union([z.strictObject({ features: Features }), z.strictObject({ rows: z.array(Features).min(1).max(3) })])

const messages = (check: ReturnType<typeof compileValidator>, value: unknown, sizeBytes?: number) =>
  check(value, sizeBytes)?.map((error) => error.message)

describe('compileValidator', () => {
  const check = compileValidator(z.strictObject({ features: Features }))

  test('accepts what fits and fills in defaults', () => {
    const value = {}
    expect(compileValidator(z.strictObject({ limit: z.int().default(10) }))(value)).toBeUndefined()
    expect(value).toEqual({ limit: 10 })
    expect(check({ features: { engagementRate: 0.5 } })).toBeUndefined()
  })

  test.each([
    ['a string for a number', { engagementRate: 'high' }, 'features.engagementRate must be a number between 0 and 1, got string "high"'],
    ['a numeric string', { engagementRate: '0.5' }, 'features.engagementRate must be a number between 0 and 1, got string "0.5"'],
    ['a boolean', { engagementRate: false }, 'features.engagementRate must be a number between 0 and 1, got boolean false'],
    ['null', { engagementRate: null }, 'features.engagementRate must be a number between 0 and 1, got null'],
    ['a number out of range', { engagementRate: 7 }, 'features.engagementRate must be a number between 0 and 1, got number 7'],
    [
      'a number beyond float64',
      { engagementRate: Number.POSITIVE_INFINITY },
      'features.engagementRate must be a number between 0 and 1, got number Infinity',
    ],
    ['a missing field', {}, 'features.engagementRate is required: a number between 0 and 1'],
    [
      'a fraction for an integer',
      { engagementRate: 1, followers: 1.5 },
      'features.followers must be an integer of at least 0, got number 1.5',
    ],
  ])('says what is wrong with %s', (_name, features, expected) => {
    expect(messages(check, { features })).toEqual([expected])
  })

  test('names the field that was probably meant, and gives a JSON pointer', () => {
    expect(check({ features: { engagementRate: 1, folowers: 3 } })).toEqual([
      { path: '/features/folowers', message: 'features.folowers is not a known field; did you mean "followers"?' },
    ])
    expect(messages(check, { features: { engagementRate: 1, zzz: 3 } })).toEqual([
      'features.zzz is not a known field; known: engagementRate, followers',
    ])
  })

  test('shows the errors of the branch of a union that was meant, else one sentence', () => {
    const union = compileValidator(Predict)
    expect(messages(union, { features: { engagementRate: 'x' } })).toEqual([
      'features.engagementRate must be a number between 0 and 1, got string "x"',
    ])
    expect(messages(union, { rows: [{ engagementRate: 1 }, { engagementRate: 3 }] })).toEqual([
      'rows[1].engagementRate must be a number between 0 and 1, got number 3',
    ])
    expect(messages(union, { rows: [] })).toEqual(['rows must have at least 1 item, got 0'])
    expect(messages(union, 7)).toEqual(['body must be an object with features or an object with rows, got number 7'])
    expect(messages(union, {})).toEqual(['body must be an object with features or an object with rows, got object {}'])
  })

  test('follows the constant of a discriminated union', () => {
    const check = compileValidator(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('a'), size: z.number() }),
        z.strictObject({ kind: z.literal('b'), name: z.string(), size: z.number() }),
      ]),
    )
    expect(messages(check, { kind: 'b', name: 3, size: 1 })).toEqual(['name must be a string, got number 3'])
  })

  test('collects all errors of a small body, the first of a large one, and at most 20', () => {
    const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`unknown${index}`, 1]))
    expect(check({ features: { ...many, engagementRate: 'x' } }, 1_000_000)).toHaveLength(1)
    expect(check({ features: { engagementRate: 'x', followers: 'y' } }, 100)).toHaveLength(2)
    expect(check({ features: { ...many } })).toHaveLength(20)
  })

  test('takes a JSON Schema as well, and does not mix two with the same $id', () => {
    const schema = { $id: 'same', type: 'object', properties: { a: { type: 'number' } }, additionalProperties: false }
    expect(compileValidator(schema)({ a: 1 })).toBeUndefined()
    expect(compileValidator({ ...schema, properties: { b: { type: 'number' } } })({ b: 1 })).toBeUndefined()
  })

  test('cuts a huge value in the message', () => {
    const [error] = check({ features: { engagementRate: 'x'.repeat(1_000_000) } })!
    expect(error!.message.length).toBeLessThan(200)
  })
})

describe('query strings', () => {
  const Query = z.strictObject({
    limit: z.int().min(1).max(100).default(10),
    above: z.number().optional(),
    explain: z.boolean().optional(),
    version: z.string().optional(),
  })
  const check = compileValidator(Query, { root: 'query', fromText: true })

  test('read numbers and booleans from their text, and leave text alone', () => {
    const query = { limit: '20', above: '-1.5e2', explain: 'true', version: '20260101' }
    expect(check(query)).toBeUndefined()
    expect(query).toEqual({ limit: 20, above: -150, explain: true, version: '20260101' })
  })

  test.each([
    [{ limit: 'abc' }, 'query.limit must be an integer between 1 and 100, got string "abc"'],
    [{ limit: ['1', '2'] }, 'query.limit must be an integer between 1 and 100, got array ["1","2"]'],
    [{ above: 'Infinity' }, 'query.above must be a number, got string "Infinity"'],
    [{ above: '0x10' }, 'query.above must be a number, got string "0x10"'],
    [{ above: '' }, 'query.above must be a number, got string ""'],
    [{ explain: '1' }, 'query.explain must be a boolean, got string "1"'],
    [{ limt: '3' }, 'query.limt is not a known field; did you mean "limit"?'],
  ])('refuse %j', (query, expected) => {
    expect(messages(check, query)).toEqual([expected])
  })
})

describe('forbiddenKinds', () => {
  test.each([
    ['date', z.date()],
    ['bigint', z.bigint()],
    ['map', z.map(z.string(), z.string())],
    ['set', z.set(z.string())],
    ['transform', z.string().transform(Number)],
    ['refine', z.string().refine(() => true)],
    ['trim', z.string().trim()],
    ['coercion', z.coerce.number()],
    ['preprocess', z.preprocess((value) => value, z.string())],
    ['stringbool', z.stringbool()],
    ['catch', z.string().catch('x')],
    ['a regex flag', z.string().regex(/a/i)],
    ['a default inside a union', z.union([z.string(), z.number().default(1)])],
    ['a tuple with rest', z.tuple([z.string()]).rest(z.number())],
    ['an object that takes unknown keys', z.object({})],
  ])('refuses %s, also deep inside', (_name, schema) => {
    expect(forbiddenKinds(z.strictObject({ deep: z.array(z.strictObject({ here: schema })).optional() }))).toHaveLength(1)
  })

  test('accepts what survives', () => {
    const schema = z.strictObject({
      a: z.iso.datetime(),
      b: z.json(),
      c: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
      d: z.email().optional(),
      e: z.enum(['x']).default('x'),
      f: z.tuple([z.string(), z.number()]),
      g: z.string().regex(/^[a-z]+$/),
      h: z.discriminatedUnion('k', [z.strictObject({ k: z.literal('a') }), z.strictObject({ k: z.literal('b') })]),
    })
    expect(forbiddenKinds(schema)).toEqual([])
    expect(forbiddenKinds(z.object({ a: z.string() }), 'output')).toEqual([])
  })
})

test('serialiserSchema keeps properties that are named like a keyword', () => {
  const schema = serialiserSchema(z.object({ examples: z.array(z.string()), propertyNames: z.string() }))
  expect(Object.keys(schema.properties as object)).toEqual(['examples', 'propertyNames'])
})

test('serialiserSchema keeps neither references nor closed objects', () => {
  const schema = serialiserSchema(z.object({ a: z.json(), b: z.object({ c: z.int() }).meta({ id: 'Inner' }) }))
  expect(JSON.stringify(schema)).not.toMatch(/\$ref|additionalProperties/)
})

// A form read back: texts become the values that the schema asks for, and what cannot be one is named where it stands.
import { describe, expect, test } from 'vitest'
import { propertiesOf, readForm } from './schema-form.tsx'

const schema = {
  type: 'object',
  properties: {
    age: { type: 'integer', minimum: 0, maximum: 120 },
    'a/b': { type: 'number' },
    plan: { type: 'string', enum: ['free', 'pro'] },
    active: { type: 'boolean' },
    score: { anyOf: [{ type: 'number', minimum: 0 }, { type: 'null' }] },
    note: { type: ['string', 'null'] },
  },
  required: ['age', 'a/b', 'score', 'note'],
}

describe('the fields of a schema', () => {
  test('take their kind, their range and whether they may be empty from it', () => {
    expect(propertiesOf(schema).map(({ name, kind, required, minimum }) => [name, kind, required, minimum])).toEqual([
      ['age', 'integer', true, 0],
      ['a/b', 'number', true, undefined],
      ['plan', 'choice', false, undefined],
      ['active', 'boolean', false, undefined],
      ['score', 'number', false, 0],
      ['note', 'text', false, undefined],
    ])
  })

  test('are none where there is no schema', () => expect(propertiesOf(undefined)).toEqual([]))
})

describe('reading a form', () => {
  test('makes numbers, whole numbers, booleans and texts, and leaves out what is empty', () => {
    const texts = { age: ' 42 ', 'a/b': '0,5', plan: 'pro', active: 'false', score: '' }
    expect(readForm(schema, texts)).toEqual({ values: { age: 42, 'a/b': 0.5, plan: 'pro', active: false }, errors: [] })
  })

  test('says where a value is missing or none, by the pointer the server would use', () => {
    const { values, errors } = readForm(schema, { age: '4.5', 'a/b': 'many' }, '/features')
    expect(values).toEqual({})
    expect(errors.map(({ path }) => path)).toEqual(['/features/age', '/features/a~1b'])
    expect(readForm(schema, {}).errors).toHaveLength(2)
  })

  test('does not guess at a number with both marks', () => expect(readForm(schema, { age: '1', 'a/b': '1.234,5' }).errors).toHaveLength(1))
})

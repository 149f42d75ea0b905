// The form of a column read back: what was stored comes out as it went in, what is left alone stays unsaid, and a mistake is named at its
// field.
import { describe, expect, test } from 'vitest'
import { ColumnPreparationSchema } from '../../../../../../src/capabilities/models/preparation/schema.ts'
import { type ColumnType, optionOfPath, optionsOf, specOf, summaryOf, textsOf } from './column-options.ts'
import { columnsOf, withType } from './feature-types.ts'

const STORED: readonly (readonly [ColumnType, unknown])[] = [
  ['number', { kind: 'number', impute: 'constant', fill: -1, indicator: 'auto', scale: 'robust' }],
  ['boolean', { kind: 'number', indicator: true }],
  ['category', { kind: 'one-hot' }],
  ['category', { kind: 'one-hot', minCount: 2, maxCategories: 40, missing: 'none' }],
  ['category', { kind: 'ordinal', categories: ['low', 'very high'], unseen: 'missing', impute: 'mode' }],
  ['category', { kind: 'ordinal', unseen: -1 }],
  ['category', { kind: 'target', smooth: 2.5, folds: 3, scale: 'none' }],
  ['date-time', { kind: 'date', parts: ['weekday', 'hour'], impute: 'median' }],
  ['text', { kind: 'text', options: { analyzer: 'char-wb', ngramRange: [2, 4], lowercase: false, minDf: 3, stopWords: 'english' } }],
]

describe('the form of a column', () => {
  test.each(STORED)('gives back what is stored of a %s', (type, stored) => {
    const spec = ColumnPreparationSchema.parse(stored)
    expect(specOf(type, textsOf(spec), 'trees')).toEqual({ spec, errors: [] })
  })

  test('says nothing of a column that is left as usual', () => {
    for (const type of ['number', 'category', 'date', 'text'] as const) {
      expect(specOf(type, {}, 'sums').spec).toBe(undefined)
      expect(summaryOf(type, {}, 'sums')).toBe(undefined)
    }
  })

  test('reads a decimal comma, and names the field of what cannot be read', () => {
    expect(specOf('category', { kind: 'target', smooth: '0,5' }, 'sums').spec).toEqual({ kind: 'target', smooth: 0.5 })
    const { errors } = specOf('category', { kind: 'target', smooth: 'much', folds: '2.5' }, 'sums')
    expect(errors.map(({ path }) => path)).toEqual(['smooth', 'folds'])
    expect(specOf('text', { ngramMax: '3' }, 'sums').errors.map(({ path }) => path)).toEqual(['ngramMin'])
    expect(optionOfPath('options/ngramRange')).toBe('ngramMin')
  })

  test('offers no gaps to sums, and a fill for a constant alone', () => {
    const choices = (learner: 'sums' | 'trees') => optionsOf('number', {}, learner).find(({ name }) => name === 'impute')?.choices
    expect(choices('trees')).toContain('none')
    expect(choices('sums')).not.toContain('none')
    expect(optionsOf('number', {}, 'sums').map(({ name }) => name)).toEqual(['impute', 'indicator', 'scale'])
    expect(optionsOf('number', { impute: 'constant' }, 'sums').map(({ name }) => name)).toContain('fill')
  })
})

describe('the columns of a schema', () => {
  const schema = JSON.stringify({
    ...{ type: 'object', required: ['city'] },
    properties: {
      city: { type: ['string', 'null'], enum: ['Ulm', null], description: 'where' },
      day: { type: 'string', format: 'date' },
      score: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    },
  })

  test('have the type that a model reads them by', () => {
    expect(columnsOf(schema)?.map(({ name, type }) => `${name} ${type}`)).toEqual(['city category', 'day date', 'score integer'])
    expect(columnsOf('{')).toBe(undefined)
  })

  test('may still be missing when they get another type', () => {
    const { properties, required } = JSON.parse(withType(schema, 'city', 'text'))
    expect(properties.city).toEqual({ type: ['string', 'null'], format: 'text', description: 'where' })
    expect(required).toEqual(['city'])
    expect(JSON.parse(withType(schema, 'score', 'number')).properties.score).toEqual({ type: ['number', 'null'] })
  })
})
